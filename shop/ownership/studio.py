"""The door to handing a maker over."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from shop import versions
from shop.errors import StaleVersion
from shop.inputs import StrictSerializer, Text, read_body
from shop.makers import shapes as team
from shop.makers.models import OwnershipTransfer
from shop.makers.permissions import PersonRequired
from shop.makers.studio import NothingInput, TeamDoor, WorkplaceOutput
from shop.ownership import queries, services, shapes
from shop.ownership.services import TransferExpired, TransferOpen
from shop.schema import IF_MATCH


class TransferInput(StrictSerializer):
    member = Text(max_length=32, help_text="The id of who is to own the maker: `mem_...`.")


class TransferOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    giver = serializers.CharField(help_text="The owner's id as a member.")
    taker = serializers.CharField(help_text="The id of the member it is offered to.")
    status = serializers.ChoiceField(choices=["open", "expired"])
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


class Transfer(TeamDoor):
    """The one offer to hand the maker over."""

    permission = {"GET": "team.read", "POST": "ownership.transfer", "DELETE": "ownership.transfer"}
    errors = (TransferOpen, StaleVersion)

    @extend_schema(operation_id="studio_ownership_transfer_retrieve", tags=["team"], responses=TransferOutput)
    def get(self, request: Request, maker: str) -> Response:
        return _answer(queries.open_transfer(self.maker.pk))

    @extend_schema(
        operation_id="studio_ownership_transfer_create", tags=["team"], request=TransferInput,
        responses={201: TransferOutput},
    )  # fmt: skip
    def post(self, request: Request, maker: str) -> Response:
        """Offer your ownership to another member. Nothing changes until they accept."""
        member = read_body(TransferInput, request.data)["member"]
        return _answer(services.offer(own=self.membership, member_id=member, actor=self.actor), status=201)

    @extend_schema(
        operation_id="studio_ownership_transfer_delete", tags=["team"], parameters=[IF_MATCH], responses={204: None}
    )
    def delete(self, request: Request, maker: str) -> Response:
        """Withdraw the offer."""
        services.withdraw(own=self.membership, if_match=request.headers.get("If-Match"), actor=self.actor)
        return Response(status=204)


class TransferAccept(TeamDoor):
    """Become an owner in the giver's stead, as the member it was offered to; the giver stays on the team."""

    permission = "team.read"
    errors = (PersonRequired, TransferExpired)

    @extend_schema(
        operation_id="studio_ownership_transfer_accept", tags=["team"], request=NothingInput, responses=WorkplaceOutput
    )
    def post(self, request: Request, maker: str) -> Response:
        read_body(NothingInput, request.data)
        return Response(team.place(services.accept(own=self.membership, actor=self.actor)))


def _answer(transfer: OwnershipTransfer, status: int = 200) -> Response:
    shape = shapes.transfer(transfer)
    return Response(shape, status=status, headers={"ETag": versions.of(shape)})
