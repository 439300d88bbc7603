"""Writing it down, in the transaction of the change: what is not written did not happen."""

from collections.abc import Mapping
from typing import Any

from shop.actors import Actor
from shop.audit.models import AuditEntry
from shop.request_id import request_id


def record(
    actor: Actor,
    action: str,
    *,
    maker: str = "",
    object: str = "",  # noqa: A002  the field's own name
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Record a write: `action` as `product.published`, `object` and `maker` as public ids.

    `before` and `after` hold what changed: ids and plain facts of the shop, never a person's name or address.
    """
    AuditEntry.objects.create(
        maker=maker,
        actor=actor.id,
        user=actor.user.public_id if actor.user else "",
        sign_in=actor.sign_in,
        address=actor.address[:45],
        request_id=request_id.get(),
        action=action,
        object=object,
        before=before,
        after=after,
    )


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """`before` and `after` for `record`, of what differs only: `record(actor, ..., **changes(old, new))`."""
    names = [name for name in after if before.get(name) != after[name]]
    return {"before": {name: before.get(name) for name in names}, "after": {name: after[name] for name in names}}
