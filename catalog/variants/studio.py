"""The maker's door to the variants of a piece."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.catalogue.doors import StudioPartOutput
from catalog.catalogue.inputs import PartInput, PriceInput
from catalog.catalogue.metals import MAX_PARTS, METAL_CODES
from catalog.catalogue.models import Product
from catalog.catalogue.queries import find_piece
from catalog.catalogue.rules import (
    MAX_BARCODE,
    MAX_LEAD_TIME_DAYS,
    MAX_OPTION_NAME,
    MAX_OPTION_VALUE,
    MAX_OPTIONS,
    MAX_SKU,
    MAX_TITLE,
    MAX_WEIGHT_G,
)
from catalog.catalogue.services import NeededWhilePublished
from catalog.inventory.studio import StockInput, StockLevelOutput
from catalog.variants import services, shapes
from catalog.variants.queries import find_variant
from catalog.variants.rules import option_codes
from catalog.variants.services import DuplicateSku, TooManyVariants
from catalog.variants.shapes import STATUSES
from shop import versions
from shop.errors import StaleVersion
from shop.inputs import Choice, DecimalText, Line, StrictSerializer, WholeNumber, read_body
from shop.makers import permissions
from shop.makers.doors import StudioDoor
from shop.schema import IF_MATCH, MoneyOutput

MILLIGRAM = Decimal("0.001")

PARTS_HELP = "What each part is made of, where they differ. A variant's own stand instead of the piece's."
STATUS_HELP = "`withdrawn`: not for sale, kept for the orders and baskets that name it."


# Option names become codes, as imports keep them.
class Options(serializers.DictField):
    child = Line(max_length=MAX_OPTION_VALUE)

    def to_internal_value(self, data: Any) -> dict[str, str]:
        options: dict[str, str] = super().to_internal_value(data)
        if len(options) > MAX_OPTIONS:
            raise serializers.ValidationError(f"A piece has at most {MAX_OPTIONS} options.")
        codes = option_codes(options)
        if len(codes) < len(options) or any(len(code) > MAX_OPTION_NAME for code in codes):
            raise serializers.ValidationError(
                "Give each option a name of its own, with letters or digits, not too long."
            )
        return codes


class VariantFields(StrictSerializer):
    sku = Line(max_length=MAX_SKU, required=False, help_text="Your own number for it, unique among your variants.")
    title = Line(
        max_length=MAX_TITLE, required=False, allow_blank=True, help_text="Made of the options where left blank."
    )
    options = Options(
        required=False,
        help_text=(
            'What tells it from its sisters, such as `{"ring_size": "7"}`. At most 3, the same names in each '
            "variant of a piece. Names become codes: `Ring Size` is `ring_size`."
        ),
    )
    metal = Choice(METAL_CODES, required=False, allow_null=True)
    parts = PartInput(many=True, required=False, max_length=MAX_PARTS, help_text=PARTS_HELP)  # type: ignore[call-arg]
    price = PriceInput(required=False, allow_null=True, help_text="Not for sale without one.")
    compare_at_price = PriceInput(required=False, allow_null=True, help_text="A price crossed out, above the price.")
    weight_g = DecimalText(
        max_digits=10, decimal_places=3, min_value=MILLIGRAM, max_value=MAX_WEIGHT_G, required=False, allow_null=True
    )
    lead_time_days = WholeNumber(
        min_value=0, max_value=MAX_LEAD_TIME_DAYS, required=False, allow_null=True, help_text="At the bench, to order."
    )
    barcode = Line(max_length=MAX_BARCODE, required=False, allow_blank=True)


class NewVariantInput(VariantFields):
    sku = Line(max_length=MAX_SKU, help_text="Your own number for it, unique among your variants.")
    stock = StockInput(required=False, help_text="None on the shelf where left out. Needs `stock.edit`.")


class VariantInput(VariantFields):
    """What is left out stays as it is. Stock has a door of its own."""

    status = Choice(STATUSES, required=False, help_text=STATUS_HELP)


class StudioVariantOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    sku = serializers.CharField()
    title = serializers.CharField(allow_blank=True)
    options = serializers.DictField(child=serializers.CharField())
    metal = serializers.ChoiceField(choices=METAL_CODES, allow_null=True)
    parts = StudioPartOutput(many=True, help_text="Its own; where there are none, the piece's count.")
    price = MoneyOutput(allow_null=True)
    compare_at_price = MoneyOutput(allow_null=True)
    weight_g = serializers.CharField(allow_null=True)
    lead_time_days = serializers.IntegerField(allow_null=True)
    barcode = serializers.CharField(allow_blank=True)
    status = serializers.ChoiceField(choices=STATUSES, help_text=STATUS_HELP)
    stock = StockLevelOutput()


def answer(variant: Product, status: int = HTTPStatus.OK) -> Response:
    """A variant; its `ETag` is not moved by a sale."""
    shaped = shapes.variant(variant)
    return Response(shaped, status=status, headers={"ETag": versions.of(shapes.version(shaped))})


class CountingDoor(StudioDoor):
    """A door where new variants may come with their stock, which is not everybody's to say who may edit pieces."""

    def check_counting(self, variants: Iterable[Mapping[str, Any]]) -> None:
        """Raises NotPermitted where stock is given by who may not count it."""
        if any("stock" in variant for variant in variants):
            permissions.authorize(self.actor, maker=self.kwargs["maker"], permission="stock.edit")


