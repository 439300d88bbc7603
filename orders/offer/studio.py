"""The maker's door to its offers."""

from decimal import Decimal
from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.catalogue.inputs import PriceInput
from orders.offer import queries, services, shapes
from orders.offer.models import ConditionalOffer
from orders.offer.queries import uses_of
from orders.offer.rules import IN_PERCENT, KINDS, MAX_NAMED, MAX_PRIORITY, MAX_USES, MULTIBUY, STATUSES
from orders.offer.services import AlreadyEnded, TooManyOffers
from shop import versions
from shop.errors import StaleVersion
from shop.inputs import Choice, DecimalText, Flag, Line, Moment, StrictSerializer, WholeNumber, read_body
from shop.makers.doors import StudioDoor
from shop.pagination import InvalidCursor, PageOutput, PageQuery, page_links
from shop.schema import IF_MATCH, MoneyOutput

READ, MANAGE = "offers.read", "offers.manage"
CENT, HUNDRED = Decimal("0.01"), Decimal(100)
# As far as a count in Oscar's columns goes.
MAX_QUANTITY = 10_000
BENEFIT_HELP = (
    "`percentage` and `amount` come off the pieces, the amount once for each time the condition is met; of as many "
    "pieces as the condition asks for a `multibuy` gives the cheapest free. `shipping_fixed` makes shipping cost "
    "that at most. A maker's offer on shipping needs a basket of that maker's pieces only."
)
APPLIES_HELP = "Empty: all of the maker's pieces. What is below a category counts with it; exceptions come last."


def _count(help_text: str = "") -> WholeNumber:
    return WholeNumber(min_value=1, max_value=MAX_USES, default=None, allow_null=True, help_text=help_text)


def _names(max_length: int) -> serializers.ListField:
    return serializers.ListField(child=Line(max_length=max_length), max_length=MAX_NAMED, default=list)


class BenefitInput(StrictSerializer):
    kind = Choice(KINDS)
    percent = DecimalText(
        max_digits=5, decimal_places=2, min_value=CENT, max_value=HUNDRED, default=None, allow_null=True
    )
    amount = PriceInput(default=None, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        kind = attrs["kind"]
        asked = {"percent": kind in IN_PERCENT, "amount": kind not in (*IN_PERCENT, MULTIBUY)}
        wrong = {
            name: [f"A {kind} needs it." if is_asked else f"A {kind} has none."]
            for name, is_asked in asked.items()
            if is_asked != (attrs[name] is not None)
        }
        if wrong:
            raise serializers.ValidationError(wrong)
        return attrs


class ConditionInput(StrictSerializer):
    min_quantity = WholeNumber(min_value=1, max_value=MAX_QUANTITY, default=None, allow_null=True)
    min_amount = PriceInput(default=None, allow_null=True, help_text="Of the pieces it applies to, before discounts.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["min_quantity"] is not None and attrs["min_amount"] is not None:
            raise serializers.ValidationError({"min_amount": ["Give one of the two."]})
        return attrs


class AppliesToInput(StrictSerializer):
    products = _names(32)
    categories = _names(255)
    except_products = _names(32)
    except_categories = _names(255)


class OfferLimitsInput(StrictSerializer):
    uses = _count("Over all customers.")
    uses_per_customer = _count("By account or mail address.")
    uses_per_order = _count("Of an amount or a multibuy, which may come several times.")
    discount = PriceInput(default=None, allow_null=True, help_text="What it may take off over all orders.")


class OfferInput(StrictSerializer):
    """What is left out stays as it is; `benefit`, `condition`, `applies_to` and `limits` are given whole."""

    label = Line(max_length=128, required=False, help_text="As shoppers read it.")  # type: ignore[assignment]
    benefit = BenefitInput(required=False, help_text=BENEFIT_HELP)
    condition = ConditionInput(required=False, help_text="Empty: one piece.")
    applies_to = AppliesToInput(required=False, help_text=APPLIES_HELP)
    customer_group = Line(
        max_length=100, required=False, allow_null=True, help_text="The name of a group that the platform keeps."
    )
    exclusive = Flag(required=False, help_text="Whether it shares no line with another offer. false where left out.")
    priority = WholeNumber(
        min_value=-MAX_PRIORITY, max_value=MAX_PRIORITY, required=False, help_text="The highest comes first; 0."
    )
    starts_at = Moment(required=False, allow_null=True)
    ends_at = Moment(required=False, allow_null=True)
    limits = OfferLimitsInput(required=False, help_text="null: none.")


class NewOfferInput(OfferInput):
    """It runs from `starts_at` on, or at once."""

    label = Line(max_length=128, help_text="As shoppers read it.")
    benefit = BenefitInput(help_text=BENEFIT_HELP)
    by_voucher = Flag(default=False, help_text="Whether it takes a voucher to get it.")


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
