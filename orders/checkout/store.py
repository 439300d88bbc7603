"""The shopper's door to placing, reading and cancelling an order."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.inventory.services import StockExhausted
from catalog.personalization.doors import WishOutput
from orders.basket.services import BasketNotOpen
from orders.basket.store import BasketDoor, EmptyInput, ShippingOptionOutput, TotalsOutput
from orders.checkout import closing, correcting, services, shapes
from orders.checkout.correcting import DeliveryElsewhere, TooManyCorrections
from orders.checkout.queries import read_order, with_payment
from orders.checkout.services import BasketChanged, CheckoutIncomplete, Expected, TooManyUnpaidOrders
from orders.discounts.doors import DiscountOutput
from orders.order import tokens
from orders.order.services import OrderNotInState
from orders.order.status import OrderStatus
from orders.order.store import ORDER_TOKEN, TOKEN_ERRORS, OrderDoor
from orders.paying.services import ProviderOff
from orders.payment.services import PaymentMismatch, PaymentUnavailable, TotalNotChargeable, ensure_intent
from orders.payment.shapes import payment as payment_shape
from orders.payment.store import PaymentOutput
from orders.refunds.doors import RefundOutput
from shop.addresses import PHONE, PHONE_HINT, AddressInput, AddressOutput
from shop.inputs import Choice, MoneyInput, Pattern, StrictSerializer, WholeNumber, read_body
from shop.schema import MoneyOutput
from shop.storefronts.rules import PROVIDERS


class ExpectedInput(StrictSerializer):
    version = WholeNumber(min_value=1, max_value=2**31 - 1)
    total = MoneyInput()


class CheckoutInput(StrictSerializer):
    provider = Choice(PROVIDERS, required=False, help_text="`stripe` where left out.")
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
    personalization = WishOutput(many=True)
    quantity = serializers.IntegerField()
    unit_price = MoneyOutput()
    line_total = MoneyOutput(help_text="Before discounts.")
    discount = MoneyOutput(help_text="What the `discounts` took off this line, all together.")
    lead_time_days = serializers.IntegerField(allow_null=True)
    final_sale = serializers.BooleanField()
    status = serializers.ChoiceField(choices=OrderStatus.choices)


class OrderTotalsOutput(TotalsOutput):
    paid = MoneyOutput()
    refunded = MoneyOutput(help_text="What has gone back; what is on its way stands in `refunds`.")
    due = MoneyOutput()


class TimelineOutput(serializers.Serializer[Any]):
    event = serializers.ChoiceField(choices=shapes.TIMELINE_EVENTS)
    status = serializers.ChoiceField(choices=OrderStatus.choices, help_text="Where the order stood from then on.")
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
    discounts = DiscountOutput(many=True)
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

    Pay with `payment.client_secret` (Stripe.js confirms it), or as `payment.instructions` say, until
    `order.hold_expires_at`.
    """

    idempotency_required = True
    in_transaction = False
    errors = (
        BasketNotOpen, ProviderOff, CheckoutIncomplete, BasketChanged, StockExhausted, TotalNotChargeable,
        TooManyUnpaidOrders,
    )  # fmt: skip

    @extend_schema(
        operation_id="store_basket_checkout", tags=["checkout"], request=CheckoutInput, responses={201: CheckoutOutput}
    )
    def post(self, request: Request, basket_id: str) -> Response:
        given = read_body(CheckoutInput, request.data)
        seen = given["expected"]
        expected = Expected(seen["version"], seen["total"]["amount"], seen["total"]["currency"])
        claim = self.claim.id if self.claim else None
        placed = services.place_order(
            basket_id,
            actor=self.actor,
            storefront=self.storefront,
            provider=given.get("provider", "stripe"),
            expected=expected,
            claim=claim,
        )
        order, payment = placed.order, placed.payment
        if payment:
            # Where Stripe is away the order stands; its payment is pending, and POST .../payments tries again.
            with suppress(PaymentUnavailable):
                payment = ensure_intent(payment)
            order = with_payment(order, payment)
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


class DeliveryInput(StrictSerializer):
    """What is left out stays as it is; the address is given whole."""

    shipping_address = AddressInput(required=False)
    phone = Pattern(PHONE, hint=PHONE_HINT, allow_blank=True, required=False)


class OrderDetail(OrderDoor):
    errors = (*TOKEN_ERRORS, OrderNotInState, DeliveryElsewhere, TooManyCorrections)

    @extend_schema(
        operation_id="store_orders_retrieve", tags=["orders"], parameters=[ORDER_TOKEN], responses=OrderOutput
    )
    def get(self, request: Request, number: str) -> Response:
        """One order, as its buyer sees it."""
        return Response(shapes.order(read_order(self.order(request, number).number)))

    @extend_schema(
        operation_id="store_orders_update", tags=["orders"], parameters=[ORDER_TOKEN], request=DeliveryInput,
        responses=OrderOutput,
    )  # fmt: skip
    def patch(self, request: Request, number: str) -> Response:
        """Correct where the order goes, until it is being made ready; what it costs stays as it is."""
        changes = read_body(DeliveryInput, request.data)
        order = correcting.correct_delivery(self.order(request, number), changes=changes)
        return Response(shapes.order(read_order(order.number)))


class OrderCancel(OrderDoor):
    """Cancel while unpaid: the pieces go back on the shelf and the basket opens again."""

    in_transaction = False
    errors = (*TOKEN_ERRORS, OrderNotInState, PaymentMismatch, PaymentUnavailable)

    @extend_schema(
        operation_id="store_orders_cancel", tags=["orders"], parameters=[ORDER_TOKEN], request=EmptyInput,
        responses={200: OrderOutput},
    )  # fmt: skip
    def post(self, request: Request, number: str) -> Response:
        read_body(EmptyInput, request.data)
        closing.cancel_order(self.order(request, number))
        return Response(shapes.order(read_order(number)))
