from orders.refunds.models import RefundPart
from shop.operators.admin import ReadOnlyAdmin, ReadOnlyInline


class RefundPartInline(ReadOnlyInline):
    model = RefundPart
    fields = ("kind", "maker", "line", "quantity", "amount")
    ordering = ("id",)


class RefundAdmin(ReadOnlyAdmin):
    fields = (
        "public_id", "order", "payment", "amount", "currency", "status", "reason", "note", "stripe_id", "failure",
        "created_at", "asked_at", "succeeded_at",
    )  # fmt: skip
    list_display = ("public_id", "amount", "currency", "status", "reason", "stripe_id", "failure", "created_at")
    filters = list_filter = ("status", "reason")
    search_fields = ("=public_id", "=stripe_id", "=order__number", "=payment__public_id")
    search_help_text = "A refund's or payment's id, an order's number, or Stripe's id (re_...)."
    ordering = ("-id",)
    inlines = (RefundPartInline,)
