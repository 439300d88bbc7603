"""How an entry of the audit looks outside."""

from collections.abc import Mapping
from typing import Any

from shop.audit.models import AuditEntry

ACTOR_KINDS = ("person", "key", "system")


def entry(entry: AuditEntry, names: Mapping[str, str]) -> dict[str, Any]:
    """`names` as `queries.names_of` reads them; who is not there any more is left with an id."""
    return {
        "id": entry.public_id,
        "at": entry.at,
        "actor": {
            "id": entry.actor,
            "kind": _kind(entry.actor),
            "name": names.get(entry.actor, ""),
            "user": entry.user or None,
        },
        "sign_in": entry.sign_in,
        "address": entry.address,
        "request_id": entry.request_id,
        "action": entry.action,
        "object": entry.object,
        "before": entry.before,
        "after": entry.after,
    }


def _kind(actor: str) -> str:
    return {"usr": "person", "key": "key"}.get(actor.partition("_")[0], "system")
