"""How long an order waits for its money. Pure."""

from datetime import datetime, timedelta


def hold_until(provider: str, *, placed_at: datetime, now: datetime, minutes: int, manual_days: int) -> datetime:
    """When the hold of an order ends that is to be paid so: `minutes` from now, by hand `manual_days` from its start.

    That is the latest for all of them, so that changing to and fro does not keep the pieces from others.
    """
    latest = placed_at + timedelta(days=manual_days)
    return latest if provider == "manual" else min(now + timedelta(minutes=minutes), latest)
