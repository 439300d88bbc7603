"""The maker's doors to files of pieces: out as our own CSV, in from any format."""

from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.imports import services, shapes
from catalog.imports.formats import AUTO, NAMES
from catalog.imports.queries import exported_pieces
from catalog.imports.services import MAX_BYTES, ImportTooLarge, UnreadableImport
from shop.errors import BodyTooLarge, UnsupportedMediaType
from shop.http import JSONRenderer
from shop.inputs import Choice, QueryInput
from shop.makers import permissions
from shop.makers.doors import StudioDoor

CSV = "text/csv"
YES_NO = ("true", "false")


class ImportQuery(QueryInput):
    format = Choice(NAMES, default=AUTO, help_text="`auto`: told by the names of the columns.")
    dry_run = Choice(YES_NO, default="false", help_text="`true`: report only; nothing is changed.")


class RemarkOutput(serializers.Serializer[Any]):
    line = serializers.IntegerField(help_text="Of the file, as a text editor counts.")
    column = serializers.CharField(allow_blank=True, help_text="By its name in the file.")
    reason = serializers.CharField()


class ImportReportOutput(serializers.Serializer[Any]):
    dry_run = serializers.BooleanField()
    created = serializers.IntegerField()
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    problems = RemarkOutput(many=True, help_text="What did not go in, and why.")
    notices = RemarkOutput(many=True, help_text="What went in and should be looked at.")


class CsvRenderer(BaseRenderer):
    """Stands for the file when a caller says what they accept; the door answers with its lines."""

    media_type = CSV
    format = "csv"


class ProductExport(StudioDoor):
    permission = "products.read"
    renderer_classes = (CsvRenderer, JSONRenderer)

    @extend_schema(operation_id="studio_products_export", tags=["products"], responses={(200, CSV): OpenApiTypes.STR})
    def get(self, request: Request, maker: str) -> HttpResponseBase:
        """All pieces, drafts among them, as a CSV file that an import takes again; `docs/maker.md` has its columns."""
        headers = {"Content-Disposition": f'attachment; filename="{self.maker.code}-products.csv"'}
        content_type = f"{CSV}; charset=utf-8"
        if request.method == "HEAD":
            return HttpResponse(content_type=content_type, headers=headers)
        lines = shapes.csv_lines(exported_pieces(self.maker))
        return StreamingHttpResponse(lines, content_type=content_type, headers=headers)


class ProductImports(StudioDoor):
    permission = "products.edit"
    # Each product has its own, so that an import does not hold a whole catalog.
    in_transaction = False
    query = ImportQuery
    errors = (UnreadableImport, ImportTooLarge)

    def check_body(self, request: HttpRequest) -> None:
        """Not here: a file is read when it is known who sends it."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        _read_file(request._request)

    def idempotency_scope(self, request: HttpRequest, **path: str) -> str | None:
        """A dry run is another request than the run that follows it with the same key."""
        return f"{super().idempotency_scope(request, **path)}:{self.query_values}"

    @extend_schema(
        operation_id="studio_imports_create", tags=["products"], parameters=[ImportQuery],
        request={CSV: OpenApiTypes.BINARY}, responses={200: ImportReportOutput},
    )  # fmt: skip
    def post(self, request: Request, maker: str) -> Response:
        """Put a file of products in: the body is the CSV file itself, at most 2 MB, 500 products and 5,000 variants.

        What the file says replaces what is there; what it does not have stays. New pieces are drafts, and those that
        are there stay as they are shown. A file that counts stock needs `stock.edit` besides.
        """
        dry_run = self.query_values["dry_run"] == "true"
        found = services.read_upload(request._request.body, format_name=self.query_values["format"])
        self._check(counts=services.counts_stock(found))
        report = services.import_upload(
            found,
            maker=self.maker,
            actor=self.actor,
            still_allowed=lambda: self._check(counts=services.counts_stock(found), held=True),
            dry_run=dry_run,
        )
        return Response(shapes.report(report, dry_run=dry_run))

    def _check(self, *, counts: bool, held: bool = False) -> None:
        """Whether the caller may do this now. Raises as `permissions.authorize`."""
        if held:
            permissions.hold(self.membership)
        for permission in (self.needed_permission, *(["stock.edit"] if counts else [])):
            permissions.authorize(self.actor, maker=self.kwargs["maker"], permission=permission)


def _read_file(request: HttpRequest) -> None:
    """Read the body, one byte more than is taken at most. Raises UnsupportedMediaType and BodyTooLarge."""
    if request.content_type != CSV:
        raise UnsupportedMediaType(f"Send the file itself with a `Content-Type` of {CSV}.")
    # As `request.body` keeps it; that one would refuse what is larger than JSON may be.
    request._body = request.read(MAX_BYTES + 1)
    if len(request._body) > MAX_BYTES:
        raise BodyTooLarge(f"A file may have {MAX_BYTES // 1024**2} MB here. {services.BY_COMMAND}")
