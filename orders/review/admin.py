from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from orders.checkout.closing import call_off
from orders.order.admin import OrderAdmin
from orders.order.models import Order
from orders.review.services import approve


class DecidingOrderAdmin(OrderAdmin):
    """Orders as they stand; those of several makers are decided on here, since none of them does alone."""

    actions = ("approve_review", "cancel_order")

    def name_in_messages(self, obj: Order) -> str:
        return str(obj.number)

    @admin.action(description="Approve what is held for review", permissions=["view"])
    def approve_review(self, request: HttpRequest, chosen: QuerySet[Order]) -> None:
        self.do_to_each(request, chosen, lambda order, actor: approve(order, actor=actor), done="{} are approved.")

    @admin.action(description="Cancel and give back what is paid", permissions=["view"])
    def cancel_order(self, request: HttpRequest, chosen: QuerySet[Order]) -> None:
        self.do_to_each(request, chosen, lambda order, actor: call_off(order, actor=actor), done="{} are cancelled.")
