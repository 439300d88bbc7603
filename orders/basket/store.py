"""The shopper's door to a basket. Its id is the capability: who knows it may read and change it."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.browse.store import ImageOutput, MakerLinkOutput, PageOutput
from catalog.inventory.services import StockExhausted
from orders.basket import services, shapes
from orders.basket.models import Basket
from orders.basket.queries import AmbiguousSku, UnknownVariant, get_basket, view_basket
from orders.basket.rules import MAX_QUANTITY
from orders.basket.services import BasketFull, BasketNotOpen
from shop import versions
from shop.doors import Door
from shop.errors import StaleVersion
from shop.inputs import Pattern, StrictSerializer, Text, WholeNumber, read_body
from shop.schema import MoneyOutput

IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description="The `ETag` the change was made on; 412 when stale."
)
PHONE_HINT = "Give a phone number such as +1 503 555 0100."
PHONE = r"^\+?[0-9 ().-]{5,31}$"


class AddressInput(StrictSerializer):
    first_name = Text(max_length=100)
    last_name = Text(max_length=100)
    company = Text(max_length=100, allow_blank=True, required=False)
    line1 = Text(max_length=100)
    line2 = Text(max_length=100, allow_blank=True, required=False)
    city = Text(max_length=100)
    state = Text(max_length=50, allow_blank=True, required=False)
    postal_code = Text(max_length=16, allow_blank=True, required=False)
    country = Pattern(r"^[A-Z]{2}\Z", hint="Give a two-letter ISO 3166 country code in capitals, such as US.")
    phone = Pattern(PHONE, hint=PHONE_HINT, allow_blank=True, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return {**dict.fromkeys(self.fields, ""), **attrs}


class Email(serializers.EmailField):
    """An address of today's length, and a string: DRF would take a number for one."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class DetailsInput(StrictSerializer):
    """What is left out stays as it is; an address is given whole."""

    email = Email(max_length=254, required=False)
    phone = Pattern(PHONE, hint=PHONE_HINT, allow_blank=True, required=False)
    shipping_address = AddressInput(required=False)
    billing_address = AddressInput(allow_null=True, required=False)
    shipping_option = Text(max_length=64, required=False)
    gift_note = Text(max_length=500, allow_blank=True, required=False)


class EmptyInput(StrictSerializer):
    """No fields: an empty object, or no body at all."""


