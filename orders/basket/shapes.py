"""How a basket looks outside: complete, with nothing left to ask for."""

from decimal import Decimal
from typing import Any

from catalog.browse.shapes import options
from catalog.media.shapes import public_image
from catalog.personalization.shapes import chosen
from orders.basket.queries import BasketView, PricedLine
from orders.discounts.shapes import discount
from orders.shipping.rules import ShippingOption
from orders.voucher.queries import VoucherState
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
        "lines": [line(priced, view) for priced in view.lines],
        "vouchers": [voucher(state, view) for state in view.vouchers],
        "discounts": [discount(each.offer.code, each.offer.label, each.amount, currency) for each in view.discounts],
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


def voucher(state: VoucherState, view: BasketView) -> dict[str, Any]:
    amount = sum((each.amount for each in view.discounts if each.offer.code == state.code), Decimal(0))
    return {
        "code": state.code,
        "label": state.label,
        "amount": money.shape(amount, view.basket.currency),
        "problem": state.problem or None,
    }


def line(priced: PricedLine, view: BasketView) -> dict[str, Any]:
    piece, currency, before = priced.piece, view.basket.currency, priced.compare_at_price
    return {
        "id": priced.line.public_id,
        "sku": priced.record.partner_sku,
        "variant": priced.variant.public_id,
        "quantity": priced.line.quantity,
        "product": {
            "slug": piece.slug,
            "title": piece.title,
            "image": public_image(piece.pictures[0]) if piece.pictures else None,
        },
        "maker": {"slug": piece.maker.code, "name": piece.maker.display_name},
        "options": options(priced.variant),
        "personalization": chosen(priced.personalization.wishes, currency),
        "unit_price": money.shape(priced.unit_price, currency),
        "unit_compare_at_price": None if before is None else money.shape(before, currency),
        "line_total": money.shape(priced.line_total, currency),
        "discount": money.shape(view.discount_of(priced), currency),
        "lead_time_days": priced.lead_time_days,
        "price_locked_until": None,
        "final_sale": priced.final_sale,
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
