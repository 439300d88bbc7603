"""How an order looks in a list of its customer's."""

from typing import Any

from orders.checkout import shapes
from orders.order.models import Order

SHOWN_LINES = 3


def summary(row: Order) -> dict[str, Any]:
    lines = list(row.lines.all())
    return {
        "id": row.public_id,
        "number": row.number,
        "status": row.status,
        "placed_at": row.date_placed,
        "totals": shapes.totals(row),
        "line_count": len(lines),
        "lines": [shapes.line(line, row.currency, row.status) for line in lines[:SHOWN_LINES]],
    }
