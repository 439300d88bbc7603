from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from orders.paying.services import receive_payment
from orders.payment.admin import PaymentAdmin
from orders.payment.models import Payment


class ReceivingPaymentAdmin(PaymentAdmin):
    """Where the money of an order stands; what came by hand is marked as received."""

    actions = ("mark_received",)

    @admin.action(description="Mark as received", permissions=["view"])
    def mark_received(self, request: HttpRequest, chosen: QuerySet[Payment]) -> None:
        self.do_to_each(
            request, chosen, lambda payment, actor: receive_payment(payment.pk, actor=actor),
            done="{} are marked as received.",
        )  # fmt: skip
