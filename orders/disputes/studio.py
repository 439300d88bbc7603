"""The maker's door to disputes over what it sold."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from orders.disputes import queries, shapes
from orders.disputes.status import DisputeStatus
from shop import versions
from shop.inputs import Choice
from shop.makers.doors import StudioDoor
from shop.pagination import InvalidCursor, PageOutput, PageQuery, page_links
from shop.schema import MoneyOutput


class DisputeQuery(PageQuery):
    status = Choice(DisputeStatus.choices, default=None)


class DisputeOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    order = serializers.CharField(help_text="The order's number.")
    payment = serializers.CharField()
    status = serializers.ChoiceField(
        choices=DisputeStatus.choices, help_text="Stripe's own; of a `warning_...` no money has been taken."
    )
    reason = serializers.CharField(allow_blank=True, help_text="The bank's, in Stripe's word.")
    amount = MoneyOutput(help_text="What of it your share of the order answers for.")
    refunds_frozen = serializers.BooleanField(help_text="Whether the payment cannot be refunded because of it.")
    opened_at = serializers.DateTimeField()
    evidence_due_at = serializers.DateTimeField(allow_null=True, help_text="Until then Stripe takes an answer.")
    closed_at = serializers.DateTimeField(allow_null=True)


class DisputePageOutput(PageOutput):
    results = DisputeOutput(many=True)


class Disputes(StudioDoor):
    """Disputes over orders with pieces of yours, the newest first."""

    permission = "orders.read"
    query = DisputeQuery
    errors = (InvalidCursor,)

    @extend_schema(
        operation_id="studio_disputes_list", tags=["orders"], parameters=[DisputeQuery], responses=DisputePageOutput
    )
    def get(self, request: Request, maker: str) -> Response:
        page = queries.list_disputes(self.maker, **self.query_values)
        results = [shapes.dispute(row, self.maker.pk) for row in page.rows]
        return Response({"results": results, **page_links(request, page)})


class DisputeDetail(StudioDoor):
    permission = "orders.read"

    @extend_schema(operation_id="studio_disputes_retrieve", tags=["orders"], responses=DisputeOutput)
    def get(self, request: Request, maker: str, dispute: str) -> Response:
        """One dispute. It is answered at Stripe."""
        shape = shapes.dispute(queries.get_dispute(self.maker, dispute), self.maker.pk)
        return Response(shape, headers={"ETag": versions.of(shape)})
