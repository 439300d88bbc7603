from typing import Any

from django.contrib import admin

from shop.operators.admin import ReadOnlyAdmin


class PaymentAdmin(ReadOnlyAdmin):
    """Where the money of an order stands; without what a browser would pay with."""

    fields = (
        "public_id", "order", "provider", "amount", "currency", "status", "instructions", "refunded", "late",
        "intent_id", "failure", "risk_level", "created_at", "paid_at",
    )  # fmt: skip
    list_display = ("public_id", "order_number", "provider", "amount", "currency", "status", "refunded", "created_at")
    list_select_related = ("order",)
    filters = list_filter = ("status", "provider")
    search_fields = ("=public_id", "=order__number", "=intent_id")
    search_help_text = "A payment's id, an order's number or Stripe's id (pi_...)."
    ordering = ("-id",)

    @admin.display(description="order")
    def order_number(self, payment: Any) -> str:
        return str(payment.order.number)


class StripeEventAdmin(ReadOnlyAdmin):
    fields = ("event_id", "type", "object_id", "received_at", "processed_at")
    list_display = ("event_id", "type", "object_id", "received_at", "processed_at")
    filters = ("processed_at",)
    list_filter = (("processed_at", admin.EmptyFieldListFilter),)
    search_fields = ("=event_id", "=object_id", "=type")
    search_help_text = "Stripe's id of the event or its object, or a type."
    ordering = ("-id",)
