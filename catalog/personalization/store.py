"""The door to a file that a shopper sent: the link is all that it takes."""

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from catalog.personalization import files
from catalog.personalization.queries import find_upload
from catalog.personalization.services import DRAWING, PICTURES
from shop.doors import ANYONE, Door
from shop.errors import NotFound
from shop.http import JSONRenderer

# A drawing could run something in a page of ours, were it shown in one.
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-store",
}


class FileRenderer(BaseRenderer):
    """Stands for the file when a caller says what they accept; the door answers with its bytes."""

    media_type = "image/*"
    format = "file"


class UploadFile(Door):
    """A file that a shopper sent, to be saved. Its link, in baskets and orders, is good for a day."""

    permission = ANYONE
    renderer_classes = (FileRenderer, JSONRenderer)

    @extend_schema(
        operation_id="store_uploads_retrieve", tags=["basket"],
        responses={(200, kind): OpenApiTypes.BINARY for kind in (*PICTURES.values(), DRAWING)},
    )  # fmt: skip
    def get(self, request: Request, token: str) -> HttpResponse:
        upload = find_upload(token)
        try:
            data = files.read(upload.file)
        except FileNotFoundError as gone:
            raise NotFound from gone
        name = {"Content-Disposition": f'attachment; filename="{upload.file}"'}
        return HttpResponse(data, content_type=upload.content_type, headers=HEADERS | name)
