"""The shopper's door to paying an order, and Stripe's door for its events."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from orders.order.store import ORDER_TOKEN, TOKEN_ERRORS, OrderDoor
from orders.payment import services, shapes
from orders.payment.models import PaymentStatus, Provider
from orders.payment.services import PaymentMismatch, PaymentUnavailable
from shop.doors import ANYONE, Door
from shop.inputs import StrictSerializer, read_body
from shop.schema import MoneyOutput
from shop.stripe_gateway import InvalidSignature, read_event


class NoInput(StrictSerializer):
    """No fields: an empty object, or no body at all."""


class PaymentOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    provider = serializers.ChoiceField(choices=Provider.choices)
    status = serializers.ChoiceField(choices=PaymentStatus.choices)
    amount = MoneyOutput()
    client_secret = serializers.CharField(allow_null=True, help_text="For Stripe.js, while it can be paid.")
    publishable_key = serializers.CharField(allow_blank=True)
    instructions = serializers.CharField(
        allow_null=True, help_text="What the buyer is to do, where it is paid by hand: the storefront's words."
    )
    failure_code = serializers.CharField(allow_null=True, help_text="Why the last try was declined.")
    late = serializers.BooleanField(
        help_text="Its money came when the order could not be kept or nothing was due: it goes back by a refund."
    )


class PaymentRefresh(OrderDoor):
    """The buyer is back from paying: read the payment at Stripe now and settle the order, without waiting."""

    in_transaction = False
    errors = (*TOKEN_ERRORS, PaymentMismatch, PaymentUnavailable)

    @extend_schema(
        operation_id="store_order_payments_refresh", tags=["orders"], parameters=[ORDER_TOKEN], request=NoInput,
        responses={200: PaymentOutput},
    )  # fmt: skip
    def post(self, request: Request, number: str, payment_id: str) -> Response:
        read_body(NoInput, request.data)
        return Response(shapes.payment(services.refresh_payment(self.order(request, number), payment_id)))


class RawParser(BaseParser):
    """A webhook's signature is over its bytes: they are not parsed before they are verified."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        return stream.read()


class ReceivedOutput(serializers.Serializer[Any]):
    received = serializers.BooleanField()


class StripeHook(Door):
    """Stripe's events: verified, kept once by their ids, answered at once; worked off in the background."""

    permission = ANYONE  # it is the signature that lets in
    takes_idempotency_key = False
    parser_classes = (RawParser,)
    errors = (InvalidSignature,)

    @extend_schema(
        operation_id="hooks_stripe", tags=["hooks"], request={"application/json": {"type": "object"}},
        parameters=[OpenApiParameter("Stripe-Signature", str, OpenApiParameter.HEADER, required=True)],
        responses={200: ReceivedOutput},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        payload = request.data if isinstance(request.data, bytes) else b""
        services.receive_event(read_event(payload, request.headers.get("Stripe-Signature", "")))
        return Response({"received": True})
