"""What every door of the API has in common: problem+json, idempotent POSTs, caching rules."""

import hashlib
from collections.abc import Mapping
from contextlib import nullcontext
from functools import cached_property, lru_cache
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shop import versions
from shop.actors import SYSTEM, Actor
from shop.errors import DomainError, NotFound
from shop.events.services import atomic
from shop.http import json_bytes, public_url
from shop.idempotency import services as idempotency
from shop.idempotency.services import Claim, IdempotencyInProgress, StoredAnswer
from shop.identity import identify
from shop.inputs import QueryInput, read_query
from shop.kept.answers import answers, keep, public_answer, takes
from shop.keys.services import note_use
from shop.makers.permissions import PersonRequired, SignInRequired
from shop.requests import client_address
from shop.storefronts.models import Storefront
from shop.storefronts.queries import kept_storefront_of, storefront_key, storefront_of

MAX_KEY_LENGTH = 255
# Where no capability tells two guests apart, the key alone must.
STRONG_KEY_LENGTH = 16


class IdempotencyKeyRequired(DomainError):
    code = "idempotency_key_required"
    status = HTTPStatus.BAD_REQUEST
    title = "This request needs an Idempotency-Key"
    detail = "It moves money or stock. Send a new random key (a UUID) in `Idempotency-Key`, the same one on a retry."


class InvalidIdempotencyKey(DomainError):
    code = "invalid_idempotency_key"
    status = HTTPStatus.BAD_REQUEST
    title = "The Idempotency-Key cannot be used"
    detail = "Send 1 to 255 printable ASCII characters; where no basket or order is named, 16 or more. A UUID fits."


ANYONE = "anyone"
SIGNED_IN = "signed_in"


