"""The maker's door to orders that are held for review."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from orders.order.services import OrderNotInState
from orders.order.status import OrderStatus, ReviewStatus
from orders.refunds.closing import OrderOfOthersToo
from orders.refunds.services import PaymentDisputed
from orders.review import queries, services, shapes
from orders.review.rules import REASONS
from orders.review.services import NotUnderReview
from shop.errors import NotFound
from shop.inputs import Choice, StrictSerializer, read_body
from shop.makers.doors import StudioDoor
from shop.pagination import InvalidCursor, PageOutput, PageQuery, page_links
from shop.schema import MoneyOutput

REVIEW = "orders.review"


class ReviewQuery(PageQuery):
    status = Choice(ReviewStatus.values, required=False, default=ReviewStatus.HELD.value)


class NoDecisionInput(StrictSerializer):
    """No fields: an empty object, or no body at all."""


class ReviewReasonOutput(serializers.Serializer[Any]):
    code = serializers.ChoiceField(choices=list(REASONS))
    detail = serializers.CharField()


class ReviewOutput(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=ReviewStatus.choices)
    reasons = ReviewReasonOutput(many=True)
    reviewed_at = serializers.DateTimeField(allow_null=True)


class ReviewedOrderOutput(serializers.Serializer[Any]):
    number = serializers.CharField()
    status = serializers.ChoiceField(choices=OrderStatus.choices)
    placed_at = serializers.DateTimeField()
    own_total = MoneyOutput(help_text="What the maker's own lines come to.")
    review = ReviewOutput()


class ReviewPageOutput(PageOutput):
    results = ReviewedOrderOutput(many=True)


class Reviews(StudioDoor):
    """The maker's orders that are held for review, newest first; or those whose review stands as `status` says."""

    permission = {"GET": REVIEW}
    query = ReviewQuery
    errors = (InvalidCursor,)

    @extend_schema(
        operation_id="studio_reviews_list", tags=["orders"], parameters=[ReviewQuery], responses=ReviewPageOutput
    )
    def get(self, request: Request, maker: str) -> Response:
        page = queries.list_reviews(self.maker, **self.query_values)
        return Response({"results": [shapes.reviewed_order(row) for row in page.rows], **page_links(request, page)})


class ReviewApprove(StudioDoor):
    """Let the order be made and sent. A correction of its delivery that gives a new reason holds it again.

    On an order with pieces of other makers the shop's operator decides.
    """

    permission = {"POST": REVIEW}
    errors = (NotFound, NotUnderReview, OrderOfOthersToo)

    @extend_schema(
        operation_id="studio_review_approve", tags=["orders"], request=NoDecisionInput, responses=ReviewedOrderOutput
    )
    def post(self, request: Request, maker: str, number: str) -> Response:
        read_body(NoDecisionInput, request.data)
        services.approve(queries.get_review(number, maker=self.maker), maker=self.maker, actor=self.actor)
        return Response(shapes.reviewed_order(queries.get_review(number, maker=self.maker)))


class ReviewCancel(StudioDoor):
    """Cancel the order: all of its money goes back, its pieces are for sale again. The buyer is told no reason.

    On an order with pieces of other makers the shop's operator decides.
    """

    permission = {"POST": REVIEW}
    idempotency_required = True
    errors = (NotFound, NotUnderReview, OrderNotInState, OrderOfOthersToo, PaymentDisputed)

    @extend_schema(
        operation_id="studio_review_cancel", tags=["orders"], request=NoDecisionInput, responses=ReviewedOrderOutput
    )
    def post(self, request: Request, maker: str, number: str) -> Response:
        read_body(NoDecisionInput, request.data)
        services.cancel(queries.get_review(number, maker=self.maker), maker=self.maker, actor=self.actor)
        return Response(shapes.reviewed_order(queries.get_review(number, maker=self.maker)))
