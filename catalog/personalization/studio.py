"""The maker's door to what shoppers may ask for on a piece."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.catalogue.models import Product
from catalog.catalogue.queries import find_piece
from catalog.catalogue.services import NeededWhilePublished
from catalog.personalization import services, shapes
from catalog.personalization.doors import PersonalizationOptionOutput
from catalog.personalization.inputs import OptionInput
from catalog.personalization.rules import MAX_OPTIONS, plain_option
from shop import versions
from shop.errors import StaleVersion
from shop.inputs import StrictSerializer, read_body
from shop.makers.doors import StudioDoor
from shop.schema import IF_MATCH


class OptionsInput(StrictSerializer):
    options = serializers.ListField(child=OptionInput(), max_length=MAX_OPTIONS)


class OptionsOutput(serializers.Serializer[Any]):
    options = PersonalizationOptionOutput(many=True)


def answer(piece: Product) -> Response:
    shaped = {"options": shapes.offered(piece.personalization, settings.CURRENCY)}
    return Response(shaped, headers={"ETag": versions.of(piece.personalization)})


class ProductPersonalization(StudioDoor):
    permission = {"GET": "products.read", "PUT": "products.edit"}
    errors = (StaleVersion, NeededWhilePublished)

    @extend_schema(operation_id="studio_product_personalization_retrieve", tags=["products"], responses=OptionsOutput)
    def get(self, request: Request, maker: str, product: str) -> Response:
        """What shoppers may ask for on the piece."""
        return answer(find_piece(self.maker.pk, product))

    @extend_schema(
        operation_id="studio_product_personalization_set", tags=["products"], parameters=[IF_MATCH],
        request=OptionsInput, responses=OptionsOutput,
    )  # fmt: skip
    def put(self, request: Request, maker: str, product: str) -> Response:
        """Set the whole list, in the order in which shoppers see it. One side of a ring is one option."""
        given = read_body(OptionsInput, request.data)["options"]
        piece = services.set_options(
            maker=self.maker,
            product=product,
            options=[plain_option(option) for option in given],
            actor=self.actor,
            if_match=request.headers.get("If-Match"),
        )
        return answer(piece)