class NewLineInput(StrictSerializer):
    variant = Text(max_length=64, required=False)
    sku = Text(max_length=128, required=False)
    quantity = WholeNumber(min_value=1, max_value=MAX_QUANTITY, required=False, help_text="1 where left out.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("variant" in attrs) == ("sku" in attrs):
            raise serializers.ValidationError({"variant": ["Name the piece by `variant` or by `sku`, one of them."]})
        return attrs


class QuantityInput(StrictSerializer):
    quantity = WholeNumber(min_value=1, max_value=MAX_QUANTITY)


class AddressOutput(serializers.Serializer[Any]):
    first_name = serializers.CharField()
    last_name = serializers.CharField()
    company = serializers.CharField(allow_blank=True)
    line1 = serializers.CharField()
    line2 = serializers.CharField(allow_blank=True)
    city = serializers.CharField()
    state = serializers.CharField(allow_blank=True)
    postal_code = serializers.CharField(allow_blank=True)
    country = serializers.CharField()
    phone = serializers.CharField(allow_blank=True)


class LineProductOutput(serializers.Serializer[Any]):
    slug = serializers.CharField()
    title = serializers.CharField()
    image = ImageOutput(allow_null=True)


class BasketLineOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    sku = serializers.CharField()
    variant = serializers.CharField()
    quantity = serializers.IntegerField()
    product = LineProductOutput()
    maker = MakerLinkOutput()
    options = serializers.DictField(child=serializers.CharField())
    personalization = serializers.ListField(child=serializers.DictField())
    unit_price = MoneyOutput()
    line_total = MoneyOutput()
    lead_time_days = serializers.IntegerField(allow_null=True)
    price_locked_until = serializers.DateTimeField(allow_null=True)
    final_sale = serializers.BooleanField()


class ShippingOptionOutput(serializers.Serializer[Any]):
    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    price = MoneyOutput()
    promised_ship_by = serializers.DateField()
    delivery_from = serializers.DateField()
    delivery_to = serializers.DateField()
    carrier = serializers.CharField()


class ShippingOptionsOutput(PageOutput):
    results = ShippingOptionOutput(many=True)


class TotalsOutput(serializers.Serializer[Any]):
    items = MoneyOutput()
    discounts = MoneyOutput()
    shipping = MoneyOutput()
    tax = MoneyOutput()
    total = MoneyOutput()


class BasketProblemOutput(serializers.Serializer[Any]):
    code = serializers.ChoiceField(choices=["unavailable", "out_of_stock", "insufficient_stock", "price_changed"])
    line = serializers.CharField()
    detail = serializers.CharField()


class BasketOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    version = serializers.IntegerField()
    status = serializers.ChoiceField(choices=["open", "frozen"], help_text="frozen: it has become an order.")
    currency = serializers.CharField()
    email = serializers.CharField(allow_blank=True)
    phone = serializers.CharField(allow_blank=True)
    shipping_address = AddressOutput(allow_null=True)
    billing_address = AddressOutput(allow_null=True)
    gift_note = serializers.CharField(allow_blank=True)
    lines = BasketLineOutput(many=True)
    vouchers = serializers.ListField(child=serializers.DictField())
    discounts = serializers.ListField(child=serializers.DictField())
    shipping_option = ShippingOptionOutput(allow_null=True)
    totals = TotalsOutput()
    tax_lines = serializers.ListField(child=serializers.DictField())
    tax_status = serializers.ChoiceField(
        choices=["not_calculated"], help_text="`not_calculated`: no tax is charged, and none is known to be owed."
    )
    problems = BasketProblemOutput(many=True)
    expires_at = serializers.DateTimeField()


CHANGE_ERRORS = (BasketNotOpen, StaleVersion)


class BasketDoor(Door):
    def idempotency_scope(self, request: HttpRequest, **path: str) -> str | None:
        return path.get("basket_id")


def answer(basket: Basket, status: int = 200) -> Response:
    """A complete basket with its version as `ETag`."""
    return Response(shapes.basket(view_basket(basket)), status=status, headers={"ETag": versions.tag(basket.version)})


class Baskets(BasketDoor):
    """Begin a basket. Keep the id: it is all a guest has."""

    @extend_schema(
        operation_id="store_baskets_create", tags=["basket"], request=EmptyInput, responses={201: BasketOutput}
    )
    def post(self, request: Request) -> Response:
        read_body(EmptyInput, request.data)
        return answer(services.create_basket(currency=settings.CURRENCY), status=201)


class BasketDetail(BasketDoor):
    errors = CHANGE_ERRORS

    @extend_schema(operation_id="store_baskets_retrieve", tags=["basket"], responses=BasketOutput)
    def get(self, request: Request, basket_id: str) -> Response:
        """A basket at today's prices and stock; what changed or is gone stands in `problems`."""
        return answer(get_basket(basket_id))

    @extend_schema(
        operation_id="store_baskets_update", tags=["basket"], parameters=[IF_MATCH], request=DetailsInput,
        responses=BasketOutput,
    )  # fmt: skip
    def patch(self, request: Request, basket_id: str) -> Response:
        """Set contact, addresses, shipping option or gift note; what is not named stays."""
        changes = read_body(DetailsInput, request.data)
        return answer(services.update_details(basket_id, changes=changes, if_match=request.headers.get("If-Match")))


class BasketLines(BasketDoor):
    """Add pieces; a variant already in the basket gets more."""

    errors = (*CHANGE_ERRORS, UnknownVariant, AmbiguousSku, BasketFull, StockExhausted)

    @extend_schema(
        operation_id="store_basket_lines_create", tags=["basket"], parameters=[IF_MATCH], request=NewLineInput,
        responses={201: BasketOutput},
    )  # fmt: skip
    def post(self, request: Request, basket_id: str) -> Response:
        given = read_body(NewLineInput, request.data)
        basket = services.add_line(
            basket_id,
            variant=given.get("variant"),
            sku=given.get("sku"),
            quantity=given.get("quantity", 1),
            if_match=request.headers.get("If-Match"),
        )
        return answer(basket, status=201)


class BasketLine(BasketDoor):
    errors = (*CHANGE_ERRORS, UnknownVariant, BasketFull, StockExhausted)

    @extend_schema(
        operation_id="store_basket_lines_update", tags=["basket"], parameters=[IF_MATCH], request=QuantityInput,
        responses=BasketOutput,
    )  # fmt: skip
    def patch(self, request: Request, basket_id: str, line_id: str) -> Response:
        """Set the quantity."""
        quantity = read_body(QuantityInput, request.data)["quantity"]
        if_match = request.headers.get("If-Match")
        return answer(services.change_line(basket_id, line_id, quantity=quantity, if_match=if_match))

    @extend_schema(
        operation_id="store_basket_lines_delete", tags=["basket"], parameters=[IF_MATCH], responses={200: BasketOutput}
    )
    def delete(self, request: Request, basket_id: str, line_id: str) -> Response:
        """Take the line out; answers the basket that is left."""
        return answer(services.remove_line(basket_id, line_id, if_match=request.headers.get("If-Match")))


class BasketShippingOptions(BasketDoor):
    """The ways to send this basket, with prices and dates."""

    @extend_schema(operation_id="store_basket_shipping_options_list", tags=["basket"], responses=ShippingOptionsOutput)
    def get(self, request: Request, basket_id: str) -> Response:
        view = view_basket(get_basket(basket_id))
        shaped = [shapes.shipping_option(option, view.basket.currency) for option in view.options]
        return Response({"results": shaped, "next": None, "previous": None})
