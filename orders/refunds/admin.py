from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from orders.refunds.following import mark_given_back
from orders.refunds.models import Refund, RefundPart
from shop.operators.admin import ReadOnlyAdmin, ReadOnlyInline


class RefundPartInline(ReadOnlyInline):
    model = RefundPart
    fields = ("kind", "maker", "line", "quantity", "amount", "promotion")
    ordering = ("id",)


class RefundAdmin(ReadOnlyAdmin):
    """Money that goes back; what was paid by hand is marked as given back."""

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
    actions = ("mark_given_back",)

    @admin.action(description="Mark as given back", permissions=["view"])
    def mark_given_back(self, request: HttpRequest, chosen: QuerySet[Refund]) -> None:
        self.do_to_each(
            request, chosen, lambda refund, actor: mark_given_back(refund.pk, actor=actor),
            done="{} are marked as given back.",
        )  # fmt: skip