class ProductVariants(CountingDoor):
    permission = "products.edit"
    errors = (DuplicateSku, TooManyVariants, NeededWhilePublished)

    @extend_schema(
        operation_id="studio_product_variants_create", tags=["products"], request=NewVariantInput,
        responses={201: StudioVariantOutput},
    )  # fmt: skip
    def post(self, request: Request, maker: str, product: str) -> Response:
        """Add a variant, such as another size. On a published piece it is for sale at once if it has a price."""
        given = read_body(NewVariantInput, request.data)
        self.check_counting([given])
        variant = services.add_variant(maker=self.maker, product=product, values=given, actor=self.actor)
        return answer(variant, HTTPStatus.CREATED)


class ProductVariant(StudioDoor):
    permission = {"GET": "products.read", "PATCH": "products.edit", "DELETE": "products.edit"}
    errors = (StaleVersion, DuplicateSku, NeededWhilePublished)

    @extend_schema(operation_id="studio_product_variants_retrieve", tags=["products"], responses=StudioVariantOutput)
    def get(self, request: Request, maker: str, product: str, variant: str) -> Response:
        """One variant of a piece, with its price and stock."""
        return answer(find_variant(find_piece(self.maker.pk, product), variant))

    @extend_schema(
        operation_id="studio_product_variants_update", tags=["products"], parameters=[IF_MATCH], request=VariantInput,
        responses=StudioVariantOutput,
    )  # fmt: skip
    def patch(self, request: Request, maker: str, product: str, variant: str) -> Response:
        """Change a variant or its price, withdraw it or bring it back. A basket with it tells of a new price."""
        changed = services.change_variant(
            maker=self.maker,
            product=product,
            variant=variant,
            changes=read_body(VariantInput, request.data),
            actor=self.actor,
            if_match=request.headers.get("If-Match"),
        )
        return answer(changed)

    @extend_schema(
        operation_id="studio_product_variants_delete", tags=["products"], parameters=[IF_MATCH], responses={204: None}
    )
    def delete(self, request: Request, maker: str, product: str, variant: str) -> Response:
        """Take a variant off the piece.

        On a published piece, and where it was ever ordered or lies in a basket, it is `withdrawn` and not deleted. A
        published piece keeps at least one with a price.
        """
        services.remove_variant(
            maker=self.maker,
            product=product,
            variant=variant,
            actor=self.actor,
            if_match=request.headers.get("If-Match"),
        )
        return Response(status=HTTPStatus.NO_CONTENT)
