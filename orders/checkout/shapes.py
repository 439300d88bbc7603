"""How an order looks outside."""

import heapq
from datetime import datetime
from decimal import Decimal
from typing import Any

from catalog.personalization.shapes import chosen
from orders.discounts.shapes import discount
from orders.order import tokens
from orders.order.models import Line, Order
from orders.order.status import OrderStatus
from orders.payment import shapes as payments
from orders.refunds import shapes as refunds
from orders.refunds.status import RefundStatus
from shop import money

STATUS_CHANGED, DELIVERY_CORRECTED = TIMELINE_EVENTS = ("status_changed", "delivery_corrected")


def order(row: Order) -> dict[str, Any]:
    """The order as its buyer reads it; without the access token, which only checkout shows."""
    currency = row.currency
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
        "lines": [line(each, currency, row.status) for each in row.lines.all()],
        "discounts": [
            discount(each.voucher_code, each.offer_name, each.amount, currency) for each in row.discounts.all()
        ],
        "totals": totals(row),
        "tax_lines": [],
        "tax_status": "not_calculated",
        "payments": [payments.payment(payment) for payment in row.payments.all()],
        "shipments": [],
        "refunds": [refunds.refund(each) for each in row.refunds.all()],
        "timeline": timeline(row),
    }


def timeline(row: Order) -> list[dict[str, Any]]:
    """What has become of it, in time: each status, and that its delivery was corrected, without what it was before."""
    statuses = [
        {"event": STATUS_CHANGED, "status": change.new_status, "at": change.date_created}
        for change in row.status_changes.all()
    ]
    corrections = [
        {"event": DELIVERY_CORRECTED, "status": each["status"], "at": datetime.fromisoformat(each["at"])}
        for each in row.corrections
    ]
    # Each keeps its own order, whatever the clocks say.
    return list(heapq.merge(statuses, corrections, key=lambda entry: entry["at"]))


def totals(row: Order) -> dict[str, Any]:
    """What the order comes to, what of it has been paid and has gone back, and what is due now.

    Items and shipping are before discounts. Money that came too late was never the order's, nor is its refund.
    """
    items = sum((line.line_price_before_discounts_incl_tax for line in row.lines.all()), Decimal(0))
    off_shipping = sum((each.amount for each in row.discounts.all() if each.is_shipping_discount), Decimal(0))
    paid = sum((payment.amount for payment in row.payments.all() if payment.is_kept), Decimal(0))
    gone = [each for each in row.refunds.all() if each.status == RefundStatus.SUCCEEDED and each.payment.is_kept]
    refunded = sum((each.amount for each in gone), Decimal(0))
    due = max(row.total_incl_tax - paid, Decimal(0)) if row.status == OrderStatus.AWAITING_PAYMENT else Decimal(0)
    amounts = {
        "items": items,
        "discounts": sum((each.amount for each in row.discounts.all()), Decimal(0)),
        "shipping": row.shipping_incl_tax + off_shipping,
        "tax": row.total_incl_tax - row.total_excl_tax,
        "total": row.total_incl_tax,
        "paid": paid,
        "refunded": refunded,
        "due": due,
    }
    return {name: money.shape(amount, row.currency) for name, amount in amounts.items()}


def line(row: Line, currency: str, order_status: str) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "sku": row.partner_sku,
        "title": row.title,
        "product": {"slug": row.slug, "title": row.title, "image_url": row.image_url or None},
        "maker": {"slug": row.partner.code if row.partner else None, "name": row.partner_name},
        "options": row.options,
        "personalization": chosen(row.personalization, currency),
        "quantity": row.quantity,
        "unit_price": money.shape(row.unit_price_incl_tax, currency),
        "line_total": money.shape(row.line_price_before_discounts_incl_tax, currency),
        "discount": money.shape(row.line_price_before_discounts_incl_tax - row.line_price_incl_tax, currency),
        "lead_time_days": row.lead_time_days,
        "final_sale": row.final_sale,
        "status": order_status,
    }


def with_access_token(shaped: dict[str, Any], row: Order) -> dict[str, Any]:
    return {**shaped, "access_token": tokens.issue(row.number, row.date_placed)}
