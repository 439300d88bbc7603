from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from orders.paying.services import receive_payment
from orders.payment.admin import PaymentAdmin
from orders.payment.models import Payment
from shop.errors import DomainError
from shop.operators.sessions import operator_of


class ReceivingPaymentAdmin(PaymentAdmin):
    """Where the money of an order stands; what came by hand is marked as received."""

    actions = ("mark_received",)

    @admin.action(description="Mark as received", permissions=["view"])
    def mark_received(self, request: HttpRequest, chosen: QuerySet[Payment]) -> None:
        received = 0
        for payment in chosen.order_by("id"):
            try:
                receive_payment(payment.pk, actor=operator_of(request))
                received += 1
            except DomainError as error:
                self.message_user(request, f"{payment.public_id}: {error}", messages.WARNING)
        self.message_user(request, f"{received} are marked as received.")