class Door(APIView):
    """An endpoint. `errors` names what its service may raise, for the API document.

    `permission` says who is let in: ANYONE (a guest's capability in the path is the door's own business), SIGNED_IN
    (a person, not a key), or, for the studio, a permission of `shop.makers.roles`. Without one nobody is.
    """

    # Not OPTIONS, which DRF would list in `Allow` and refuse.
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]
    permission: str | Mapping[str, str] = ""
    errors: tuple[type[DomainError], ...] = ()
    query: type[QueryInput] = QueryInput
    idempotency_required: bool = False
    takes_idempotency_key: bool = True
    # A door that talks to the payment provider keeps its own transactions, and makes sure of a repeated request itself.
    in_transaction: bool = True
    claim: Claim | None = None
    actor: Actor = SYSTEM

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """As DRF does it, with the idempotent claim after the caller is known and let in, and before the work."""
        self.args, self.kwargs = args, kwargs
        self.headers = self.default_response_headers
        self.request = self.initialize_request(request, *args, **kwargs)
        try:
            if self._is_refused_method(request):
                raise MethodNotAllowed(str(request.method))
            self.initial(self.request, *args, **kwargs)
            response = self._answer(self.request, *args, **kwargs)
        except Exception as error:
            response = self.handle_exception(error)
        return self._finish(self.finalize_response(self.request, response, *args, **kwargs))

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if request.method in ("POST", "PATCH", "PUT"):
            self.check_body(request._request)
        super().initial(request, *args, **kwargs)
        self.let_in(request._request)
        # What a door does not know it refuses by name, in the query as in the body.
        self.query_values = self.read_query(request)

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[Any, str]:
        """There is one renderer: where it is plainly welcome, DRF need not search, which takes a tenth of a list."""
        renderers = self.get_renderers()
        if len(renderers) == 1 and takes(renderers[0].media_type, request._request):
            return renderers[0], renderers[0].media_type
        found: tuple[Any, str] = super().perform_content_negotiation(request, force)
        return found

    def read_query(self, request: Request) -> dict[str, Any]:
        """The validated query. Raises DRF's ValidationError."""
        return read_query(self.query, request.query_params)

    def check_body(self, request: HttpRequest) -> None:
        """Only `body` minds the limit on its size; a parser that reads the stream itself would take any."""
        _ = request.body

    def let_in(self, request: HttpRequest) -> None:
        """Find out who calls, and refuse who may not. Raises SignInRequired, PersonRequired and NotFound."""
        self.actor = identify(request)
        if self.needed_permission == ANYONE:
            return
        if self.actor.is_anonymous:
            raise SignInRequired
        if self.needed_permission != SIGNED_IN:
            raise NotFound
        if not self.actor.is_person:
            raise PersonRequired

    @property
    def needed_permission(self) -> str:
        """The permission for this request's method; empty, which lets nobody in, where none is declared."""
        return self.permission_for(str(self.request.method))

    @classmethod
    def permission_for(cls, method: str) -> str:
        if isinstance(cls.permission, str):
            return cls.permission
        return cls.permission.get("GET" if method == "HEAD" else method, "")

    @cached_property
    def storefront(self) -> Storefront:
        """The shop window this request looks through. Raises InvalidStorefrontKey."""
        return storefront_of(self.request._request)

    def _is_refused_method(self, request: HttpRequest) -> bool:
        name = str(request.method).lower()
        # DRF itself would answer OPTIONS.
        return name not in self.http_method_names or not hasattr(self, name)

    def _answer(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        if self.actor.key:
            note_use(self.actor.key, last_used_at=self.actor.key_used_at)
        claim = self._claim(request._request, kwargs) if request.method == "POST" else None
        if isinstance(claim, StoredAnswer):
            return self._replay(claim)
        self.claim = claim
        if claim is None:
            return self.carry_out(request, *args, **kwargs)
        return self._run(claim, request, *args, **kwargs)

    def carry_out(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """The door's own method. With a key its deed is committed with its answer: a crash leaves both or none."""
        handler = getattr(self, str(request.method).lower())
        if self.claim is None:
            return handler(request, *args, **kwargs)
        with atomic() if self.in_transaction else nullcontext():
            response = handler(request, *args, **kwargs)
            if not self._keep(response) and self.in_transaction:
                # It took so long that another run has taken over: that one's deed counts.
                raise IdempotencyInProgress
        return response

    def _claim(self, request: HttpRequest, path: dict[str, str]) -> Claim | StoredAnswer | None:
        key = request.headers.get("Idempotency-Key")
        if key is None or not self.takes_idempotency_key:
            if self.idempotency_required:
                raise IdempotencyKeyRequired
            return None
        scope = self._claim_scope(request, path)
        if not (key.isascii() and key.isprintable() and 1 <= len(key) <= MAX_KEY_LENGTH):
            raise InvalidIdempotencyKey
        if scope is None and len(key) < STRONG_KEY_LENGTH:
            raise InvalidIdempotencyKey
        fingerprint = hashlib.sha256(f"{request.method} {request.path}\0".encode() + request.body).hexdigest()
        # One storefront's answer is not another's, whoever asks.
        scope = f"{storefront_key(request) or ''}:{scope or _guest(request)}"
        return idempotency.claim_request(scope=scope, key=key, fingerprint=fingerprint)

    def _claim_scope(self, request: HttpRequest, path: dict[str, str]) -> str | None:
        """Whose key it is: the capability in the path where the door has one, else who signed in or the key."""
        capability = self.idempotency_scope(request, **path)
        if capability is None and not self.actor.is_anonymous:
            return self.actor.id
        return capability

    def idempotency_scope(self, request: HttpRequest, **path: str) -> str | None:
        """The capability in the path, for the doors that are opened by one."""
        return None

    def _run(self, claim: Claim, request: Request, *args: Any, **kwargs: Any) -> Any:
        try:
            try:
                return self.carry_out(request, *args, **kwargs)
            except Exception as error:
                response = self.handle_exception(error)
                self._keep(response)
                return response
        except Exception:
            idempotency.free(claim)
            raise

    def _keep(self, response: Any) -> bool:
        """Keep the answer for replays; False where the claim is another run's by now."""
        assert self.claim
        self.finalize_response(self.request, response, *self.args, **self.kwargs)
        data = getattr(response, "data", None)
        if isinstance(response, Response):
            response.render()
        body = json_bytes(self.without_secrets(data)) if data is not None else response.content
        answer = StoredAnswer(response.status_code, response.headers.get("Content-Type", ""), body)
        return idempotency.store_answer(self.claim, answer)

    def without_secrets(self, data: Any) -> Any:
        """The answer as it may be kept: a door whose answer shows a secret leaves it out here."""
        return data

    def with_secrets(self, data: Any) -> Any:
        """A kept answer as it is repeated: what can be computed again is added here."""
        return data

    def _replay(self, answer: StoredAnswer) -> HttpResponse:
        body = answer.body
        if body and answer.status < HTTPStatus.BAD_REQUEST:
            body = json_bytes(self.with_secrets(orjson.loads(body)))
        response = HttpResponse(body, status=answer.status, content_type=answer.content_type)
        response["Idempotent-Replayed"] = "true"
        response["Cache-Control"] = "private, no-store"
        return response

    def _finish(self, response: HttpResponseBase) -> HttpResponseBase:
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class PublicDoor(Door):
    """A read that is the same for everybody: strong ETag, 304, and caching as the API conventions say.

    Where `keeps_answers`, the process may repeat an answer without computing it: whoever changes what the door shows
    calls `kept.drop_everywhere`. So does whoever changes a storefront, which is kept for all of them. An answer given
    as bytes with its `ETag` is not hashed again.
    """

    permission = ANYONE
    keeps_answers = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not self.keeps_answers or not answers.is_on:
            return super().dispatch(request, *args, **kwargs)
        generation = answers.generation
        response = super().dispatch(request, *args, **kwargs)
        if isinstance(response, HttpResponse) and response.status_code == HTTPStatus.OK:
            keep(request, response, self.storefront, generation=generation)
        return response

    def read_query(self, request: Request) -> dict[str, Any]:
        return dict(_known_query(self.query, request.META.get("QUERY_STRING", "")))

    def let_in(self, request: HttpRequest) -> None:
        """Who asks makes no difference, so nobody is asked; the storefront does, and must be one."""
        _ = self.storefront

    @cached_property
    def storefront(self) -> Storefront:
        """As it was when its last change was heard of. Raises InvalidStorefrontKey."""
        return kept_storefront_of(self.request._request)

    def _finish(self, response: HttpResponseBase) -> HttpResponseBase:
        if response.status_code != HTTPStatus.OK or not isinstance(response, Response):
            return super()._finish(response)
        response.render()
        etag = response.headers.get("ETag") or versions.of_bytes(response.content)
        shared = f", s-maxage={settings.CDN_MAX_AGE}" if settings.CDN_MAX_AGE else ""
        headers = {
            "Content-Type": response.headers["Content-Type"],
            "ETag": etag,
            "Cache-Control": f"public, max-age=0{shared}, must-revalidate",
            "Vary": "Benchpin-Key, Origin, Accept-Encoding",
        }
        return public_answer(self.request._request, response.content, headers)


@lru_cache(maxsize=4_096)
def _known_query(shape: type[QueryInput], text: str) -> dict[str, Any]:
    """What a query says is always the same, and validating it takes as long as answering it."""
    return read_query(shape, QueryDict(text.encode("iso-8859-1")))


class ForwardingDoor(PublicDoor):
    """A public read of what `slug` names. One that has been renamed is found by its old slug, too: by a 301.

    That answer may not be kept, unlike others of its kind: who is called by the old name again would never be found.
    """

    def present_slug(self, old: str, *, storefront: Storefront) -> str | None:
        """The slug today of what is shown in the storefront and once had this one."""
        raise NotImplementedError

    def carry_out(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().carry_out(request, *args, **kwargs)
        except NotFound:
            slug = self.present_slug(kwargs["slug"], storefront=self.storefront)
            if slug is None:
                raise
        match = request._request.resolver_match
        assert match is not None
        route = match.route.replace("<str:slug>", quote(slug, safe=""))
        query = request._request.META["QUERY_STRING"]
        address = public_url(f"/{route}?{query}" if query else f"/{route}")
        return Response(status=HTTPStatus.MOVED_PERMANENTLY, headers={"Location": address})


def _guest(request: HttpRequest) -> str:
    return f"guest:{client_address(request)}:{request.headers.get('User-Agent', '')}"
