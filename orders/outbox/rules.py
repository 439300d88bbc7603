"""When a write to Stripe may be sent again under its key. Pure."""

from datetime import datetime, timedelta

# Stripe forgets a key after 24 hours; one is for clocks and for calls that are under way.
KEY_LASTS = timedelta(hours=23)
# Stripe's search may be a minute behind; what was sent a moment ago cannot be looked up yet.
SEARCHABLE_AFTER = timedelta(minutes=10)


def key_is_remembered(first_sent_at: datetime, now: datetime) -> bool:
    """Whether Stripe still answers a repeated key with what it did the first time."""
    return now - first_sent_at < KEY_LASTS


def can_be_looked_up(last_sent_at: datetime, now: datetime) -> bool:
    return now - last_sent_at >= SEARCHABLE_AFTER
