"""Who are you? Asked once for every door: a secret key, a sign-in's token, or a browser's cookie."""

import hashlib
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.core.internal.sessionkit import get_session_user
from allauth.headless.internal.sessionkit import lookup_session
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from rest_framework.authentication import CSRFCheck

from shop.accounts.models import User
from shop.actors import Actor
from shop.errors import DomainError
from shop.keys.queries import usable_key
from shop.keys.rules import PREFIX
from shop.makers.roles import NOT_FOR_KEYS
from shop.requests import client_address

SESSION_HEADER = "X-Session-Token"


class InvalidCredentials(DomainError):
    code = "invalid_credentials"
    status = HTTPStatus.UNAUTHORIZED
    title = "The token or key is not valid"
    detail = (
        "It is unknown, expired, revoked, still waits for the mail address or the second factor, or its owner has left "
        "the team. Sign in again or use another key."
    )


class CsrfFailed(DomainError):
    code = "csrf_failed"
    status = HTTPStatus.FORBIDDEN
    title = "The request does not prove where it comes from"
    detail = "With a cookie send its `csrftoken` in `X-CSRFToken`, from our origin; elsewhere use `X-Session-Token`."


def identify(request: HttpRequest) -> Actor:
    """The caller. Who brings nothing is a guest; who brings something false is refused.

    Raises InvalidCredentials and CsrfFailed.
    """
    address = client_address(request)
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    bearer = given.strip() if kind.lower() == "bearer" else ""
    if kind and not bearer:
        raise InvalidCredentials
    if bearer.startswith(PREFIX):
        return _tool(bearer, address)
    if token := bearer or request.headers.get(SESSION_HEADER, ""):
        return _person(token, address)
    if cookie := request.COOKIES.get(settings.SESSION_COOKIE_NAME):
        return _browser(request, cookie, address)
    return Actor(address=address)


def _tool(secret: str, address: str) -> Actor:
    key = usable_key(secret)
    if key is None or key.membership is None:
        raise InvalidCredentials
    return Actor(
        user=key.membership.user,
        key=key.public_id,
        key_used_at=key.last_used_at,
        scopes=frozenset(key.scopes) - NOT_FOR_KEYS,
        membership_id=key.membership.pk,
        address=address,
    )


def _person(token: str, address: str) -> Actor:
    session = lookup_session(token)
    user: Any = get_session_user(session) if session else None
    if session is None or user is None or not user.is_active:
        raise InvalidCredentials
    records = _shown(session, user)
    return Actor(
        user=user,
        sign_in=sign_in_id(session),
        second_factor=any(record.get("method") == "mfa" for record in records),
        confirmed_at=max((datetime.fromtimestamp(record["at"], UTC) for record in records), default=None),
        address=address,
    )


def _shown(session: SessionBase, user: User) -> list[dict[str, Any]]:
    """How this person has shown in the sign-in who they are; what somebody else began in the session counts not."""
    holder = HttpRequest()
    holder.session = session
    records: list[dict[str, Any]] = get_authentication_records(holder, user)
    return records


def _browser(request: HttpRequest, cookie: str, address: str) -> Actor:
    """A cookie comes along by itself, whoever made the browser send it: a change must prove where it comes from.

    A cookie that has ended is no claim to be anybody, so it makes a guest.
    """
    try:
        actor = _person(cookie, address)
    except InvalidCredentials:
        return Actor(address=address)
    if request.method not in ("GET", "HEAD"):
        check = CSRFCheck(_no_view)
        check.process_request(request)
        if check.process_view(request, _no_view, (), {}):
            raise CsrfFailed
    return actor


def _no_view(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def sign_in_id(session: SessionBase) -> str:
    """A name for the sign-in in records: its key would be the sign-in itself."""
    return f"sin_{hashlib.sha256(str(session.session_key).encode()).hexdigest()[:22]}"
