"""How a secret key looks outside: never the secret."""

from typing import Any

from django.utils import timezone

from shop import versions
from shop.keys.models import SecretKey
from shop.makers.models import Membership


def key(key: SecretKey) -> dict[str, Any]:
    """A key read `with_parts()`."""
    return {
        "id": key.public_id,
        "name": key.name,
        "hint": key.hint,
        "scopes": key.scopes,
        "status": key.status(timezone.now()),
        "owner": _owner(key.membership) if key.membership else None,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "last_used_at": key.last_used_at,
        "revoked_at": key.revoked_at,
        "replaced_by": key.replaced_by and key.replaced_by.public_id,
    }


def _owner(member: Membership) -> dict[str, Any]:
    return {"membership": member.public_id, "name": member.user.get_full_name(), "email": member.user.email}


def versioned(shape: dict[str, Any]) -> dict[str, Any]:
    """What a change is made on: a tool that uses the key meanwhile does not spoil it."""
    return {name: value for name, value in shape.items() if name != "last_used_at"}


def etag(shape: dict[str, Any]) -> str:
    return versions.of(versioned(shape))
