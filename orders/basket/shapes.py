"""How a basket looks outside: complete, with nothing left to ask for."""

from typing import Any

from catalog.browse.shapes import image, options
from orders.basket.queries import BasketView, PricedLine
from orders.shipping.rules import ShippingOption
from shop import money


def basket(view: BasketView) -> dict[str, Any]:
    row, currency = view.basket, view.basket.currency
    chosen = view.shipping_option
    return {
        "id": row.public_id,
        "version": row.version,
        "status": row.status.lower(),
        "currency": currency,
        "email": row.email,
        "phone": row.phone,
        "shipping_address": row.shipping_address,
        "billing_address": row.billing_address,
        "gift_note": row.gift_note,
        "lines": [line(priced, currency) for priced in view.lines],
        "vouchers": [],
        "discounts": [],
        "shipping_option": shipping_option(chosen, currency) if chosen else None,
        "totals": {
            "items": money.shape(view.totals.items, currency),
            "discounts": money.shape(view.totals.discounts, currency),
            "shipping": money.shape(view.totals.shipping, currency),
            "tax": money.shape(view.totals.tax, currency),
            "total": money.shape(view.totals.total, currency),
        },
        "tax_lines": [],
        "tax_status": "not_calculated",
        "problems": [
            {"code": problem.code, "line": problem.line, "detail": problem.detail} for problem in view.problems
        ],
        "expires_at": row.expires_at,
    }


def line(priced: PricedLine, currency: str) -> dict[str, Any]:
    piece = priced.piece
    return {
        "id": priced.line.public_id,
        "sku": priced.record.partner_sku,
        "variant": priced.variant.public_id,
        "quantity": priced.line.quantity,
        "product": {
            "slug": piece.slug,
            "title": piece.title,
            "image": image(piece.pictures[0]) if piece.pictures else None,
        },
        "maker": {"slug": piece.maker.code, "name": piece.maker.display_name},
        "options": options(priced.variant),
        "personalization": [],
        "unit_price": money.shape(priced.unit_price, currency),
        "line_total": money.shape(priced.line_total, currency),
        "lead_time_days": priced.lead_time_days,
        "price_locked_until": None,
        "final_sale": False,
    }


def shipping_option(option: ShippingOption, currency: str) -> dict[str, Any]:
    return {
        "code": option.code,
        "label": option.label,
        "price": money.shape(option.price, currency),
        "promised_ship_by": option.promised_ship_by,
        "delivery_from": option.delivery_from,
        "delivery_to": option.delivery_to,
        "carrier": option.carrier,
    }
