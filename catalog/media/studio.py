"""The maker's door to the pictures of a piece."""

from decimal import Decimal
from http import HTTPStatus
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.catalogue.models import ImageStatus, ProductImage
from catalog.catalogue.queries import find_piece
from catalog.catalogue.rules import MAX_ALT
from catalog.catalogue.services import NeededWhilePublished
from catalog.media import services, shapes
from catalog.media.doors import BLUR_HELP, FOCAL_POINT_HELP, RENDITIONS_HELP, FocalPointOutput, RenditionOutput
from catalog.media.queries import find_picture
from catalog.media.rules import MAX_BYTES, MAX_PICTURES
from catalog.media.services import KeptPicture, TooManyPictures, UploadRefused
from shop import versions
from shop.errors import StaleVersion
from shop.file_doors import FileDoor
from shop.inputs import DecimalText, Line, QueryInput, StrictSerializer, WholeNumber, read_body
from shop.makers.doors import StudioDoor
from shop.schema import IF_MATCH

TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif", "image/avif")
ALT_HELP = "What is to be seen, for those who cannot see it."
POSITION_HELP = "Its place among the pictures, from 1; the first stands for the piece in lists."


class NewImageQuery(QueryInput):
    alt = Line(max_length=MAX_ALT, default="", allow_blank=True, help_text=ALT_HELP)
    position = WholeNumber(
        min_value=1, max_value=MAX_PICTURES, default=None, help_text=f"{POSITION_HELP} The last where left out."
    )


def share(edge: str) -> DecimalText:
    return DecimalText(
        max_digits=4, decimal_places=3, min_value=Decimal(0), max_value=Decimal(1),
        help_text=f'How far from the {edge}, from "0" to "1" across.',
    )  # fmt: skip


class FocalPointInput(StrictSerializer):
    x = share("left")
    y = share("top")


class ImageInput(StrictSerializer):
    """What is left out stays as it is."""

    focal_point = FocalPointInput(required=False, help_text=FOCAL_POINT_HELP)
    alt = Line(max_length=MAX_ALT, required=False, allow_blank=True, help_text=ALT_HELP)
    position = WholeNumber(min_value=1, max_value=1_000, required=False, help_text=POSITION_HELP)


class StudioImageOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    url = serializers.URLField(allow_null=True, help_text="null until it is ready.")
    width = serializers.IntegerField(allow_null=True)
    height = serializers.IntegerField(allow_null=True)
    alt = serializers.CharField(allow_blank=True)
    blur = serializers.CharField(allow_null=True, help_text=BLUR_HELP)
    focal_point = FocalPointOutput(help_text=FOCAL_POINT_HELP)
    renditions = RenditionOutput(many=True, help_text=RENDITIONS_HELP)
    position = serializers.IntegerField(help_text=POSITION_HELP)
    status = serializers.ChoiceField(
        choices=ImageStatus.choices,
        help_text="`pending`: named by its address in an import and not fetched yet. `refused`: see `refusal`.",
    )
    refusal = serializers.CharField(allow_blank=True, help_text="Why it was refused, or could not be fetched so far.")


def answer(image: ProductImage, status: int = HTTPStatus.OK) -> Response:
    shaped = shapes.picture(image)
    return Response(shaped, status=status, headers={"ETag": versions.of(shapes.version(shaped))})


class ProductImages(FileDoor, StudioDoor):
    permission = "products.edit"
    max_bytes = dict.fromkeys(TYPES, MAX_BYTES)
    query = NewImageQuery
    errors = (UploadRefused, TooManyPictures)
    kept: KeptPicture

    def carry_out(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        # Before the transaction that holds the membership, since opening a picture may take a second.
        find_piece(self.maker.pk, kwargs["product"])
        with services.kept_picture(self.file) as self.kept:
            return super().carry_out(request, *args, **kwargs)

    @extend_schema(
        operation_id="studio_product_images_create", tags=["products"], parameters=[NewImageQuery],
        request=dict.fromkeys(TYPES, OpenApiTypes.BINARY), responses={201: StudioImageOutput},
    )  # fmt: skip
    def post(self, request: Request, maker: str, product: str) -> Response:
        """Add a picture: the body is the file itself, at most 15 MB and 40 million pixels.

        It is kept upright, in sRGB, at most 4,096 px wide and high, without the place and the camera that a phone
        writes into it; of a moving picture the first frame stays. `renditions` and `blur` follow in a moment. A piece
        has at most 20.
        """
        picture = services.add_picture(
            maker=self.maker, product=product, kept=self.kept, **self.query_values, actor=self.actor
        )
        return answer(picture, HTTPStatus.CREATED)


class ProductImageDetail(StudioDoor):
    permission = {"GET": "products.read", "PATCH": "products.edit", "DELETE": "products.edit"}
    errors = (StaleVersion, NeededWhilePublished)

    @extend_schema(operation_id="studio_product_images_retrieve", tags=["products"], responses=StudioImageOutput)
    def get(self, request: Request, maker: str, product: str, image: str) -> Response:
        """One picture of a piece."""
        return answer(find_picture(find_piece(self.maker.pk, product), image))

    @extend_schema(
        operation_id="studio_product_images_update", tags=["products"], parameters=[IF_MATCH], request=ImageInput,
        responses=StudioImageOutput,
    )  # fmt: skip
    def patch(self, request: Request, maker: str, product: str, image: str) -> Response:
        """Describe a picture, say what of it must stay in sight, or move it among the others."""
        picture = services.change_picture(
            maker=self.maker,
            product=product,
            image=image,
            changes=read_body(ImageInput, request.data),
            actor=self.actor,
            if_match=request.headers.get("If-Match"),
        )
        return answer(picture)

    @extend_schema(
        operation_id="studio_product_images_delete", tags=["products"], parameters=[IF_MATCH], responses={204: None}
    )
    def delete(self, request: Request, maker: str, product: str, image: str) -> Response:
        """Take a picture off the piece. A published piece keeps at least one that is ready."""
        services.remove_picture(
            maker=self.maker,
            product=product,
            image=image,
            actor=self.actor,
            if_match=request.headers.get("If-Match"),
        )
        return Response(status=HTTPStatus.NO_CONTENT)
