"""The form of an invitation's token, and how much mail a maker may send to those who are not on the team. Pure."""

import hashlib
import secrets
from datetime import timedelta

# Open ones of a maker; one that was revoked within a day still counts, so that revoking makes no room for more mail.
MAX_OPEN = 50
# To one address from one maker.
MAILS_A_DAY = 5
DAY = timedelta(days=1)
# What is over is forgotten: the address is somebody's who may never have come.
KEPT = timedelta(days=30)


def new_token() -> str:
    """256 random bits. A hash without salt is enough: nobody can try all of them."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
