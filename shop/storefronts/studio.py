"""The maker's door to its own storefronts."""

from collections.abc import Iterable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from shop import versions
from shop.errors import StaleVersion
from shop.inputs import Choice, EmailOrBlank, Line, Paragraphs, Pattern, StrictSerializer, Text, WholeNumber, read_body
from shop.makers.doors import StudioDoor
from shop.pagination import InvalidCursor, PageOutput, PageQuery, page_links
from shop.schema import IF_MATCH
from shop.storefronts import queries, services, shapes
from shop.storefronts.doors import StorefrontMakerOutput
from shop.storefronts.models import Storefront
from shop.storefronts.rules import LINK_FIELDS, MAX_ORIGINS, MAX_OVERLAP_HOURS, OVERLAP_HOURS, PROVIDERS
from shop.storefronts.services import StorefrontClosed, TooManyStorefronts

READ, MANAGE = "storefronts.read", "storefronts.manage"
MAX_ADDRESS = 500


class MailInput(StrictSerializer):
    from_name = Line(max_length=100, allow_blank=True, required=False)
    footer = Paragraphs(max_length=500, allow_blank=True, required=False)
    support_email = EmailOrBlank(max_length=254, allow_blank=True, required=False)
    logo_url = Text(max_length=MAX_ADDRESS, allow_blank=True, required=False, help_text="https only.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return {**dict.fromkeys(self.fields, ""), **attrs}


class LinkTemplatesInput(StrictSerializer):
    """Addresses on the storefront's own origins that its mails and its sitemap point to."""

    def get_fields(self) -> dict[str, Any]:
        return {kind: _link(placeholders) for kind, placeholders in LINK_FIELDS.items()}


def _link(placeholders: Iterable[str]) -> Text:
    names = " and ".join(f"`{{{name}}}`" for name in placeholders)
    return Text(max_length=MAX_ADDRESS, required=False, help_text=f"Holds {names}.")


class ChangesInput(StrictSerializer):
    name = Line(max_length=100, required=False)
    origins = serializers.ListField(
        child=Text(max_length=300), max_length=MAX_ORIGINS, required=False,
        help_text="Where its pages are served from, such as `https://alder.example`.",
    )  # fmt: skip
    currency = Pattern(r"^[A-Z]{3}\Z", hint="Give a currency code in capitals, such as USD (ISO 4217).", required=False)
    providers = serializers.ListField(child=Choice(PROVIDERS), max_length=len(PROVIDERS), required=False)
    payment_instructions = Paragraphs(
        max_length=1000, required=False, allow_blank=True,
        help_text="What a buyer is to do who pays by hand (`manual`), such as where to transfer it.",
    )  # fmt: skip
    link_templates = LinkTemplatesInput(required=False)
    mail = MailInput(required=False)


class NewStorefrontInput(ChangesInput):
    name = Line(max_length=100)


class RotationInput(StrictSerializer):
    overlap_hours = WholeNumber(
        min_value=0, max_value=MAX_OVERLAP_HOURS, required=False,
        help_text=f"How long the key that is replaced stays good; {OVERLAP_HOURS} where left out.",
    )  # fmt: skip


class MailOutput(serializers.Serializer[Any]):
    from_name = serializers.CharField(allow_blank=True)
    footer = serializers.CharField(allow_blank=True)
    support_email = serializers.CharField(allow_blank=True)
    logo_url = serializers.CharField(allow_blank=True)


class StorefrontOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    publishable_key = serializers.CharField(help_text="For `Benchpin-Key`; it may stand in every page.")
    previous_key_until = serializers.DateTimeField(allow_null=True, help_text="How long the key before is good.")
    makers = StorefrontMakerOutput(many=True)
    origins = serializers.ListField(child=serializers.CharField())
    currency = serializers.CharField()
    providers = serializers.ListField(child=serializers.ChoiceField(choices=PROVIDERS))
    payment_instructions = serializers.CharField(allow_blank=True)
    link_templates = serializers.DictField(child=serializers.CharField())
    mail = MailOutput()
    created_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True, help_text="Since then its keys are refused.")


