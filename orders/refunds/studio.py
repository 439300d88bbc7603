"""The maker's door to giving money back."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from orders.order.models import Order
from orders.order.queries import find_sale
from orders.order.services import OrderNotInState
from orders.payment.store import NoInput
from orders.refunds import following, queries, services, shapes
from orders.refunds.doors import RefundOutput
from orders.refunds.following import RefundNotManual
from orders.refunds.rules import TEAMS_REASONS, Reason
from orders.refunds.services import Asked, PaymentDisputed, RefundTooLarge, Wanted
from shop import versions
from shop.inputs import Choice, Flag, MoneyInput, StrictSerializer, Text, WholeNumber, read_body
from shop.makers.doors import StudioDoor
from shop.pagination import InvalidCursor, PageOutput, PageQuery, page_links
from shop.schema import MoneyOutput

READ, REFUND = "orders.read", "orders.refund"
REASONS = [reason.value for reason in TEAMS_REASONS]
MAX_LINES, MAX_PIECES, MAX_NOTE = 100, 10_000, 500


class PiecesInput(StrictSerializer):
    line = Text(max_length=32, help_text="The line's id.")
    quantity = WholeNumber(min_value=1, max_value=MAX_PIECES)


class PiecesField(serializers.ListField):
    """Pieces of an order's lines, each line once; the value is `{line: quantity}`."""

    child = PiecesInput()

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_empty=False, max_length=MAX_LINES, **options)

    def to_internal_value(self, data: Any) -> dict[str, int]:  # type: ignore[override]
        given = super().to_internal_value(data)
        pieces = {each["line"]: each["quantity"] for each in given}
        if len(pieces) < len(given):
            raise serializers.ValidationError("Name each line once.", code="repeated")
        return pieces


class RefundInput(StrictSerializer):
    """What goes back: pieces, shipping, goodwill, or `everything` of yours that is left."""

    lines = PiecesField(required=False)
    shipping = MoneyInput(required=False)
    goodwill = MoneyInput(required=False, help_text="Out of what your pieces brought, for no certain one of them.")
    everything = Flag(required=False)
    reason = Choice(REASONS, help_text="The buyer sees it.")
    note = Text(max_length=MAX_NOTE, required=False, allow_blank=True, help_text="For the team; the buyer does not.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        named = attrs.keys() & {"lines", "shipping", "goodwill"}
        if attrs.get("everything") and named:
            raise serializers.ValidationError({"everything": ["Give it alone, or name what goes back."]})
        if not named and not attrs.get("everything"):
            raise serializers.ValidationError("Say what goes back.", code="empty")
        return attrs


class RefundedPiecesOutput(serializers.Serializer[Any]):
    line = serializers.CharField()
    quantity = serializers.IntegerField()
    amount = MoneyOutput()


class MakersRefundOutput(RefundOutput):
    """What of a refund is out of the maker's share."""

    provider = serializers.CharField(help_text="A refund of `manual` waits until you have given it back by hand.")
    lines = RefundedPiecesOutput(many=True)
    shipping = MoneyOutput()
    goodwill = MoneyOutput()
    promotion = MoneyOutput(
        help_text="Out of your share besides: what the platform has back of a discount that it bore."
    )
    note = serializers.CharField(allow_blank=True)
    failure_reason = serializers.CharField(allow_null=True, help_text="The provider's word for it.")
    succeeded_at = serializers.DateTimeField(allow_null=True)


class MakersRefundPageOutput(PageOutput):
    results = MakersRefundOutput(many=True)


class RefundsMadeOutput(serializers.Serializer[Any]):
    refunds = MakersRefundOutput(many=True, help_text="One; more where the order was paid in several payments.")


class SaleDoor(StudioDoor):
    """A door to one order with a line of the maker's."""

    def order(self, number: str) -> Order:
        return find_sale(self.maker, number)


class Refunds(SaleDoor):
    permission = {"GET": READ, "POST": REFUND}
    # Stripe is asked after the commit.
    in_transaction = False
    query = PageQuery
    idempotency_required = True
    errors = (InvalidCursor, OrderNotInState, RefundTooLarge, PaymentDisputed)

    @extend_schema(
        operation_id="studio_refunds_list", tags=["orders"], parameters=[PageQuery], responses=MakersRefundPageOutput
    )
    def get(self, request: Request, maker: str, number: str) -> Response:
        """What has gone back of your share of an order, the newest first."""
        page = queries.list_refunds(self.order(number), self.maker, **self.query_values)
        return Response({"results": [shapes.makers_part(row) for row in page.rows], **page_links(request, page)})

    @extend_schema(
        operation_id="studio_refunds_create", tags=["orders"], request=RefundInput, responses={201: RefundsMadeOutput}
    )
    def post(self, request: Request, maker: str, number: str) -> Response:
        """Give money back to the buyer, out of your share of the order: never more than is left of it.

        The pieces stay where they are: `.../restock` puts them back on the shelf.
        """
        given = read_body(RefundInput, request.data)
        order = self.order(number)
        with self.in_team(request):
            refunds = services.request_refunds(
                order,
                maker=self.maker,
                wanted=_wanted(given),
                reason=Reason(given["reason"]),
                note=given.get("note", ""),
                actor=self.actor,
                claim=self.claim.id if self.claim else None,
            )
        following.send_at_once(refunds)
        return Response({"refunds": self._shown(order, [refund.public_id for refund in refunds])}, status=201)

    def _shown(self, order: Order, ids: Sequence[str]) -> list[Any]:
        return [shapes.makers_part(queries.get_refund(order, self.maker, name)) for name in ids]


def _wanted(given: dict[str, Any]) -> Wanted:
    amounts = {name: Asked(**given[name]) for name in ("shipping", "goodwill") if name in given}
    return Wanted(lines=given.get("lines", {}), everything=given.get("everything", False), **amounts)


class RefundDetail(SaleDoor):
    permission = READ

    @extend_schema(operation_id="studio_refunds_retrieve", tags=["orders"], responses=MakersRefundOutput)
    def get(self, request: Request, maker: str, number: str, refund: str) -> Response:
        """What of one refund is out of your share."""
        shape = shapes.makers_part(queries.get_refund(self.order(number), self.maker, refund))
        return Response(shape, headers={"ETag": versions.of(shape)})


class RefundGivenBack(SaleDoor):
    permission = REFUND
    idempotency_required = True
    errors = (RefundNotManual,)

    @extend_schema(
        operation_id="studio_refunds_give_back", tags=["orders"], request=NoInput, responses={200: MakersRefundOutput}
    )
    def post(self, request: Request, maker: str, number: str, refund: str) -> Response:
        """Say that a refund of a manual payment has been given back by hand."""
        read_body(NoInput, request.data)
        order = self.order(number)
        following.mark_given_back(
            queries.get_refund(order, self.maker, refund).pk, maker=self.maker.public_id, actor=self.actor
        )
        return Response(shapes.makers_part(queries.get_refund(order, self.maker, refund)))
