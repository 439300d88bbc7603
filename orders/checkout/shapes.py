"""How an order looks outside."""

from decimal import Decimal
from typing import Any

from orders.order import tokens
from orders.order.models import Line, Order
from orders.order.status import OrderStatus
from orders.payment import shapes as payments
from orders.payment.models import PaymentStatus
from shop import money


def order(row: Order) -> dict[str, Any]:
    """The order as its buyer reads it; without the access token, which only checkout shows."""
    currency = row.currency
    lines = list(row.lines.all())
    items = sum((line.line_price_incl_tax for line in lines), Decimal(0))
    paid = sum((p.amount for p in row.payments.all() if p.status == PaymentStatus.PAID), Decimal(0))
    due = max(row.total_incl_tax - paid, Decimal(0)) if row.status == OrderStatus.AWAITING_PAYMENT else Decimal(0)
    amounts = {
        "items": items,
        "discounts": items + row.shipping_incl_tax - row.total_excl_tax,
        "shipping": row.shipping_incl_tax,
        "tax": row.total_incl_tax - row.total_excl_tax,
        "total": row.total_incl_tax,
        "paid": paid,
        "due": due,
    }
    return {
        "id": row.public_id,
        "number": row.number,
        "status": row.status,
        "placed_at": row.date_placed,
        "hold_expires_at": row.hold_expires_at if row.status == OrderStatus.AWAITING_PAYMENT else None,
        "currency": currency,
        "email": row.guest_email,
        "phone": row.phone,
        "shipping_address": row.ship_to,
        "billing_address": row.bill_to,
        "gift_note": row.gift_note,
        "shipping_option": row.promised_shipping,
        "lines": [line(each, currency, row.status) for each in lines],
        "totals": {name: money.shape(amount, currency) for name, amount in amounts.items()},
        "tax_lines": [],
        "tax_status": "not_calculated",
        "payments": [payments.payment(payment) for payment in row.payments.all()],
        "shipments": [],
        "refunds": [payments.refund(p) for p in row.payments.all() if p.refund_due or p.refund_id],
        "timeline": [{"status": change.new_status, "at": change.date_created} for change in row.status_changes.all()],
    }


def line(row: Line, currency: str, order_status: str) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "sku": row.partner_sku,
        "title": row.title,
        "product": {"slug": row.slug, "title": row.title, "image_url": row.image_url or None},
        "maker": {"slug": row.partner.code if row.partner else None, "name": row.partner_name},
        "options": row.options,
        "personalization": [],
        "quantity": row.quantity,
        "unit_price": money.shape(row.unit_price_incl_tax, currency),
        "line_total": money.shape(row.line_price_incl_tax, currency),
        "lead_time_days": row.lead_time_days,
        "final_sale": False,
        "status": order_status,
    }


def with_access_token(shaped: dict[str, Any], row: Order) -> dict[str, Any]:
    return {**shaped, "access_token": tokens.issue(row.number, row.date_placed)}
