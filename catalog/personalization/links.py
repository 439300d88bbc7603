"""The links that a shopper's file is read by: signed, for a day, and nothing to be looked up."""

from datetime import datetime, timedelta

from django.utils import timezone

from shop import tokens
from shop.errors import NotFound
from shop.http import public_url

PURPOSE = "upload"
GOOD_FOR = timedelta(days=1)


def expiry() -> datetime:
    """When a link of now ends: in a day or an hour more, so that what is read twice shows the same link."""
    return timezone.now().replace(minute=0, second=0, microsecond=0) + GOOD_FOR + timedelta(hours=1)


def url(upload: str) -> str:
    """The address of a file, by the upload's id."""
    token = f"{upload}.{tokens.issue(PURPOSE, upload, expires_at=expiry())}"
    return public_url(f"/v1/store/uploads/{token}")


def upload_of(token: str) -> str:
    """The id of the upload that a token is for. Raises NotFound for one that is not ours or has ended."""
    upload, _, signed = token.partition(".")
    expires_at = tokens.expiry_of(signed, purpose=PURPOSE, subject=upload)
    if expires_at is None or expires_at <= timezone.now():
        raise NotFound
    return upload
