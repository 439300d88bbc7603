"""How a variant looks to its maker."""

from decimal import Decimal
from typing import Any

from catalog.catalogue.models import Product
from catalog.catalogue.shapes import decimal
from catalog.inventory import shapes as inventory
from catalog.variants.queries import record_of
from shop import money
from shop.money import MoneyShape

STATUSES = ACTIVE, WITHDRAWN = ("active", "withdrawn")


def variant(child: Product) -> dict[str, Any]:
    """A variant with its price and stock."""
    record = record_of(child)
    return {
        "id": child.public_id,
        "sku": record.partner_sku,
        "title": child.title,
        "options": child.options,
        "metal": child.metal or None,
        "parts": child.parts,
        "price": price(record.price, record.price_currency),
        "compare_at_price": price(record.compare_at_price, record.price_currency),
        "weight_g": decimal(child.weight_g),
        "lead_time_days": child.lead_time_days,
        "barcode": child.barcode,
        "status": ACTIVE if child.is_public else WITHDRAWN,
        "stock": inventory.level(record),
    }


def version(shaped: dict[str, Any]) -> dict[str, Any]:
    """What of a variant's shape makes its version: a sale moves its stock and is no change of it."""
    return {name: value for name, value in shaped.items() if name != "stock"}


def price(amount: Decimal | None, currency: str) -> MoneyShape | None:
    return None if amount is None else money.shape(amount, currency)
