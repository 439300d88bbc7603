"""The maker's door to a variant's stock."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.catalogue.queries import find_piece
from catalog.catalogue.rules import MAX_STOCK
from catalog.catalogue.services import NeededWhilePublished
from catalog.inventory import shapes
from catalog.inventory.queries import find_record, orders_short_of
from catalog.inventory.services import count_stock
from catalog.partner.models import StockPolicy
from shop import versions
from shop.errors import StaleVersion
from shop.inputs import Choice, StrictSerializer, WholeNumber, read_body
from shop.makers.doors import StudioDoor
from shop.schema import IF_MATCH

POLICY_HELP = (
    "`stock`: sold while it is on the shelf. `made_to_order`: made for each order, whatever is on the shelf. "
    "`stock_then_made_to_order`: from the shelf first, then made."
)


class StockInput(StrictSerializer):
    count = WholeNumber(
        min_value=0, max_value=MAX_STOCK, help_text="How many are there, those held for orders included."
    )
    policy = Choice(StockPolicy.choices, help_text=POLICY_HELP)


class StockLevelOutput(serializers.Serializer[Any]):
    count = serializers.IntegerField(help_text="As counted last, less what has left since.")
    held = serializers.IntegerField(help_text="Of these, promised to orders that have not left.")
    available = serializers.IntegerField(help_text="What a shopper can have from the shelf today.")
    policy = serializers.ChoiceField(choices=StockPolicy.choices, help_text=POLICY_HELP)


class ShortfallOutput(serializers.Serializer[Any]):
    missing = serializers.IntegerField(help_text="How many are promised and not there.")
    orders = serializers.ListField(child=serializers.CharField(), help_text="The orders that hold them; you decide.")


class StockOutput(StockLevelOutput):
    shortfall = ShortfallOutput(allow_null=True, help_text="Set where the count is below what is held for orders.")


def answer(stock: dict[str, Any]) -> Response:
    return Response(stock, headers={"ETag": versions.of(stock)})


class VariantStock(StudioDoor):
    permission = {"GET": "products.read", "POST": "stock.edit"}
    errors = (StaleVersion, NeededWhilePublished)
    idempotency_required = True

    @extend_schema(operation_id="studio_variant_stock_retrieve", tags=["products"], responses=StockOutput)
    def get(self, request: Request, maker: str, product: str, variant: str) -> Response:
        """How many there are of a variant, held and free."""
        record = find_record(find_piece(self.maker.pk, product), variant)
        return answer(shapes.stock(record, orders_short_of(record)))

    @extend_schema(
        operation_id="studio_variant_stock_count", tags=["products"], parameters=[IF_MATCH], request=StockInput,
        responses=StockOutput,
    )  # fmt: skip
    def post(self, request: Request, maker: str, product: str, variant: str) -> Response:
        """Say how many are there and how the variant is sold.

        A count below what is held for orders is taken: nothing more is sold, and `shortfall` names the orders.
        """
        counted = count_stock(
            maker=self.maker,
            product=product,
            variant=variant,
            **read_body(StockInput, request.data),
            actor=self.actor,
            if_match=request.headers.get("If-Match"),
        )
        return answer(counted)
