"""Ring sizes from any system into every other."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.catalogue.ring_sizes import BY_COUNTRY, HALF, SYSTEMS, parse, sizes
from catalog.sizes import shapes
from shop.doors import PublicDoor
from shop.errors import FieldError, InvalidInput
from shop.inputs import Choice, QueryInput, Text
from shop.pagination import PageOutput

SIZE_HELP = "As people write it: `7`, `6½`, `6 1/2`, `6.5`, `N½`. A circumference in mm is an `EU` size: `54.4`."


class RingSizeQuery(QueryInput):
    size = Text(max_length=16, default=None, help_text=SIZE_HELP)

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python's."""
        system = Choice(choices=list(BY_COUNTRY), default=None, help_text="Whose sizes `size` is of.")
        return {"from": system, **super().get_fields()}


class LengthsOutput(serializers.Serializer[Any]):
    inner_circumference_mm = serializers.CharField(help_text="To 0.01 mm.")
    inner_diameter_mm = serializers.CharField()


class NamedSizeOutput(LengthsOutput):
    system = serializers.ChoiceField(choices=list(SYSTEMS))
    countries = serializers.ListField(child=serializers.CharField(), help_text="Who counts like this.")
    size = serializers.CharField(help_text="The system's nearest size, such as `6½` or `N½`.")
    exact = serializers.BooleanField(help_text="Whether it is that circumference to 0.01 mm, not only the nearest.")


class RingSizeRowOutput(LengthsOutput):
    sizes = NamedSizeOutput(many=True, help_text="A system that does not reach so far is left out.")


class RingSizeTableOutput(PageOutput):
    results = RingSizeRowOutput(many=True)


class RingSizes(PublicDoor):
    """One size in every system; without `from` and `size` a chart, a row for each half US size."""

    query = RingSizeQuery

    @extend_schema(
        operation_id="store_ring_sizes_list", tags=["catalog"], parameters=[RingSizeQuery],
        responses=RingSizeTableOutput,
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        country, size = self.query_values["from"], self.query_values["size"]
        if country is None and size is None:
            circumferences = list(sizes(SYSTEMS["US"], HALF))
        else:
            circumferences = [_circumference(country, size)]
        return Response({"results": [shapes.ring(each) for each in circumferences], "next": None, "previous": None})


def _circumference(country: str | None, size: str | None) -> Any:
    """Raises InvalidInput where one of the two is missing, or there is no such size."""
    if country is None or size is None:
        given = "size" if country is None else "from"
        raise _refused(given, "incomplete", "Give `from` and `size` together, or neither.")
    found = parse(size, BY_COUNTRY[country])
    if found is None:
        raise _refused("size", "unknown_size", f"There is no such size in {country}.")
    return found


def _refused(field: str, code: str, message: str) -> InvalidInput:
    error: FieldError = {"field": field, "code": code, "message": message}
    return InvalidInput(errors=[error])
