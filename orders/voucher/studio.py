"""The maker's door to its vouchers."""

from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from orders.offer.rules import MAX_USES, STATUSES
from orders.offer.services import AlreadyEnded
from orders.voucher import queries, services, shapes
from orders.voucher.models import Voucher
from orders.voucher.queries import uses_of
from orders.voucher.rules import CODE, CODE_HINT, MAX_CODE, MAX_OFFERS, MIN_CODE, USAGES
from shop import versions
from shop.errors import StaleVersion
from shop.inputs import Choice, Line, Moment, Pattern, StrictSerializer, WholeNumber, read_body
from shop.makers.doors import StudioDoor
from shop.pagination import InvalidCursor, PageOutput, PageQuery, page_links
from shop.schema import IF_MATCH

READ, MANAGE = "offers.read", "offers.manage"
OFFERS_HELP = "What it opens: offers of the maker's that are `by_voucher`, by id."


def _offers(**options: Any) -> serializers.ListField:
    return serializers.ListField(
        child=Line(max_length=32), min_length=1, max_length=MAX_OFFERS, help_text=OFFERS_HELP, **options
    )


class VoucherInput(StrictSerializer):
    """What is left out stays as it is; `offers` is given whole."""

    label = Line(  # type: ignore[assignment]
        max_length=128, required=False, help_text="As shoppers read it; the code where left out."
    )
    offers = _offers(required=False)
    usage = Choice(USAGES, required=False, help_text="`multiple` where left out.")
    max_uses = WholeNumber(
        min_value=1, max_value=MAX_USES, required=False, allow_null=True, help_text="Orders, over all customers."
    )
    starts_at = Moment(required=False, help_text="At once where left out.")
    ends_at = Moment(required=False, allow_null=True)


class NewVoucherInput(VoucherInput):
    """The code is unique over the shop; long ones of random letters are the hardest to guess."""

    code = Pattern(CODE, hint=CODE_HINT, min_length=MIN_CODE, max_length=MAX_CODE)
    offers = _offers()


class OpenedOfferOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]


class VoucherOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    code = serializers.CharField(help_text="In capitals; whoever types it need not mind them.")
    label = serializers.CharField()  # type: ignore[assignment]
    status = serializers.ChoiceField(choices=STATUSES)
    offers = OpenedOfferOutput(many=True)
    usage = serializers.ChoiceField(choices=USAGES)
    max_uses = serializers.IntegerField(allow_null=True)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(allow_null=True)
    used = serializers.IntegerField(help_text="Orders that are neither cancelled nor lapsed.")
    created_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class VoucherPageOutput(PageOutput):
    results = VoucherOutput(many=True)


def answer(row: Voucher, status: int = HTTPStatus.OK) -> Response:
    """A voucher; being used does not move its `ETag`."""
    shaped = shapes.voucher(row, uses_of([row.pk]).get(row.pk, 0))
    return Response(shaped, status=status, headers={"ETag": versions.of(shapes.version(shaped))})


class Vouchers(StudioDoor):
    permission = {"GET": READ, "POST": MANAGE}
    query = PageQuery
    errors = (InvalidCursor,)

    @extend_schema(
        operation_id="studio_vouchers_list", tags=["offers"], parameters=[PageQuery], responses=VoucherPageOutput
    )
    def get(self, request: Request, maker: str) -> Response:
        """The maker's vouchers, the newest first, ended ones too."""
        page = queries.list_vouchers(self.maker.pk, **self.query_values)
        uses = uses_of([row.pk for row in page.rows])
        shaped = [shapes.voucher(row, uses.get(row.pk, 0)) for row in page.rows]
        return Response({"results": shaped, **page_links(request, page)})

    @extend_schema(
        operation_id="studio_vouchers_create", tags=["offers"], request=NewVoucherInput,
        responses={201: VoucherOutput},
    )  # fmt: skip
    def post(self, request: Request, maker: str) -> Response:
        """Make a code for offers of the maker's."""
        given = read_body(NewVoucherInput, request.data)
        return answer(services.create_voucher(maker=self.maker, values=given, actor=self.actor), HTTPStatus.CREATED)


class VoucherDetail(StudioDoor):
    permission = {"GET": READ, "PATCH": MANAGE, "DELETE": MANAGE}
    errors = (StaleVersion, AlreadyEnded)

    @extend_schema(operation_id="studio_vouchers_retrieve", tags=["offers"], responses=VoucherOutput)
    def get(self, request: Request, maker: str, voucher: str) -> Response:
        return answer(queries.get_voucher(self.maker.pk, voucher))

    @extend_schema(
        operation_id="studio_vouchers_update", tags=["offers"], parameters=[IF_MATCH], request=VoucherInput,
        responses=VoucherOutput,
    )  # fmt: skip
    def patch(self, request: Request, maker: str, voucher: str) -> Response:
        """Change the voucher from now on; its code stays."""
        row = services.change_voucher(
            maker=self.maker,
            voucher=voucher,
            changes=read_body(VoucherInput, request.data),
            actor=self.actor,
            if_match=request.headers.get("If-Match"),
        )
        return answer(row)

    @extend_schema(
        operation_id="studio_vouchers_delete", tags=["offers"], parameters=[IF_MATCH], responses={200: VoucherOutput}
    )
    def delete(self, request: Request, maker: str, voucher: str) -> Response:
        """End the voucher for good. It stays in the list: orders name its code."""
        row = services.end_voucher(
            maker=self.maker, voucher=voucher, actor=self.actor, if_match=request.headers.get("If-Match")
        )
        return answer(row)
