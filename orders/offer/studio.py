"""The maker's door to its offers."""

from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from orders.offer import queries, services, shapes
from orders.offer.inputs import NewOfferInput, OfferInput
from orders.offer.models import ConditionalOffer
from orders.offer.queries import uses_of
from orders.offer.rules import KINDS, STATUSES
from orders.offer.services import AlreadyEnded, TooManyOffers
from shop import versions
from shop.errors import StaleVersion
from shop.inputs import read_body
from shop.makers.doors import StudioDoor
from shop.pagination import InvalidCursor, PageOutput, PageQuery, page_links
from shop.schema import IF_MATCH, MoneyOutput

READ, MANAGE = "offers.read", "offers.manage"


class BenefitOutput(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=KINDS)
    percent = serializers.CharField(allow_null=True)
    amount = MoneyOutput(allow_null=True)


class ConditionOutput(serializers.Serializer[Any]):
    min_quantity = serializers.IntegerField(allow_null=True)
    min_amount = MoneyOutput(allow_null=True)


class AppliesToOutput(serializers.Serializer[Any]):
    products = serializers.ListField(child=serializers.CharField())
    categories = serializers.ListField(child=serializers.CharField())
    except_products = serializers.ListField(child=serializers.CharField())
    except_categories = serializers.ListField(child=serializers.CharField())


class OfferLimitsOutput(serializers.Serializer[Any]):
    uses = serializers.IntegerField(allow_null=True)
    uses_per_customer = serializers.IntegerField(allow_null=True)
    uses_per_order = serializers.IntegerField(allow_null=True)
    discount = MoneyOutput(allow_null=True)


class UsedOutput(serializers.Serializer[Any]):
    times = serializers.IntegerField(help_text="By orders that are neither cancelled nor lapsed.")
    discount = MoneyOutput()


class OfferOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    status = serializers.ChoiceField(choices=STATUSES)
    by_voucher = serializers.BooleanField()
    benefit = BenefitOutput()
    condition = ConditionOutput()
    applies_to = AppliesToOutput()
    customer_group = serializers.CharField(allow_null=True)
    exclusive = serializers.BooleanField()
    priority = serializers.IntegerField()
    starts_at = serializers.DateTimeField(allow_null=True)
    ends_at = serializers.DateTimeField(allow_null=True)
    limits = OfferLimitsOutput()
    used = UsedOutput()
    created_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class OfferPageOutput(PageOutput):
    results = OfferOutput(many=True)


def answer(row: ConditionalOffer, status: int = HTTPStatus.OK) -> Response:
    """An offer; being used does not move its `ETag`."""
    shaped = shapes.offer(row, uses_of([row.pk]).get(row.pk, queries.NEVER))
    return Response(shaped, status=status, headers={"ETag": versions.of(shapes.version(shaped))})


class Offers(StudioDoor):
    permission = {"GET": READ, "POST": MANAGE}
    query = PageQuery
    errors = (InvalidCursor, TooManyOffers)

    @extend_schema(
        operation_id="studio_offers_list", tags=["offers"], parameters=[PageQuery], responses=OfferPageOutput
    )
    def get(self, request: Request, maker: str) -> Response:
        """The maker's offers, the newest first, ended ones too."""
        page = queries.list_offers(self.maker.pk, **self.query_values)
        uses = uses_of(row.pk for row in page.rows)
        shaped = [shapes.offer(row, uses.get(row.pk, queries.NEVER)) for row in page.rows]
        return Response({"results": shaped, **page_links(request, page)})

    @extend_schema(
        operation_id="studio_offers_create", tags=["offers"], request=NewOfferInput, responses={201: OfferOutput}
    )
    def post(self, request: Request, maker: str) -> Response:
        """Make an offer on the maker's own pieces; the maker bears it."""
        given = read_body(NewOfferInput, request.data)
        return answer(services.create_offer(maker=self.maker, values=given, actor=self.actor), HTTPStatus.CREATED)


class OfferDetail(StudioDoor):
    permission = {"GET": READ, "PATCH": MANAGE, "DELETE": MANAGE}
    errors = (StaleVersion, AlreadyEnded)

    @extend_schema(operation_id="studio_offers_retrieve", tags=["offers"], responses=OfferOutput)
    def get(self, request: Request, maker: str, offer: str) -> Response:
        return answer(queries.get_offer(self.maker.pk, offer))

    @extend_schema(
        operation_id="studio_offers_update", tags=["offers"], parameters=[IF_MATCH], request=OfferInput,
        responses=OfferOutput,
    )  # fmt: skip
    def patch(self, request: Request, maker: str, offer: str) -> Response:
        """Change the offer from now on; baskets show it at their next read."""
        row = services.change_offer(
            maker=self.maker,
            offer=offer,
            changes=read_body(OfferInput, request.data),
            actor=self.actor,
            if_match=request.headers.get("If-Match"),
        )
        return answer(row)

    @extend_schema(
        operation_id="studio_offers_delete", tags=["offers"], parameters=[IF_MATCH], responses={200: OfferOutput}
    )
    def delete(self, request: Request, maker: str, offer: str) -> Response:
        """End the offer for good. It stays in the list: orders keep what it took off."""
        row = services.end_offer(
            maker=self.maker, offer=offer, actor=self.actor, if_match=request.headers.get("If-Match")
        )
        return answer(row)
