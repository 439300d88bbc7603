"""The maker's door to money that came by hand."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from orders.paying.queries import payment_of_maker
from orders.paying.services import PaymentNotManual, receive_payment
from orders.payment import shapes
from orders.payment.store import NoInput, PaymentOutput
from shop.inputs import read_body
from shop.makers.doors import StudioDoor


class PaymentReceipt(StudioDoor):
    """The money of a manual payment has come: a bank transfer, cash at a fair, an invoice paid."""

    permission = {"POST": "payments.receive"}
    idempotency_required = True
    errors = (PaymentNotManual,)

    @extend_schema(
        operation_id="studio_payments_receive", tags=["orders"], request=NoInput, responses={200: PaymentOutput}
    )
    def post(self, request: Request, maker: str, number: str, payment_id: str) -> Response:
        """Marks the whole payment as paid. For orders whose lines are all the maker's; others the operator marks.

        Money that came when the order could not be kept is `late`: its refund stands among the order's, to be given
        back by hand.
        """
        read_body(NoInput, request.data)
        payment = payment_of_maker(self.maker.pk, number, payment_id)
        return Response(shapes.payment(receive_payment(payment.pk, actor=self.actor)))
