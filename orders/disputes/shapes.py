"""How a dispute looks to a maker."""

from decimal import Decimal
from typing import Any

from orders.disputes.models import Dispute
from orders.disputes.status import FREEZING
from orders.ledger.queries import order_shares
from shop import money


def dispute(row: Dispute, maker_id: int) -> dict[str, Any]:
    """`amount` is what of it the maker's share of the order answers for."""
    return {
        "id": row.public_id,
        "order": row.payment.order.number,
        "payment": row.payment.public_id,
        "status": row.status,
        "reason": row.reason,
        "amount": money.shape(_makers_part(row, maker_id), row.currency),
        "refunds_frozen": row.status in FREEZING,
        "opened_at": row.opened_at,
        "evidence_due_at": row.evidence_due_at,
        "closed_at": row.closed_at,
    }


def _makers_part(row: Dispute, maker_id: int) -> Decimal:
    shares = order_shares(row.payment.order)
    own = sum((amount for holder, amount in shares.items() if holder.maker == maker_id), Decimal(0))
    part: Decimal = money.split(row.amount, [own, sum(shares.values(), Decimal(0)) - own], row.currency)[0]
    return part
