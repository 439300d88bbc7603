"""The shopper's door to the trade's vocabulary, which a studio draws its forms from, too."""

from functools import cache
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.catalogue import shapes
from catalog.catalogue.attributes import KINDS, PRODUCT_TYPES, UNITS
from shop.doors import PublicDoor


class TermOutput(serializers.Serializer[Any]):
    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]


class AttributeFieldOutput(TermOutput):
    kind = serializers.ChoiceField(
        choices=KINDS, help_text="`choices` and `texts` are lists; a `number` is a decimal string in `unit`."
    )
    unit = serializers.ChoiceField(choices=UNITS, allow_null=True)
    choices = TermOutput(many=True)
    min = serializers.CharField(allow_null=True)
    max = serializers.CharField(allow_null=True)
    max_length = serializers.IntegerField(allow_null=True, help_text="Of a text, or of each of `texts`.")
    max_items = serializers.IntegerField(allow_null=True)
    note = serializers.CharField(allow_blank=True)


class ProductTypeOutput(serializers.Serializer[Any]):
    code = serializers.ChoiceField(choices=PRODUCT_TYPES)
    label = serializers.CharField()  # type: ignore[assignment]
    attributes = AttributeFieldOutput(many=True)


class MetalTermOutput(TermOutput):
    family = serializers.CharField(help_text="Such as `gold`; `gold over another metal` where it is only a layer.")
    colour = serializers.CharField()
    fineness = serializers.CharField(allow_null=True, help_text="Parts per thousand.")
    density = serializers.CharField(allow_null=True, help_text="In g/cm3.")


class StoneKindOutput(TermOutput):
    trade_names = serializers.ListField(child=serializers.CharField())


class TreatmentOutput(TermOutput):
    permanence = serializers.CharField(help_text="`permanent` or `not permanent`.")
    care = serializers.CharField(allow_blank=True)


class VocabularyOutput(serializers.Serializer[Any]):
    product_types = ProductTypeOutput(many=True)
    metals = MetalTermOutput(many=True)
    coatings = MetalTermOutput(many=True, help_text="What a plating can be of.")
    platings = TermOutput(many=True)
    stone_kinds = StoneKindOutput(many=True)
    origins = TermOutput(many=True)
    cuts = serializers.ListField(child=serializers.CharField(), help_text="A maker's own word is taken, too.")
    treatments = TreatmentOutput(many=True)
    settings = TermOutput(many=True)
    report_labs = serializers.ListField(child=serializers.CharField())


@cache
def vocabulary() -> dict[str, Any]:
    # It changes with the program alone.
    return shapes.vocabulary()


class ProductTypes(PublicDoor):
    """The types of piece with their attributes, and the words for metals and stones."""

    @extend_schema(operation_id="store_product_types_list", tags=["catalog"], responses=VocabularyOutput)
    def get(self, request: Request) -> Response:
        return Response(vocabulary())
