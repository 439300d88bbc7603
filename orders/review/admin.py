from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from orders.checkout.closing import call_off
from orders.order.admin import OrderAdmin
from orders.order.models import Order
from orders.review.services import approve
from shop.errors import DomainError
from shop.operators.sessions import operator_of


class DecidingOrderAdmin(OrderAdmin):
    """Orders as they stand; those of several makers are decided on here, since none of them does alone."""

    actions = ("approve_review", "cancel_order")

    @admin.action(description="Approve what is held for review", permissions=["view"])
    def approve_review(self, request: HttpRequest, chosen: QuerySet[Order]) -> None:
        actor = operator_of(request)
        self._decide(request, chosen, lambda order: approve(order, actor=actor), "approved")

    @admin.action(description="Cancel and give back what is paid", permissions=["view"])
    def cancel_order(self, request: HttpRequest, chosen: QuerySet[Order]) -> None:
        actor = operator_of(request)
        self._decide(request, chosen, lambda order: call_off(order, actor=actor), "cancelled")

    def _decide(self, request: HttpRequest, chosen: QuerySet[Order], deed: Callable[[Order], Any], done: str) -> None:
        decided = 0
        for order in chosen.order_by("id"):
            try:
                deed(order)
                decided += 1
            except DomainError as error:
                self.message_user(request, f"{order.number}: {error}", messages.WARNING)
        self.message_user(request, f"{decided} are {done}.")
