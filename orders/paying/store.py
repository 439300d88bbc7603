"""The shopper's door to paying what is due."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from orders.order.services import OrderNotInState
from orders.order.store import ORDER_TOKEN, TOKEN_ERRORS, OrderDoor
from orders.paying import services
from orders.paying.services import ProviderOff
from orders.payment import shapes
from orders.payment.services import PaymentMismatch, PaymentUnavailable, TotalNotChargeable
from orders.payment.store import PaymentOutput
from shop.inputs import Choice, StrictSerializer, read_body
from shop.storefronts.rules import PROVIDERS


class PaymentInput(StrictSerializer):
    provider = Choice(
        PROVIDERS, required=False,
        help_text="Another way to pay than so far; what was begun ends first. As before where left out.",
    )  # fmt: skip


class OrderPayments(OrderDoor):
    """Pay what is due: answers the open payment with its `client_secret`, also where Stripe was away at checkout.

    After a decline it is the same payment, which takes another card; one that was cancelled is followed by a new one.
    """

    idempotency_required = True
    in_transaction = False
    errors = (*TOKEN_ERRORS, OrderNotInState, PaymentMismatch, PaymentUnavailable, ProviderOff, TotalNotChargeable)

    @extend_schema(
        operation_id="store_order_payments_create", tags=["orders"], parameters=[ORDER_TOKEN], request=PaymentInput,
        responses={201: PaymentOutput},
    )  # fmt: skip
    def post(self, request: Request, number: str) -> Response:
        provider = read_body(PaymentInput, request.data).get("provider")
        order = self.order(request, number)
        payment = services.pay_due(order, provider=provider, storefront=self.storefront)
        return Response(shapes.payment(payment), status=201)
