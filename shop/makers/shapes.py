"""How a team looks outside."""

from typing import Any

from shop.makers.models import Membership
from shop.makers.roles import PERMISSIONS, ROLES, SCOPES


def roles() -> dict[str, Any]:
    """The one table, as it stands."""
    return {
        "roles": [
            {"code": role.code, "label": role.label, "permissions": [p for p in PERMISSIONS if p in role.permissions]}
            for role in ROLES.values()
        ],
        "permissions": [
            {"code": code, "description": text, "for_keys": code in SCOPES} for code, text in PERMISSIONS.items()
        ],
    }


def member(membership: Membership) -> dict[str, Any]:
    """One of the team, as the team sees them; of `with_people()`."""
    user = membership.user
    return {
        "id": membership.public_id,
        "user": user.public_id,
        "name": user.get_full_name(),
        "email": user.email,
        "roles": membership.roles,
        "joined_at": membership.joined_at,
        "second_factor": membership.second_factor,  # type: ignore[attr-defined]  # annotated
    }


def place(membership: Membership) -> dict[str, Any]:
    """A maker as one of its members sees it: what they are there, and what they may do."""
    maker = membership.maker
    return {
        "id": maker.public_id,
        "slug": maker.code,
        "name": maker.name,
        "membership": membership.public_id,
        "roles": membership.roles,
        "permissions": [name for name in PERMISSIONS if name in membership.permissions],
        "requires_second_factor": maker.requires_second_factor,
    }
