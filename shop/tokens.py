"""Signed, expiring tokens that can be computed again and checked without a database."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime

from django.conf import settings


def issue(purpose: str, subject: str, *, expires_at: datetime) -> str:
    """A token for one purpose and one subject; the same arguments give the same token."""
    expiry = int(expires_at.timestamp())
    return f"{expiry:x}.{_signature(purpose, subject, expiry)}"


def expiry_of(token: str, *, purpose: str, subject: str) -> datetime | None:
    """When a genuine token ends; None for a token that is not ours or is for something else."""
    head, _, signature = token.partition(".")
    try:
        expiry = int(head, 16)
        expires_at = datetime.fromtimestamp(expiry, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    genuine = hmac.compare_digest(signature.encode(), _signature(purpose, subject, expiry).encode())
    # Compared in its one spelling, so that "0x5f" or upper case is not a second valid token.
    return expires_at if genuine and head == f"{expiry:x}" else None


def _signature(purpose: str, subject: str, expiry: int) -> str:
    message = f"{purpose}\0{subject}\0{expiry}".encode()
    digest = hmac.new(settings.SECRET_KEY.encode(), message, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
