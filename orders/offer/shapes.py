"""How an offer looks to its maker."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils import timezone

from orders.offer.models import Condition, ConditionalOffer
from orders.offer.queries import KIND_OF, NEVER, Uses
from orders.offer.rules import IN_PERCENT, MULTIBUY, status
from shop import money


def offer(row: ConditionalOffer, uses: Uses = NEVER) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "label": row.name,
        "status": status(timezone.now(), row.start_datetime, row.end_datetime, row.ended_at),
        "by_voucher": row.is_voucher_offer_type,
        "benefit": _benefit(row),
        "condition": _condition(row),
        "applies_to": _applies_to(row),
        "customer_group": row.group and row.group.name,
        "exclusive": row.exclusive,
        "priority": row.priority,
        "starts_at": row.start_datetime,
        "ends_at": row.end_datetime,
        "limits": {
            "uses": row.max_global_applications,
            "uses_per_customer": row.max_user_applications,
            "uses_per_order": row.max_basket_applications,
            "discount": _money(row.max_discount),
        },
        "used": {"times": uses.times, "discount": _money(uses.amount)},
        "created_at": row.date_created,
        "ended_at": row.ended_at,
    }


def version(shaped: dict[str, Any]) -> dict[str, Any]:
    """What of its shape makes its version: not what the clock and its customers do."""
    return {name: value for name, value in shaped.items() if name not in ("status", "used")}


def _benefit(row: ConditionalOffer) -> dict[str, Any]:
    kind, value = KIND_OF[row.benefit.type], row.benefit.value
    in_percent = kind in IN_PERCENT
    return {
        "kind": kind,
        "percent": f"{value.normalize():f}" if in_percent else None,
        "amount": None if in_percent or kind == MULTIBUY else _money(value),
    }


def _condition(row: ConditionalOffer) -> dict[str, Any]:
    kind, value = row.condition.type, row.condition.value
    return {
        "min_quantity": int(value) if kind == Condition.COUNT else None,
        "min_amount": _money(value) if kind == Condition.VALUE else None,
    }


def _applies_to(row: ConditionalOffer) -> dict[str, list[str]]:
    found = row.condition.range
    return {
        "products": sorted(each.public_id for each in found.included_products.all()),
        "categories": sorted(each.slug for each in found.included_categories.all()),
        "except_products": sorted(each.public_id for each in found.excluded_products.all()),
        "except_categories": sorted(each.slug for each in found.excluded_categories.all()),
    }


def _money(amount: Decimal | None) -> money.MoneyShape | None:
    return None if amount is None else money.shape(amount, settings.CURRENCY)
