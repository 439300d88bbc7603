"""The access token that a guest's order is read with: shown at checkout, and computable again."""

from datetime import datetime, timedelta
from http import HTTPStatus

from django.conf import settings
from django.utils import timezone

from shop import tokens
from shop.errors import DomainError, NotFound

PURPOSE = "order"


class AccessTokenMissing(DomainError):
    code = "access_token_missing"
    status = HTTPStatus.UNAUTHORIZED
    title = "An order is read with its access token"
    detail = "Send the token that checkout answered in `Benchpin-Order-Token`, or sign in as the order's customer."


class AccessTokenExpired(DomainError):
    code = "access_token_expired"
    status = HTTPStatus.UNAUTHORIZED
    title = "The access token has expired"
    detail = "Ask for a new link at POST /v1/store/orders/lookup, or sign in as the order's customer."


def issue(number: str, since: datetime) -> str:
    """The order's token, good for ORDER_TOKEN_DAYS from `since`: for one and the same moment the same at every call."""
    return tokens.issue(PURPOSE, number, expires_at=good_until(since))


def good_until(since: datetime) -> datetime:
    return since + timedelta(days=settings.ORDER_TOKEN_DAYS)


def check(number: str, token: str | None) -> None:
    """Raise AccessTokenMissing, AccessTokenExpired, or NotFound for a token that is not this order's.

    Nothing is looked up before, so that nobody learns which numbers exist.
    """
    if not token:
        raise AccessTokenMissing
    expires_at = tokens.expiry_of(token, purpose=PURPOSE, subject=number)
    if expires_at is None:
        raise NotFound
    if expires_at <= timezone.now():
        raise AccessTokenExpired