class StorefrontPageOutput(PageOutput):
    results = StorefrontOutput(many=True)


def answer(row: Storefront, status: int = 200) -> Response:
    shape = shapes.storefront(row)
    return Response(shape, status=status, headers={"ETag": versions.of(shape)})


def fields_of(given: dict[str, Any]) -> dict[str, Any]:
    """A body as fields of `Storefront`."""
    mail = given.pop("mail", {})
    renamed = {"from_name": "mail_from_name", "footer": "mail_footer"}
    return given | {renamed.get(name, name): value for name, value in mail.items()}


class Storefronts(StudioDoor):
    """The maker's own storefronts: shop windows that show its pieces and nobody else's."""

    permission = {"GET": READ, "POST": MANAGE}
    errors = (InvalidCursor, TooManyStorefronts)
    query = PageQuery

    @extend_schema(
        operation_id="studio_storefronts_list", tags=["storefronts"], parameters=[PageQuery],
        responses=StorefrontPageOutput,
    )  # fmt: skip
    def get(self, request: Request, maker: str) -> Response:
        """Newest first; closed ones stay, with `closed_at`."""
        page = queries.own_storefronts(self.maker.pk, **self.query_values)
        return Response({"results": [shapes.storefront(row) for row in page.rows], **page_links(request, page)})

    @extend_schema(
        operation_id="studio_storefronts_create", tags=["storefronts"], request=NewStorefrontInput,
        responses={201: StorefrontOutput},
    )  # fmt: skip
    def post(self, request: Request, maker: str) -> Response:
        """Open a storefront. Its `publishable_key` goes into its pages as `Benchpin-Key`."""
        values = fields_of(read_body(NewStorefrontInput, request.data))
        return answer(services.open_storefront(actor=self.actor, maker=self.maker, values=values), status=201)


class StorefrontDetail(StudioDoor):
    permission = {"GET": READ, "PATCH": MANAGE, "DELETE": MANAGE}
    errors = (StaleVersion, StorefrontClosed)

    @extend_schema(operation_id="studio_storefronts_retrieve", tags=["storefronts"], responses=StorefrontOutput)
    def get(self, request: Request, maker: str, storefront: str) -> Response:
        """One of the maker's own storefronts."""
        return answer(queries.own_storefront(self.maker.pk, storefront))

    @extend_schema(
        operation_id="studio_storefronts_update", tags=["storefronts"], parameters=[IF_MATCH], request=ChangesInput,
        responses=StorefrontOutput,
    )  # fmt: skip
    def patch(self, request: Request, maker: str, storefront: str) -> Response:
        """What is not named stays; `origins`, `link_templates` and `mail` are given whole."""
        row = services.change_storefront(
            actor=self.actor,
            maker=self.maker,
            storefront_id=storefront,
            changes=fields_of(read_body(ChangesInput, request.data)),
            if_match=request.headers.get("If-Match"),
        )
        return answer(row)

    @extend_schema(
        operation_id="studio_storefronts_delete", tags=["storefronts"], parameters=[IF_MATCH],
        responses={200: StorefrontOutput},
    )  # fmt: skip
    def delete(self, request: Request, maker: str, storefront: str) -> Response:
        """Close it: its keys are refused at once. Its orders are found through the default storefront from then on."""
        row = services.close_storefront(
            actor=self.actor, maker=self.maker, storefront_id=storefront, if_match=request.headers.get("If-Match")
        )
        return answer(row)


class StorefrontKey(StudioDoor):
    """Give it another publishable key. The key before is good for `overlap_hours` more; any older one is not."""

    permission = MANAGE
    errors = (StorefrontClosed,)

    @extend_schema(
        operation_id="studio_storefronts_rotate_key", tags=["storefronts"], request=RotationInput,
        responses={200: StorefrontOutput},
    )  # fmt: skip
    def post(self, request: Request, maker: str, storefront: str) -> Response:
        hours = read_body(RotationInput, request.data).get("overlap_hours", OVERLAP_HOURS)
        row = services.rotate_key(actor=self.actor, maker=self.maker, storefront_id=storefront, overlap_hours=hours)
        return answer(row)
