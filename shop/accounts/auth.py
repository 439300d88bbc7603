"""allauth's endpoints at /v1/auth. Their JSON is its own published spec; what would be no JSON is problem+json."""

from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from http import HTTPStatus
from io import BytesIO
from typing import Any

import orjson
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.ratelimit import get_rates
from allauth.headless import urls as headless
from allauth.headless.base.views import APIView
from allauth.mfa.adapter import get_adapter
from django.db import DatabaseError, DataError, IntegrityError, InternalError, transaction
from django.db.transaction import TransactionManagementError
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver
from rest_framework.exceptions import UnsupportedMediaType

from shop.accounts.services import use_up_code
from shop.errors import DomainError, Malformed, MethodNotAllowed, RateLimited, as_domain_error, problem_response
from shop.http import JSONParser
from shop.storefronts.queries import storefront_of

View = Callable[..., HttpResponse]
Route = URLPattern | URLResolver
# allauth has them in any case: telephone numbers, verification by code, tokens that are no sessions, and the
# redirect to a provider, which needs a page of allauth's to come back to (the provider's token does without).
CLOSED = {
    "manage_phone", "verify_phone", "resend_phone_verification_code", "resend_email_verification_code",
    "confirm_login_code", "refresh", "redirect_to_provider",
}  # fmt: skip
ACCOUNT = "allauth.account"
# The limit that a route is under, where it is not one of the account's by the same name.
LIMITS = {
    "request_password_reset": (ACCOUNT, "reset_password"),
    "reset_password": (ACCOUNT, "reset_password_from_key"),
    "login_webauthn": ("allauth.mfa", "webauthn_login"),
}
FAILURES = (ACCOUNT, "login_failed")
TOO_MANY_FAILURES = {"too_many_login_attempts", "rate_limited"}
A_MINUTE = 60


class EmailTaken(DomainError):
    code = "email_taken"
    title = "Another account has this address"
    detail = "Sign in there with it; a new password can be had by mail."


def served(routes: Iterable[Route]) -> Iterator[Route]:
    """allauth's routes without the closed ones, each answering in our way."""
    for route in routes:
        if isinstance(route, URLResolver):
            inner = list(served(route.url_patterns))
            yield URLResolver(route.pattern, inner, route.default_kwargs, route.app_name, route.namespace)
        elif route.name not in CLOSED:
            yield URLPattern(route.pattern, in_our_way(careful(route.callback)), route.default_args, route.name)


class Careful(APIView):
    def handle_input(self, data: Any) -> HttpResponse | None:
        """What allauth and its libraries trip over, passkeys above all, is refused as any other malformed body is."""
        # Of 0 and false allauth would make an authenticator.
        if data and not isinstance(data.get("credential", {}), dict):
            raise Malformed("`credential` must be an object.")
        try:
            refusal: HttpResponse | None = super().handle_input(data)
        except (AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
            raise Malformed("A value in the body is not of the form that is wanted here.") from error
        return refusal or self._refuse_used_code()

    def _refuse_used_code(self) -> HttpResponse | None:
        """A code of the second factor that was right before is wrong now, whichever process it was shown to."""
        given: Any = getattr(self, "input", None)
        authenticator = getattr(given, "authenticator", None)
        if authenticator is None or use_up_code(authenticator):
            return None
        given.add_error("code", get_adapter().validation_error("incorrect_code"))
        refusal: HttpResponse = self.handle_invalid_input(given)
        return refusal


def careful(view: View) -> View:
    known, made_with = vars(view)["view_class"], vars(view)["view_initkwargs"]
    careful_one: Any = type(known.__name__, (Careful, known), {})
    made: View = careful_one.as_api_view(**made_with)
    return made


def in_our_way(view: View) -> View:
    """The view in one transaction: what it changes, the mails that tell of it, and who reacts to it."""
    methods = methods_of(view)

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            check_request(request, methods)
            response = settled(view, request, *args, **kwargs)
        except Exception as error:
            problem = as_problem(first_cause(error))
            if problem is None:
                raise
            response = problem_response(problem)
            if isinstance(problem, MethodNotAllowed):
                response["Allow"] = ", ".join(methods)
        return translated(request, response)

    return answer


def methods_of(view: View) -> list[str]:
    """What the view takes, written as our doors write it in `Allow`."""
    known: Any = vars(view)["view_class"]
    names = [name for name in known.http_method_names if name != "options" and hasattr(known, name)]
    return [name.upper() for name in names + ["head"] * ("get" in names)]


def check_request(request: HttpRequest, methods: list[str]) -> None:
    """Refuse what allauth would not answer in JSON, and an unknown storefront whether a mail is due or not.

    Raises MethodNotAllowed, InvalidStorefrontKey, RequestDataTooBig, DRF's UnsupportedMediaType and ParseError.
    """
    if request.method not in methods:
        raise MethodNotAllowed
    storefront_of(request)
    if request.method not in ("GET", "HEAD") and request.body:
        if request.content_type != JSONParser.media_type:
            raise UnsupportedMediaType(str(request.content_type))
        JSONParser().parse(BytesIO(request.body))


def settled(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """The view's answer with everything that goes with it, or nothing of it.

    Of two who take an address at the same moment the database refuses one, who asks once more and is told what
    anybody is told who comes later. Raises EmailTaken where that does not help.
    """
    for _ in range(2):
        try:
            with transaction.atomic():
                return answered(view, request, *args, **kwargs)
        except DatabaseError as error:
            if not isinstance(first_cause(error), IntegrityError):
                raise
    raise EmailTaken


def answered(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """Some of allauth's answers come as an exception, which must undo nothing."""
    try:
        return view(request, *args, **kwargs)
    except ImmediateHttpResponse as answer:
        response: HttpResponse = answer.response
        return response


def first_cause(error: BaseException) -> BaseException:
    """What broke the transaction: on the way out allauth tries to save its session, which only fails again."""
    while isinstance(error, TransactionManagementError | InternalError) and error.__context__:
        error = error.__context__
    return error


def as_problem(error: BaseException) -> DomainError | None:
    """The error in our words; None for what nobody foresaw."""
    if isinstance(error, DataError):
        return Malformed("A value in the body is larger than what is kept of it.")
    return as_domain_error(error) if isinstance(error, Exception) else None


def translated(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """allauth's answer as it is, but for too many requests; all of it for nobody else's eyes."""
    if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        response = slow_down(*limit_of(request))
    elif response.status_code == HTTPStatus.BAD_REQUEST and failed_too_often(response):
        response = slow_down(*FAILURES)
    del response["Expires"]
    response["Cache-Control"] = "private, no-store"
    return response


def failed_too_often(response: HttpResponse) -> bool:
    """Whether it is one of the failures that allauth counts but does not call too many requests."""
    if response["Content-Type"] != JSONParser.media_type:
        return False
    return any(error["code"] in TOO_MANY_FAILURES for error in orjson.loads(response.content).get("errors", []))


def limit_of(request: HttpRequest) -> tuple[str, str]:
    name = (request.resolver_match and request.resolver_match.url_name) or ""
    return LIMITS.get(name, (ACCOUNT, name))


def slow_down(app: str, action: str) -> HttpResponse:
    """429 with the limit's whole window: who waits that long is let in for sure."""
    error = RateLimited()
    error.retry_after = max((int(rate.duration) for rate in get_rates(app=app, action=action)), default=A_MINUTE)
    return problem_response(error)


urlpatterns = list(served(headless.urlpatterns))
