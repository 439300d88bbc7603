"""The shopper's door to a basket. A guest's id is the capability: who knows it may read and change it."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.browse.store import MakerLinkOutput
from catalog.inventory.services import StockExhausted
from catalog.media.doors import ImageOutput
from catalog.media.rules import MAX_BYTES as MAX_PICTURE_BYTES
from catalog.personalization.doors import WishOutput
from catalog.personalization.rules import MAX_OPTIONS, MAX_TEXT, Wish
from catalog.personalization.services import DRAWING, PICTURES, FileRefused, KeptFile, TooManyUploads, kept_file
from catalog.personalization.shapes import upload as upload_shape
from catalog.personalization.vectors import MAX_BYTES as MAX_DRAWING_BYTES
from orders.basket import services, shapes
from orders.basket.queries import AmbiguousSku, BasketView, UnknownVariant, get_basket, view_basket
from orders.basket.rules import MAX_QUANTITY, PROBLEM_CODES
from orders.basket.services import BasketFull, BasketNotOpen, PersonalizationRefused, TooManyVouchers
from orders.discounts.doors import DiscountOutput
from orders.discounts.queries import (
    UnknownVoucher,
    VoucherAlreadyUsed,
    VoucherExpired,
    VoucherNotYetValid,
    VoucherUsedUp,
)
from orders.voucher.rules import PROBLEMS as VOUCHER_PROBLEMS
from shop import versions
from shop.addresses import PHONE, PHONE_HINT, AddressInput, AddressOutput
from shop.errors import StaleVersion
from shop.file_doors import FileDoor
from shop.inputs import Email, Line, Paragraphs, Pattern, StrictSerializer, Text, WholeNumber, read_body
from shop.pagination import PageOutput
from shop.schema import IF_MATCH, MoneyOutput
from shop.storefronts.doors import StorefrontDoor
from shop.storefronts.models import Storefront
from shop.storefronts.queries import StorefrontChanged, kept_storefront_of, read_again


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


class WishInput(StrictSerializer):
    option = Text(max_length=64)
    value = Paragraphs(max_length=MAX_TEXT)
    font = Line(max_length=64, required=False)


class NewLineInput(StrictSerializer):
    variant = Text(max_length=64, required=False)
    sku = Text(max_length=128, required=False)
    quantity = WholeNumber(min_value=1, max_value=MAX_QUANTITY, required=False, help_text="1 where left out.")
    personalization = serializers.ListField(
        child=WishInput(),
        max_length=MAX_OPTIONS,
        required=False,
        help_text="As the product's `personalization` offers; of an upload the id that it was answered with.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("variant" in attrs) == ("sku" in attrs):
            raise serializers.ValidationError({"variant": ["Name the piece by `variant` or by `sku`, one of them."]})
        return attrs


class QuantityInput(StrictSerializer):
    quantity = WholeNumber(min_value=1, max_value=MAX_QUANTITY)


class VoucherCodeInput(StrictSerializer):
    code = Line(max_length=64)


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
    personalization = WishOutput(many=True)
    unit_price = MoneyOutput()
    unit_compare_at_price = MoneyOutput(allow_null=True, help_text="What it cost before; null: it was not more.")
    line_total = MoneyOutput(help_text="Before discounts.")
    discount = MoneyOutput(help_text="What the `discounts` take off this line, all together.")
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


class UploadOutput(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="The value of a wish whose option is of the kind `upload`.")
    content_type = serializers.ChoiceField(choices=[*PICTURES.values(), DRAWING])
    bytes = serializers.IntegerField()
    width = serializers.IntegerField(allow_null=True, help_text="Pixels; a drawing has none.")
    height = serializers.IntegerField(allow_null=True)
    url = serializers.URLField(help_text="Signed: who has it may read the file.")
    url_expires_at = serializers.DateTimeField()


class ShippingOptionsOutput(PageOutput):
    results = ShippingOptionOutput(many=True)


class TotalsOutput(serializers.Serializer[Any]):
    items = MoneyOutput()
    discounts = MoneyOutput()
    shipping = MoneyOutput()
    tax = MoneyOutput()
    total = MoneyOutput()


class BasketProblemOutput(serializers.Serializer[Any]):
    code = serializers.ChoiceField(choices=PROBLEM_CODES)
    line = serializers.CharField()
    detail = serializers.CharField()


class BasketVoucherOutput(serializers.Serializer[Any]):
    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    amount = MoneyOutput(help_text="What its offers take off this basket; zero while it lacks what they ask for.")
    problem = serializers.ChoiceField(
        choices=VOUCHER_PROBLEMS,
        allow_null=True,
        help_text="Why it takes nothing off any more; null: nothing is wrong.",
    )


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
    vouchers = BasketVoucherOutput(many=True)
    discounts = DiscountOutput(many=True)
    shipping_option = ShippingOptionOutput(allow_null=True)
    totals = TotalsOutput()
    tax_lines = serializers.ListField(child=serializers.DictField())
    tax_status = serializers.ChoiceField(
        choices=["not_calculated"], help_text="`not_calculated`: no tax is charged, and none is known to be owed."
    )
    problems = BasketProblemOutput(many=True)
    expires_at = serializers.DateTimeField()


CHANGE_ERRORS = (BasketNotOpen, StaleVersion)


class BasketDoor(StorefrontDoor):
    """A door to a basket: whoever knows a guest's id may come in; a customer's needs their sign-in besides.

    Its storefront is the one that the process keeps. Whoever reads the basket asks whether it still is as it was kept;
    where it is not, it is read, and the work begins again.
    """

    @cached_property
    def storefront(self) -> Storefront:
        return kept_storefront_of(self.request._request)

    def carry_out(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        return self.in_todays_storefront(lambda: super(BasketDoor, self).carry_out(request, *args, **kwargs))

    def in_todays_storefront(self, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except StorefrontChanged:
            self.storefront = read_again(self.request._request)
            return work()

    def idempotency_scope(self, request: HttpRequest, **path: str) -> str | None:
        basket_id = path.get("basket_id")
        # A customer's basket does not open by its id alone, and neither does a stored answer of it.
        return f"{basket_id}:{self.actor.id}" if basket_id and self.actor.is_person else basket_id


def answer(view: BasketView, status: int = 200) -> Response:
    """A complete basket with its version as `ETag`."""
    return Response(shapes.basket(view), status=status, headers={"ETag": versions.tag(view.basket.version)})


class Baskets(BasketDoor):
    """Begin a basket. Keep the id: it is all a guest has. A customer who has an open one is given that."""

    @extend_schema(
        operation_id="store_baskets_create", tags=["basket"], request=EmptyInput, responses={201: BasketOutput}
    )
    def post(self, request: Request) -> Response:
        read_body(EmptyInput, request.data)
        return answer(services.create_basket(actor=self.actor, storefront=self.storefront), status=201)


class BasketDetail(BasketDoor):
    errors = CHANGE_ERRORS

    @extend_schema(operation_id="store_baskets_retrieve", tags=["basket"], responses=BasketOutput)
    def get(self, request: Request, basket_id: str) -> Response:
        """A basket at today's prices and stock; what changed or is gone stands in `problems`.

        Where something else would be charged than its version showed before, it is a new version.
        """
        return answer(services.show_basket(basket_id, actor=self.actor, storefront=self.storefront))

    @extend_schema(
        operation_id="store_baskets_update", tags=["basket"], parameters=[IF_MATCH], request=DetailsInput,
        responses=BasketOutput,
    )  # fmt: skip
    def patch(self, request: Request, basket_id: str) -> Response:
        """Set contact, addresses, shipping option or gift note; what is not named stays."""
        changes = read_body(DetailsInput, request.data)
        view = services.update_details(
            basket_id,
            actor=self.actor,
            storefront=self.storefront,
            changes=changes,
            if_match=request.headers.get("If-Match"),
        )
        return answer(view)


class BasketLines(BasketDoor):
    """Add pieces; a variant already in the basket with the same wishes gets more."""

    errors = (*CHANGE_ERRORS, UnknownVariant, AmbiguousSku, BasketFull, StockExhausted, PersonalizationRefused)

    @extend_schema(
        operation_id="store_basket_lines_create", tags=["basket"], parameters=[IF_MATCH], request=NewLineInput,
        responses={201: BasketOutput},
    )  # fmt: skip
    def post(self, request: Request, basket_id: str) -> Response:
        given = read_body(NewLineInput, request.data)
        view = services.add_line(
            basket_id,
            actor=self.actor,
            storefront=self.storefront,
            variant=given.get("variant"),
            sku=given.get("sku"),
            quantity=given.get("quantity", 1),
            wishes=[Wish(**wish) for wish in given.get("personalization", [])],
            if_match=request.headers.get("If-Match"),
        )
        return answer(view, status=201)


class BasketLine(BasketDoor):
    errors = (*CHANGE_ERRORS, UnknownVariant, BasketFull, StockExhausted, PersonalizationRefused)

    @extend_schema(
        operation_id="store_basket_lines_update", tags=["basket"], parameters=[IF_MATCH], request=QuantityInput,
        responses=BasketOutput,
    )  # fmt: skip
    def patch(self, request: Request, basket_id: str, line_id: str) -> Response:
        """Set the quantity."""
        quantity = read_body(QuantityInput, request.data)["quantity"]
        view = services.change_line(
            basket_id,
            line_id,
            actor=self.actor,
            storefront=self.storefront,
            quantity=quantity,
            if_match=request.headers.get("If-Match"),
        )
        return answer(view)

    @extend_schema(
        operation_id="store_basket_lines_delete", tags=["basket"], parameters=[IF_MATCH], responses={200: BasketOutput}
    )
    def delete(self, request: Request, basket_id: str, line_id: str) -> Response:
        """Take the line out; answers the basket that is left."""
        view = services.remove_line(
            basket_id,
            line_id,
            actor=self.actor,
            storefront=self.storefront,
            if_match=request.headers.get("If-Match"),
        )
        return answer(view)


class BasketVouchers(BasketDoor):
    """Try a code. Capitals do not matter. A client address has 20 tries in 5 minutes."""

    errors = (
        *CHANGE_ERRORS, UnknownVoucher, VoucherNotYetValid, VoucherExpired, VoucherUsedUp, VoucherAlreadyUsed,
        TooManyVouchers,
    )  # fmt: skip

    @extend_schema(
        operation_id="store_basket_vouchers_create", tags=["basket"], parameters=[IF_MATCH], request=VoucherCodeInput,
        responses={201: BasketOutput},
    )  # fmt: skip
    def post(self, request: Request, basket_id: str) -> Response:
        view = services.add_voucher(
            basket_id,
            actor=self.actor,
            storefront=self.storefront,
            code=read_body(VoucherCodeInput, request.data)["code"],
            if_match=request.headers.get("If-Match"),
        )
        return answer(view, status=201)


class BasketVoucher(BasketDoor):
    errors = CHANGE_ERRORS

    @extend_schema(
        operation_id="store_basket_vouchers_delete", tags=["basket"], parameters=[IF_MATCH],
        responses={200: BasketOutput},
    )  # fmt: skip
    def delete(self, request: Request, basket_id: str, code: str) -> Response:
        """Take the voucher out; answers the basket that is left."""
        view = services.remove_voucher(
            basket_id,
            code,
            actor=self.actor,
            storefront=self.storefront,
            if_match=request.headers.get("If-Match"),
        )
        return answer(view)


class BasketUploads(FileDoor, BasketDoor):
    """Files for the options of the kind `upload`."""

    max_bytes = {**dict.fromkeys(PICTURES.values(), MAX_PICTURE_BYTES), DRAWING: MAX_DRAWING_BYTES}
    errors = (BasketNotOpen, FileRefused, TooManyUploads)
    kept: KeptFile

    def let_in(self, request: HttpRequest) -> None:
        super().let_in(request)
        # Who knows no basket sends no file.
        basket_id = self.kwargs["basket_id"]
        self.in_todays_storefront(lambda: get_basket(basket_id, actor=self.actor, storefront=self.storefront))

    def carry_out(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        # Before any transaction, since opening a picture may take a second.
        with kept_file(self.file, str(request._request.content_type)) as self.kept:
            return super().carry_out(request, *args, **kwargs)

    @extend_schema(
        operation_id="store_basket_uploads_create", tags=["basket"],
        request=dict.fromkeys(max_bytes, OpenApiTypes.BINARY), responses={201: UploadOutput},
    )  # fmt: skip
    def post(self, request: Request, basket_id: str) -> Response:
        """Send a picture or a drawing: the body is the file itself. A basket takes 20.

        A picture (at most 15 MB and 40 million pixels) is kept upright, in sRGB, at most 4,096 px wide and high,
        without the place and the camera that a phone writes into it. A drawing (SVG, at most 1 MB) is kept as it is, or
        refused where it has scripts, events, references to anything outside itself, or a DOCTYPE.
        """
        upload = services.take_upload(basket_id, actor=self.actor, storefront=self.storefront, kept=self.kept)
        return Response(upload_shape(upload), status=201)


class BasketShippingOptions(BasketDoor):
    """The ways to send this basket, with prices and dates."""

    @extend_schema(operation_id="store_basket_shipping_options_list", tags=["basket"], responses=ShippingOptionsOutput)
    def get(self, request: Request, basket_id: str) -> Response:
        basket = get_basket(basket_id, actor=self.actor, storefront=self.storefront)
        view = view_basket(basket, self.storefront)
        shaped = [shapes.shipping_option(option, view.basket.currency) for option in view.options]
        return Response({"results": shaped, "next": None, "previous": None})
