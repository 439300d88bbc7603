"""The customer's door to what they bought: orders, basket, a lost link, their data, and the way out."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from orders.basket.services import BasketFull, BasketNotOpen
from orders.basket.store import BasketOutput
from orders.basket.store import answer as answer_basket
from orders.checkout.store import OrderLineOutput, OrderTotalsOutput
from orders.customers import erasure, queries, services, shapes
from orders.customers.archive import archive
from orders.customers.services import NoBasket
from orders.order.status import OrderStatus
from shop.accounts.doors import CustomerDoor
from shop.accounts.services import ConfirmationRequired, require_confirmation
from shop.errors import NotFound
from shop.http import JSONRenderer
from shop.inputs import Email, StrictSerializer, Text, read_body
from shop.makers.services import LastOwner
from shop.pagination import InvalidCursor, PageOutput, PageQuery, page_links
from shop.storefronts.doors import StorefrontDoor


class BasketToMergeInput(StrictSerializer):
    basket = Text(max_length=32, help_text="The id of the basket that the storefront holds.")


class LookupInput(StrictSerializer):
    number = Text(max_length=32)
    email = Email(max_length=254)


class ErasureInput(StrictSerializer):
    confirm = Text(max_length=254, help_text="The customer's own mail address.")


class OrderSummaryOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    number = serializers.CharField()
    status = serializers.ChoiceField(choices=OrderStatus.choices)
    placed_at = serializers.DateTimeField()
    totals = OrderTotalsOutput()
    line_count = serializers.IntegerField()
    lines = OrderLineOutput(many=True, help_text=f"The first {shapes.SHOWN_LINES}.")


class OrderHistoryOutput(PageOutput):
    results = OrderSummaryOutput(many=True)


class LookupOutput(serializers.Serializer[Any]):
    accepted = serializers.BooleanField(help_text="Always true, whether there is such an order or not.")


class ErasureOutput(serializers.Serializer[Any]):
    erased_at = serializers.DateTimeField()
    orders_kept = serializers.ListField(
        child=serializers.CharField(), help_text="Numbers of ended orders, kept for the books without their buyer."
    )
    orders_in_progress = serializers.ListField(
        child=serializers.CharField(), help_text="Numbers of orders that keep what delivery needs until they end."
    )


class OrderHistory(CustomerDoor):
    """The customer's orders, newest first; in a maker's own storefront those placed there."""

    query = PageQuery
    errors = (InvalidCursor,)

    @extend_schema(
        operation_id="store_customer_orders_list", tags=["customer"], parameters=[PageQuery],
        responses=OrderHistoryOutput,
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        page = queries.order_history(self.person, storefront=self.storefront, **self.query_values)
        return Response({"results": [shapes.summary(row) for row in page.rows], **page_links(request, page)})


class CustomerBasket(CustomerDoor):
    errors = (NotFound, NoBasket, BasketNotOpen, BasketFull)

    @extend_schema(operation_id="store_customer_basket_retrieve", tags=["customer"], responses=BasketOutput)
    def get(self, request: Request) -> Response:
        """The customer's open basket in this storefront."""
        return answer_basket(services.customers_basket(self.actor, storefront=self.storefront))

    @extend_schema(
        operation_id="store_customer_basket_merge", tags=["customer"], request=BasketToMergeInput,
        responses={200: BasketOutput},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Take the basket that was filled as a guest into the customer's own: call it after each sign-in.

        Of a variant in both the larger quantity counts; what the own basket lacks (addresses, gift note ...) is
        filled. A repeated call changes nothing. The guest's basket is gone afterwards, or is the customer's own now.
        """
        basket_id = read_body(BasketToMergeInput, request.data)["basket"]
        return answer_basket(services.merge_basket(basket_id, actor=self.actor, storefront=self.storefront))


class OrderLookup(StorefrontDoor):
    """Have an order's link sent again, to the address it was placed with."""

    @extend_schema(
        operation_id="store_orders_lookup", tags=["orders"], request=LookupInput, responses={202: LookupOutput}
    )
    def post(self, request: Request) -> Response:
        given = read_body(LookupInput, request.data)
        services.ask_for_link(number=given["number"], email=given["email"], storefront=self.storefront)
        return Response({"accepted": True}, status=202)


class ZipRenderer(BaseRenderer):
    """Stands for the archive when a caller says what they accept; the door answers with its bytes."""

    media_type = "application/zip"
    format = "zip"


class Export(CustomerDoor):
    """Everything we know of the customer, as files of JSON in a zip. Needs a password or second factor given lately."""

    renderer_classes = (ZipRenderer, JSONRenderer)
    errors = (ConfirmationRequired,)

    @extend_schema(
        operation_id="store_customer_export", tags=["customer"],
        responses={(200, "application/zip"): OpenApiTypes.BINARY},
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponse:
        require_confirmation(self.actor)
        name = f"benchpin-{self.person.public_id}.zip"
        return HttpResponse(
            archive(self.person),
            content_type="application/zip",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )


class Erasure(CustomerDoor):
    """Forget the customer. Needs a password or second factor given lately, and cannot be undone.

    Sign-ins, profile, addresses, ring sizes, baskets, mails and places on teams are deleted. Orders are kept for the
    books, without their buyer; those not yet ended keep what delivery needs until they have. The payment provider's
    own record stays with it. Stored answers to requests with an `Idempotency-Key` that were still running end within
    24 hours.
    """

    errors = (ConfirmationRequired, LastOwner)

    @extend_schema(
        operation_id="store_customer_erasure", tags=["customer"], request=ErasureInput, responses={200: ErasureOutput}
    )
    def post(self, request: Request) -> Response:
        confirm = read_body(ErasureInput, request.data)["confirm"]
        erased = erasure.erase_customer(actor=self.actor, confirm=confirm)
        return Response({"erased_at": erased.at, "orders_kept": erased.kept, "orders_in_progress": erased.in_progress})
