"""How an invitation looks: to the team, and to whoever has its token."""

from typing import Any

from shop.makers.models import Invitation
from shop.makers.roles import ROLES


def invitation(row: Invitation) -> dict[str, Any]:
    """As the team sees it."""
    return {
        "id": row.public_id,
        "email": row.email,
        "roles": row.roles,
        "status": "expired" if row.is_expired else "open",
        "invited_by": row.invited_by.public_id if row.invited_by else None,
        "created_at": row.created_at,
        "sent_at": row.sent_at,
        "expires_at": row.expires_at,
    }


def letter(row: Invitation) -> dict[str, Any]:
    """What its mail says, for the page that the mail points to."""
    return {
        "maker": {"id": row.maker.public_id, "slug": row.maker.code, "name": row.maker.name},
        "inviter_name": inviter_name(row),
        "roles": [{"code": code, "label": ROLES[code].label} for code in row.roles if code in ROLES],
        "expires_at": row.expires_at,
    }


def inviter_name(row: Invitation) -> str:
    """Who sent it, by name or else by address; of a row with `invited_by`."""
    inviter = row.invited_by
    return (inviter.get_full_name() or inviter.email) if inviter else ""
