"""The maker's door to its orders."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from orders.basket.store import ShippingOptionOutput
from orders.checkout.store import OrderLineOutput, TimelineOutput
from orders.order.services import OrderNotInState
from orders.order.status import OrderStatus
from orders.refunds.closing import OrderOfOthersToo, RestockTooLarge, cancel_own_order, restock
from orders.refunds.rules import Reason
from orders.refunds.services import PaymentDisputed
from orders.refunds.studio import (
    MAX_NOTE,
    READ,
    REASONS,
    REFUND,
    MakersRefundOutput,
    PiecesField,
    SaleDoor,
)
from orders.review.studio import ReviewOutput
from orders.sales import queries, shapes
from shop import versions
from shop.addresses import AddressOutput
from shop.inputs import Choice, StrictSerializer, Text, read_body
from shop.makers.doors import StudioDoor
from shop.pagination import InvalidCursor, PageOutput, PageQuery, page_links
from shop.schema import MoneyOutput


class SaleQuery(PageQuery):
    status = Choice(OrderStatus.choices, default=None)


class CancelInput(StrictSerializer):
    reason = Choice(REASONS, required=False, help_text="`order_cancelled` where left out. The buyer sees it.")
    note = Text(max_length=MAX_NOTE, required=False, allow_blank=True, help_text="For the team; the buyer does not.")


class RestockInput(StrictSerializer):
    lines = PiecesField()


class SaleLineOutput(OrderLineOutput):
    maker = None  # type: ignore[assignment]  # it is the reader
    refunded_quantity = serializers.IntegerField(help_text="Of these, how many are refunded or about to be.")
    restocked_quantity = serializers.IntegerField(help_text="Of these, how many are back on the shelf.")


class SaleTotalsOutput(serializers.Serializer[Any]):
    items = MoneyOutput(help_text="What your lines brought, the discounts that you bear taken off.")
    shipping = MoneyOutput(help_text="Zero where other makers have lines in the order.")
    total = MoneyOutput()
    refunded = MoneyOutput(help_text="What of it has gone back, also to the platform for a discount that it bore.")


class SaleSummaryOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    number = serializers.CharField()
    status = serializers.ChoiceField(choices=OrderStatus.choices)
    placed_at = serializers.DateTimeField()
    line_count = serializers.IntegerField(help_text="Of your lines.")
    totals = SaleTotalsOutput(help_text="Your share of the order.")


class SalePageOutput(PageOutput):
    results = SaleSummaryOutput(many=True)


class SaleOutput(SaleSummaryOutput):
    hold_expires_at = serializers.DateTimeField(allow_null=True, help_text="Until then its pieces are held unpaid.")
    email = serializers.CharField(allow_blank=True)
    phone = serializers.CharField(allow_blank=True)
    shipping_address = AddressOutput()
    gift_note = serializers.CharField(allow_blank=True)
    shipping_option = ShippingOptionOutput()
    lines = SaleLineOutput(many=True)
    refunds = MakersRefundOutput(many=True)
    review = ReviewOutput()
    timeline = TimelineOutput(many=True)


class Sales(StudioDoor):
    """Orders with lines of yours, the newest first: of each your lines, where they go, and your money."""

    permission = READ
    query = SaleQuery
    errors = (InvalidCursor,)

    @extend_schema(operation_id="studio_orders_list", tags=["orders"], parameters=[SaleQuery], responses=SalePageOutput)
    def get(self, request: Request, maker: str) -> Response:
        page = queries.list_sales(self.maker, **self.query_values)
        results = [shapes.summary(row, self.maker.pk) for row in page.rows]
        return Response({"results": results, **page_links(request, page)})


class AnswersSale(SaleDoor):
    def answer(self, number: str) -> Response:
        shape = shapes.sale(queries.read_sale(self.maker, number), self.maker.pk)
        return Response(shape, headers={"ETag": versions.of(shape)})


class SaleDetail(AnswersSale):
    permission = READ

    @extend_schema(operation_id="studio_orders_retrieve", tags=["orders"], responses=SaleOutput)
    def get(self, request: Request, maker: str, number: str) -> Response:
        """One order: your lines, where they go, and your money."""
        return self.answer(number)


class SaleCancel(AnswersSale):
    permission = REFUND
    idempotency_required = True
    errors = (OrderNotInState, OrderOfOthersToo, PaymentDisputed)

    @extend_schema(
        operation_id="studio_orders_cancel", tags=["orders"], request=CancelInput, responses={200: SaleOutput}
    )
    def post(self, request: Request, maker: str, number: str) -> Response:
        """Cancel an order that is not sent: all that is left of its money goes back, its pieces are for sale again.

        One that can still be paid its buyer cancels, or the shop's operator.

        Of an order with pieces of other makers refund your own lines instead.
        """
        given = read_body(CancelInput, request.data)
        cancel_own_order(
            self.order(number),
            maker=self.maker,
            actor=self.actor,
            reason=Reason(given.get("reason", Reason.ORDER_CANCELLED)),
            note=given.get("note", ""),
        )
        return self.answer(number)


class SaleRestock(AnswersSale):
    permission = REFUND
    idempotency_required = True
    errors = (OrderNotInState, RestockTooLarge)

    @extend_schema(
        operation_id="studio_orders_restock", tags=["orders"], request=RestockInput, responses={200: SaleOutput}
    )
    def post(self, request: Request, maker: str, number: str) -> Response:
        """Put refunded pieces that were not sent back on the shelf, each once; no money moves."""
        given = read_body(RestockInput, request.data)
        restock(self.order(number), maker=self.maker, pieces=given["lines"], actor=self.actor)
        return self.answer(number)
