"""The maker's own door: begin one, and say what the shop shows of it."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.partner import services, shapes
from catalog.partner.models import Partner
from catalog.partner.rules import MAX_SLUG, SLUG_HINT
from catalog.partner.services import (
    EmailNotVerified,
    MakerSignUpClosed,
    MakerSuspended,
    SecondFactorMissing,
    SlugTaken,
    TooManyMakers,
)
from shop import versions
from shop.errors import StaleVersion
from shop.inputs import Flag, Line, Paragraphs, StrictSerializer, Text, read_body
from shop.makers.doors import StudioDoor
from shop.makers.permissions import PersonRequired
from shop.makers.studio import Places
from shop.schema import IF_MATCH

MAX_STORY = 10_000
MAX_RETURNS_POLICY = 5_000


class MakerInput(StrictSerializer):
    """What is left out stays as it is."""

    name = Line(max_length=100, required=False)
    tagline = Line(max_length=200, allow_blank=True, required=False)
    story = Paragraphs(
        max_length=MAX_STORY, allow_blank=True, required=False,
        help_text="HTML as in a piece's description; what is not safe to show is taken out.",
    )  # fmt: skip
    city = Line(max_length=100, allow_blank=True, required=False)
    state = Text(max_length=2, allow_blank=True, required=False, help_text="A US state's or territory's two letters.")
    returns_policy = Paragraphs(
        max_length=MAX_RETURNS_POLICY, allow_blank=True, required=False, help_text="Plain text."
    )
    is_public = Flag(required=False, help_text="Whether the shop shows the maker; if not, none of its pieces is sold.")
    requires_second_factor = Flag(
        required=False, help_text="Whether the team must sign in with a second factor; needs one in this sign-in."
    )


class NewMakerInput(StrictSerializer):
    name = Line(max_length=100)
    slug = Text(
        max_length=MAX_SLUG, required=False, help_text=f"{SLUG_HINT} Made of the name where left out; it stays."
    )
    tagline = Line(max_length=200, allow_blank=True, required=False)
    story = Paragraphs(max_length=MAX_STORY, allow_blank=True, required=False, help_text="HTML, as in `PATCH`.")
    city = Line(max_length=100, allow_blank=True, required=False)
    state = Text(max_length=2, allow_blank=True, required=False, help_text="A US state's or territory's two letters.")


class StudioMakerOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    slug = serializers.CharField()
    name = serializers.CharField()
    tagline = serializers.CharField(allow_blank=True)
    story = serializers.CharField(allow_blank=True)
    city = serializers.CharField(allow_blank=True)
    state = serializers.CharField(allow_blank=True)
    returns_policy = serializers.CharField(allow_blank=True)
    is_public = serializers.BooleanField()
    requires_second_factor = serializers.BooleanField()
    suspended = serializers.BooleanField(
        help_text="Whether the platform keeps the maker closed; only it can lift that."
    )


def answer(maker: Partner, status: int = 200) -> Response:
    shape = shapes.maker(maker)
    return Response(shape, status=status, headers={"ETag": versions.of(shape)})


class Makers(Places):
    """The makers on whose teams the caller is; and where one begins a maker of one's own."""

    errors = (MakerSignUpClosed, EmailNotVerified, TooManyMakers, SlugTaken)

    @extend_schema(
        operation_id="studio_makers_create", tags=["maker"], request=NewMakerInput, responses={201: StudioMakerOutput}
    )
    def post(self, request: Request) -> Response:
        """Begin a maker and be its owner. The shop shows it when it is opened with `is_public`."""
        given = read_body(NewMakerInput, request.data)
        slug = given.pop("slug", "")
        return answer(services.sign_up_maker(actor=self.actor, values=given, slug=slug), status=201)


class MakerDetail(StudioDoor):
    permission = {"GET": "maker.read", "PATCH": "maker.edit"}
    errors = (StaleVersion, PersonRequired, SecondFactorMissing, MakerSuspended)

    @extend_schema(operation_id="studio_makers_retrieve", tags=["maker"], responses=StudioMakerOutput)
    def get(self, request: Request, maker: str) -> Response:
        """The maker as its team sees it."""
        return answer(self.maker)

    @extend_schema(
        operation_id="studio_makers_update", tags=["maker"], parameters=[IF_MATCH], request=MakerInput,
        responses=StudioMakerOutput,
    )  # fmt: skip
    def patch(self, request: Request, maker: str) -> Response:
        """Change what the shop says of the maker, open or close it, or demand a second factor of the team."""
        changed = services.change_maker(
            self.maker.pk,
            actor=self.actor,
            changes=read_body(MakerInput, request.data),
            if_match=request.headers.get("If-Match"),
        )
        return answer(changed)
