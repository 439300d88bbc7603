"""The shopper's door to placing, reading and cancelling an order."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.inventory.services import StockExhausted
from orders.basket.services import BasketNotOpen
from orders.basket.store import AddressOutput, BasketDoor, EmptyInput, ShippingOptionOutput, TotalsOutput
from orders.checkout import closing, services, shapes
from orders.checkout.queries import read_order
from orders.checkout.services import BasketChanged, CheckoutIncomplete, Expected, TooManyUnpaidOrders
from orders.order import tokens
from orders.order.services import OrderNotInState
from orders.order.status import OrderStatus
from orders.order.store import ORDER_TOKEN, TOKEN_ERRORS, OrderDoor
from orders.payment.services import PaymentMismatch, PaymentUnavailable, TotalNotChargeable, ensure_intent
from orders.payment.shapes import payment as payment_shape
from orders.payment.store import PaymentOutput
from shop.inputs import Pattern, StrictSerializer, Text, WholeNumber, read_body
from shop.requests import client_address
from shop.schema import MoneyOutput


class MoneyInput(StrictSerializer):
    amount = Text(max_length=16, help_text='A decimal string, e.g. "200.00".')
    currency = Pattern(r"^[A-Z]{3}\Z", hint="Give a currency code in capitals, such as USD (ISO 4217).")

    def validate_amount(self, value: str) -> Any:
        return serializers.DecimalField(max_digits=12, decimal_places=2, min_value=0).run_validation(value)


class ExpectedInput(StrictSerializer):
    version = WholeNumber(min_value=1, max_value=2**31 - 1)
    total = MoneyInput()


class CheckoutInput(StrictSerializer):
    provider = serializers.ChoiceField(choices=["stripe"], required=False, help_text="`stripe` where left out.")
    expected = ExpectedInput()


class OrderMakerOutput(serializers.Serializer[Any]):
    slug = serializers.CharField(allow_null=True)
    name = serializers.CharField()


class OrderProductOutput(serializers.Serializer[Any]):
    slug = serializers.CharField()
    title = serializers.CharField()
    image_url = serializers.URLField(allow_null=True)


class OrderLineOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    sku = serializers.CharField()
    title = serializers.CharField()
    product = OrderProductOutput()
    maker = OrderMakerOutput()
    options = serializers.DictField(child=serializers.CharField())
    personalization = serializers.ListField(child=serializers.DictField())
    quantity = serializers.IntegerField()
    unit_price = MoneyOutput()
    line_total = MoneyOutput()
    lead_time_days = serializers.IntegerField(allow_null=True)
    final_sale = serializers.BooleanField()
    status = serializers.ChoiceField(choices=OrderStatus.choices)


class OrderTotalsOutput(TotalsOutput):
    paid = MoneyOutput()
    due = MoneyOutput()


class RefundOutput(serializers.Serializer[Any]):
    payment = serializers.CharField()
    amount = MoneyOutput()
    status = serializers.ChoiceField(choices=["pending", "succeeded"])


class TimelineOutput(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=OrderStatus.choices)
    at = serializers.DateTimeField()


class OrderOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    number = serializers.CharField()
    status = serializers.ChoiceField(choices=OrderStatus.choices)
    placed_at = serializers.DateTimeField()
    hold_expires_at = serializers.DateTimeField(allow_null=True, help_text="Until then its pieces are held unpaid.")
    currency = serializers.CharField()
    email = serializers.CharField()
    phone = serializers.CharField(allow_blank=True)
    shipping_address = AddressOutput()
    billing_address = AddressOutput(allow_null=True)
    gift_note = serializers.CharField(allow_blank=True)
    shipping_option = ShippingOptionOutput()
    lines = OrderLineOutput(many=True)
    totals = OrderTotalsOutput()
    tax_lines = serializers.ListField(child=serializers.DictField())
    tax_status = serializers.ChoiceField(choices=["not_calculated"])
    payments = PaymentOutput(many=True)
    shipments = serializers.ListField(child=serializers.DictField())
    refunds = RefundOutput(many=True)
    timeline = TimelineOutput(many=True)


class PlacedOrderOutput(OrderOutput):
    access_token = serializers.CharField(help_text="Keep it: it reads this order. Shown here only.")


class CheckoutOutput(serializers.Serializer[Any]):
    order = PlacedOrderOutput()
    payment = PaymentOutput(
        allow_null=True, help_text="null: nothing is due. Without `client_secret`: ask again by POST .../payments."
    )


class Checkout(BasketDoor):
    """Place the order: holds the pieces and prepares the payment of exactly what `expected` names.

    Pay with `payment.client_secret` (Stripe.js confirms it), until `order.hold_expires_at`.
    """

    idempotency_required = True
    errors = (
        BasketNotOpen, CheckoutIncomplete, BasketChanged, StockExhausted, TotalNotChargeable, TooManyUnpaidOrders,
    )  # fmt: skip

    @extend_schema(
        operation_id="store_basket_checkout", tags=["checkout"], request=CheckoutInput, responses={201: CheckoutOutput}
    )
    def post(self, request: Request, basket_id: str) -> Response:
        seen = read_body(CheckoutInput, request.data)["expected"]
        expected = Expected(seen["version"], seen["total"]["amount"], seen["total"]["currency"])
        claim = self.claim.id if self.claim else None
        placed = services.place_order(
            basket_id, expected=expected, claim=claim, placed_from=client_address(request._request)
        )
        payment = placed.payments.first()
        if payment:
            # Where Stripe is away the order stands; its payment is pending, and POST .../payments tries again.
            with suppress(PaymentUnavailable):
                payment = ensure_intent(payment)
        order = read_order(placed.number)
        shaped = shapes.with_access_token(shapes.order(order), order)
        return Response({"order": shaped, "payment": payment_shape(payment) if payment else None}, status=201)

    def without_secrets(self, data: Any) -> Any:
        if "order" not in data:
            return data
        return {**data, "order": {name: value for name, value in data["order"].items() if name != "access_token"}}

    def with_secrets(self, data: Any) -> Any:
        placed_at = datetime.fromisoformat(data["order"]["placed_at"])
        token = tokens.issue(data["order"]["number"], placed_at)
        return {**data, "order": {**data["order"], "access_token": token}}


class OrderDetail(OrderDoor):
    """One order, as its buyer sees it."""

    @extend_schema(
        operation_id="store_orders_retrieve", tags=["orders"], parameters=[ORDER_TOKEN], responses=OrderOutput
    )
    def get(self, request: Request, number: str) -> Response:
        return Response(shapes.order(read_order(self.order(request, number).number)))


class OrderCancel(OrderDoor):
    """Cancel while unpaid: the pieces go back on the shelf and the basket opens again."""

    errors = (*TOKEN_ERRORS, OrderNotInState, PaymentMismatch, PaymentUnavailable)

    @extend_schema(
        operation_id="store_orders_cancel", tags=["orders"], parameters=[ORDER_TOKEN], request=EmptyInput,
        responses={200: OrderOutput},
    )  # fmt: skip
    def post(self, request: Request, number: str) -> Response:
        read_body(EmptyInput, request.data)
        closing.cancel_order(self.order(request, number))
        return Response(shapes.order(read_order(number)))
