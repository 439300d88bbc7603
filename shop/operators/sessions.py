"""An operator's sign-in: password and second factor at once, a session marked with both, and an end when it idles."""

import time
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.core.internal.ratelimit import get_rates
from allauth.mfa.base.forms import AuthenticateForm
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from shop.accounts.models import User
from shop.accounts.services import use_up_code
from shop.actors import Actor
from shop.audit import services as audit
from shop.identity import sign_in_id
from shop.requests import client_address

SEEN_AT = "operator_seen_at"
# A moment this young is not written again: a page would otherwise cost a write each.
SEEN_PRECISION = 60


class SignInRefused(Exception):
    """The address, the password, the code, or that they are an operator: it is not said which."""


class TooManyTries(Exception):
    """The limits on wrong tries, those of /v1/auth, are used up. `retry_after` in seconds, when all are free again."""

    def __init__(self) -> None:
        super().__init__()
        rates = get_rates(app="allauth.account", action="login_failed")
        self.retry_after = int(max((rate.duration for rate in rates), default=60))


def sign_in(request: HttpRequest, *, email: str, password: str, code: str) -> None:
    """Open an operator's session in place of whatever session there was. Raises SignInRefused and TooManyTries."""
    adapter = get_adapter(request)
    try:
        user = adapter.authenticate(request, email=email, password=password)
    except ValidationError as error:
        raise TooManyTries from error
    if user is None or not user.is_active or not user.is_staff:
        raise SignInRefused
    second = _second_factor(user, code)
    request.session.flush()
    adapter.login(request, user)
    record_authentication(request, user, method="password")
    second.save()
    UserSession.objects.create_from_request(request)
    audit.record(operator_of(request), "operator.signed_in", object=user.public_id)


def _second_factor(user: User, code: str) -> Any:
    """The code, accepted and used up: of an authenticator app, or a recovery code. Who has neither has no right one."""
    form = AuthenticateForm(data={"code": code}, user=user)
    if form.is_valid() and use_up_code(form.authenticator):
        return form
    if form.has_error("code", "too_many_login_attempts"):
        raise TooManyTries
    raise SignInRefused


def is_operator(request: HttpRequest) -> bool:
    """Whether an operator calls, who has shown the second factor in this sign-in and has not been idle since."""
    user: Any = request.user
    if not (user.is_active and user.is_staff):
        return False
    shown = [record["at"] for record in get_authentication_records(request, user) if record["method"] == "mfa"]
    if not shown:
        return False
    seen_at = max(request.session.get(SEEN_AT, 0), *shown)
    return bool(time.time() - seen_at < settings.OPERATOR_IDLE_MINUTES * 60)


def has_been_seen(request: HttpRequest) -> None:
    """Note that the operator is there."""
    now = time.time()
    if now - request.session.get(SEEN_AT, 0) >= SEEN_PRECISION:
        request.session[SEEN_AT] = now


def operator_of(request: HttpRequest) -> Actor:
    """The caller, for the record."""
    user: Any = request.user
    return Actor(user=user, sign_in=sign_in_id(request.session), second_factor=True, address=client_address(request))
