"""A secret key's form, limits and life: shown once, kept as a hash. Pure but for its randomness."""

import hashlib
import secrets
import string
from datetime import UTC, datetime, timedelta

PREFIX = "sk_"
# Word characters only: whoever looks for secrets in log lines finds the whole of it.
ALPHABET = string.ascii_letters + string.digits
SECRET_LENGTH = 43
# The end of a secret that a list may show; what is left is far beyond guessing.
HINT_LENGTH = 4
MAX_LIVE = 50
MAX_DAYS = 366
MAX_OVERLAP_HOURS = 7 * 24
DEFAULT_OVERLAP_HOURS = 24
# Exact enough to tell a key that is used from one that is forgotten, and one write a minute for the busiest key.
USE_NOTED_EVERY = timedelta(minutes=1)


def new_secret() -> str:
    """`sk_` + 43 characters: 256 random bits. A hash without salt is enough: nobody can try all of them."""
    return PREFIX + "".join(secrets.choice(ALPHABET) for _ in range(SECRET_LENGTH))


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def hint(secret: str) -> str:
    return secret[-HINT_LENGTH:]


def lifetime(created_at: datetime, expires_at: datetime | None) -> timedelta:
    """How long a key was made for, in whole days: its successor gets as much."""
    if expires_at is None:
        return timedelta(days=MAX_DAYS)
    return timedelta(days=max(1, round((expires_at - created_at) / timedelta(days=1))))


def end_of_overlap(expires_at: datetime | None, *, now: datetime, overlap: timedelta) -> datetime:
    """When a replaced key ends: after the overlap, and never later than it would have anyway."""
    return min(now + overlap, expires_at or datetime.max.replace(tzinfo=UTC))


def is_use_due(last_used_at: datetime | None, now: datetime) -> bool:
    """Whether this use is worth writing down."""
    return last_used_at is None or now - last_used_at >= USE_NOTED_EVERY
