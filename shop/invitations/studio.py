"""The door to invitations: the team's, and that of whoever was mailed one."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from shop import versions
from shop.doors import ANYONE, SIGNED_IN, Door
from shop.errors import NotFound, StaleVersion
from shop.inputs import Email, StrictSerializer, Text, read_body
from shop.invitations import queries, services, shapes
from shop.invitations.queries import InvitationExpired, InvitationUsed
from shop.invitations.services import AlreadyInvited, AlreadyMember, InvitationForAnotherAddress, TooManyInvitations
from shop.makers import shapes as team
from shop.makers.doors import StudioDoor
from shop.makers.models import Invitation
from shop.makers.services import BeyondOwnRoles
from shop.makers.studio import NothingInput, RoleLabelOutput, RolesField, WorkplaceOutput
from shop.pagination import InvalidCursor, PageOutput, PageQuery, page_links
from shop.schema import IF_MATCH


class InvitationInput(StrictSerializer):
    email = Email(max_length=254)
    roles = RolesField()

    def validate_email(self, email: str) -> str:
        # It was looked at as typed: lower case makes another letter's look-alike the letter itself.
        return email.lower()


class TokenInput(StrictSerializer):
    token = Text(max_length=128, help_text="From the mail.")


class InvitationOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    email = serializers.CharField()
    roles = serializers.ListField(child=serializers.CharField())
    status = serializers.ChoiceField(choices=["open", "expired"], help_text="An expired one can be sent again.")
    invited_by = serializers.CharField(allow_null=True, help_text="The id of who sent it last.")
    created_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


class InvitationPageOutput(PageOutput):
    results = InvitationOutput(many=True)


class InvitingMakerOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    slug = serializers.CharField()
    name = serializers.CharField()


class LetterOutput(serializers.Serializer[Any]):
    maker = InvitingMakerOutput()
    inviter_name = serializers.CharField()
    roles = RoleLabelOutput(many=True)
    expires_at = serializers.DateTimeField()


SENDING_ERRORS = (BeyondOwnRoles, AlreadyMember, TooManyInvitations)
TOKEN_ERRORS = (NotFound, InvitationUsed, InvitationExpired)


class Invitations(StudioDoor):
    permission = {"GET": "team.read", "POST": "team.manage"}
    query = PageQuery
    errors = (InvalidCursor, *SENDING_ERRORS, AlreadyInvited)

    @extend_schema(
        operation_id="studio_invitations_list", tags=["team"], parameters=[PageQuery], responses=InvitationPageOutput
    )
    def get(self, request: Request, maker: str) -> Response:
        """Invitations that are neither accepted nor revoked, newest first."""
        page = queries.list_invitations(self.maker.pk, **self.query_values)
        return Response({"results": [shapes.invitation(row) for row in page.rows], **page_links(request, page)})

    @extend_schema(
        operation_id="studio_invitations_create", tags=["team"], request=InvitationInput,
        responses={201: InvitationOutput},
    )  # fmt: skip
    def post(self, request: Request, maker: str) -> Response:
        """Invite whoever reads the mail of an address. Its token stands in the mail only."""
        given = read_body(InvitationInput, request.data)
        sent = services.invite(own=self.membership, email=given["email"], roles=given["roles"], actor=self.actor)
        return _answer(sent, status=201)


class InvitationDetail(StudioDoor):
    permission = {"GET": "team.read", "DELETE": "team.manage"}
    errors = (StaleVersion, BeyondOwnRoles)

    @extend_schema(operation_id="studio_invitations_retrieve", tags=["team"], responses=InvitationOutput)
    def get(self, request: Request, maker: str, invitation: str) -> Response:
        """One that is neither accepted nor revoked."""
        return _answer(queries.get_invitation(self.maker.pk, invitation))

    @extend_schema(
        operation_id="studio_invitations_delete", tags=["team"], parameters=[IF_MATCH], responses={204: None}
    )
    def delete(self, request: Request, maker: str, invitation: str) -> Response:
        """Revoke it: its token opens nothing any more."""
        if_match = request.headers.get("If-Match")
        services.revoke(own=self.membership, invitation_id=invitation, if_match=if_match, actor=self.actor)
        return Response(status=204)


class InvitationResend(StudioDoor):
    permission = "team.manage"
    errors = SENDING_ERRORS

    @extend_schema(
        operation_id="studio_invitations_resend", tags=["team"], request=NothingInput, responses=InvitationOutput
    )
    def post(self, request: Request, maker: str, invitation: str) -> Response:
        """Mail it again, with a new token and a new expiry. The old token opens nothing any more."""
        read_body(NothingInput, request.data)
        return _answer(services.resend(own=self.membership, invitation_id=invitation, actor=self.actor))


class InvitationLook(Door):
    """What an invitation's mail says, for the page that it points to. Changes nothing."""

    permission = ANYONE
    takes_idempotency_key = False
    errors = TOKEN_ERRORS

    @extend_schema(operation_id="studio_invitations_look", tags=["team"], request=TokenInput, responses=LetterOutput)
    def post(self, request: Request) -> Response:
        token = read_body(TokenInput, request.data)["token"]
        return Response(shapes.letter(queries.invitation_of(token)))


class InvitationAccept(Door):
    """Join the team, signed in as somebody who has verified the invited address."""

    permission = SIGNED_IN
    errors = (*TOKEN_ERRORS, InvitationForAnotherAddress, AlreadyMember)

    @extend_schema(
        operation_id="studio_invitations_accept", tags=["team"], request=TokenInput, responses={201: WorkplaceOutput}
    )
    def post(self, request: Request) -> Response:
        token = read_body(TokenInput, request.data)["token"]
        return Response(team.place(services.accept(token=token, actor=self.actor)), status=201)


def _answer(invitation: Invitation, status: int = 200) -> Response:
    shape = shapes.invitation(invitation)
    return Response(shape, status=status, headers={"ETag": versions.of(shape)})
