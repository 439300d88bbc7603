"""How a refund looks outside: to the buyer whole, to a maker what of it is theirs."""

from decimal import Decimal
from typing import Any

from orders.refunds.models import Refund, RefundPart
from orders.refunds.rules import PartKind
from shop import money


def refund(row: Refund) -> dict[str, Any]:
    """As the buyer sees it."""
    return {
        "id": row.public_id,
        "payment": row.payment.public_id,
        "amount": money.shape(row.amount, row.currency),
        "status": row.status,
        "reason": row.reason,
        "created_at": row.created_at,
    }


def makers_part(row: Refund) -> dict[str, Any]:
    """As a maker sees it, read by `queries.of_maker`: its own lines' money and nobody else's, or late money whole."""
    own = list(row.parts.all())
    return {
        **refund(row),
        "amount": money.shape(row.amount if row.payment.late else _sum(own), row.currency),
        "provider": row.payment.provider,
        "lines": [
            {"line": part.line.public_id, "quantity": part.quantity, "amount": money.shape(part.amount, row.currency)}
            for part in own
            if part.line
        ],
        "shipping": money.shape(_sum(own, PartKind.SHIPPING), row.currency),
        "goodwill": money.shape(_sum(own, PartKind.GOODWILL), row.currency),
        "promotion": money.shape(sum((part.promotion for part in own), Decimal(0)), row.currency),
        "note": row.note,
        "failure_reason": row.failure or None,
        "succeeded_at": row.succeeded_at,
    }


def _sum(parts: list[RefundPart], kind: PartKind | None = None) -> Decimal:
    return sum((part.amount for part in parts if kind in (None, part.kind)), Decimal(0))
