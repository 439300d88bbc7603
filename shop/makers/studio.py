"""The team's door: roles, where one works, and who else does."""

from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from shop import versions
from shop.doors import SIGNED_IN, Door
from shop.errors import StaleVersion
from shop.inputs import Choice, StrictSerializer, read_body
from shop.makers import queries, services, shapes
from shop.makers.doors import READS, StudioDoor
from shop.makers.models import Membership
from shop.makers.permissions import PersonRequired
from shop.makers.roles import ROLES
from shop.makers.services import BeyondOwnRoles, LastOwner
from shop.pagination import InvalidCursor, PageOutput, PageQuery, page_links
from shop.schema import IF_MATCH


class NothingInput(StrictSerializer):
    """No fields: an empty object, or no body at all."""


class RolesField(serializers.ListField):
    """Roles of the one table, each once, at least one; in the table's order whatever order they come in."""

    child = Choice(list(ROLES))

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_empty=False, max_length=len(ROLES), **options)

    def to_internal_value(self, data: Any) -> list[str]:
        given = super().to_internal_value(data)
        if len(set(given)) < len(given):
            raise serializers.ValidationError("Name each role once.", code="repeated")
        return [code for code in ROLES if code in given]


class MemberInput(StrictSerializer):
    roles = RolesField()


class RoleLabelOutput(serializers.Serializer[Any]):
    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]


class RoleOutput(RoleLabelOutput):
    permissions = serializers.ListField(child=serializers.CharField())


class PermissionOutput(serializers.Serializer[Any]):
    code = serializers.CharField()
    description = serializers.CharField()
    for_keys = serializers.BooleanField(help_text="Whether a secret key may have it as a scope.")


class RolesOutput(serializers.Serializer[Any]):
    roles = RoleOutput(many=True)
    permissions = PermissionOutput(many=True)


class WorkplaceOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    slug = serializers.CharField()
    name = serializers.CharField()
    membership = serializers.CharField()
    roles = serializers.ListField(child=serializers.CharField())
    permissions = serializers.ListField(child=serializers.CharField())
    requires_second_factor = serializers.BooleanField()


class WorkplacesOutput(PageOutput):
    results = WorkplaceOutput(many=True)


class MemberOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    user = serializers.CharField(help_text="The person's id, as the audit names them.")
    name = serializers.CharField(allow_blank=True)
    email = serializers.CharField()
    roles = serializers.ListField(child=serializers.CharField())
    joined_at = serializers.DateTimeField()
    second_factor = serializers.BooleanField(help_text="Whether they have set one up.")


class MemberPageOutput(PageOutput):
    results = MemberOutput(many=True)


class TeamDoor(StudioDoor):
    """A studio's door whose changes concern other places on the team than the caller's own."""

    def carry_out(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        if request.method in READS:
            return super().carry_out(request, *args, **kwargs)
        with transaction.atomic():
            services.lock_team(self.maker.pk)
            return super().carry_out(request, *args, **kwargs)


class Roles(Door):
    """The one table: what each role may do, and what a key's scope may be."""

    permission = SIGNED_IN

    @extend_schema(operation_id="studio_roles_list", tags=["team"], responses=RolesOutput)
    def get(self, request: Request) -> Response:
        return Response(shapes.roles())


class Places(Door):
    """The makers on whose teams the caller is."""

    permission = SIGNED_IN

    @extend_schema(operation_id="studio_makers_list", tags=["team"], responses=WorkplacesOutput)
    def get(self, request: Request) -> Response:
        places = queries.places_of(self.actor)
        return Response({"results": [shapes.place(place) for place in places], "next": None, "previous": None})


class Members(StudioDoor):
    """Who is on the team, by when they joined."""

    permission = "team.read"
    query = PageQuery
    errors = (InvalidCursor,)

    @extend_schema(
        operation_id="studio_members_list", tags=["team"], parameters=[PageQuery], responses=MemberPageOutput
    )
    def get(self, request: Request, maker: str) -> Response:
        page = queries.list_members(self.maker.pk, **self.query_values)
        return Response({"results": [shapes.member(member) for member in page.rows], **page_links(request, page)})


class Member(TeamDoor):
    permission = {"GET": "team.read", "PATCH": "team.manage", "DELETE": "team.manage"}
    errors = (StaleVersion, BeyondOwnRoles, LastOwner)

    @extend_schema(operation_id="studio_members_retrieve", tags=["team"], responses=MemberOutput)
    def get(self, request: Request, maker: str, member: str) -> Response:
        """One of the team."""
        return _answer(queries.get_member(self.maker.pk, member))

    @extend_schema(
        operation_id="studio_members_update", tags=["team"], parameters=[IF_MATCH], request=MemberInput,
        responses=MemberOutput,
    )  # fmt: skip
    def patch(self, request: Request, maker: str, member: str) -> Response:
        """Give these roles instead of the member's. In effect at once, in their sign-ins and keys."""
        changed = services.change_roles(
            own=self.membership,
            member_id=member,
            roles=read_body(MemberInput, request.data)["roles"],
            if_match=request.headers.get("If-Match"),
            actor=self.actor,
        )
        return _answer(changed)

    @extend_schema(operation_id="studio_members_delete", tags=["team"], parameters=[IF_MATCH], responses={204: None})
    def delete(self, request: Request, maker: str, member: str) -> Response:
        """Take a member off the team. Their keys, and the invitations they sent, end at once."""
        if_match = request.headers.get("If-Match")
        services.remove_member(own=self.membership, member_id=member, if_match=if_match, actor=self.actor)
        return Response(status=204)


class Leave(TeamDoor):
    """Take oneself off the team, whatever one's roles are."""

    permission = "team.read"
    errors = (PersonRequired, LastOwner)

    @extend_schema(operation_id="studio_members_leave", tags=["team"], request=NothingInput, responses={204: None})
    def post(self, request: Request, maker: str) -> Response:
        read_body(NothingInput, request.data)
        services.leave(own=self.membership, actor=self.actor)
        return Response(status=204)


def _answer(member: Membership) -> Response:
    shape = shapes.member(member)
    return Response(shape, headers={"ETag": versions.of(shape)})
