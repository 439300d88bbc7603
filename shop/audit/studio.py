"""The team's door to the audit: read only, and only their own maker's."""

import re
from datetime import UTC, datetime
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from shop import versions
from shop.audit import queries, shapes
from shop.audit.queries import AuditFilter
from shop.inputs import Pattern, Text
from shop.makers.doors import StudioDoor
from shop.pagination import InvalidCursor, PageOutput, PageQuery, page_links

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)
MOMENT_HINT = "Give a moment as RFC 3339 has it, such as 2026-05-01T00:00:00Z."


class Moment(serializers.DateTimeField):
    """A moment with its offset; DRF alone would also take a day, or a time of no zone."""

    default_error_messages = {"invalid": MOMENT_HINT}

    def to_internal_value(self, value: Any) -> datetime:
        if not MOMENT.fullmatch(str(value)):
            self.fail("invalid")
        try:
            # In UTC: PostgreSQL knows fewer offsets than RFC 3339.
            return datetime.fromisoformat(value).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail("invalid")


class AuditQuery(PageQuery):
    actor = Text(max_length=32, default=None, help_text="The id of a person or key, or `system`.")
    action = Pattern(
        r"^[a-z_]+(\.[a-z_]*)*\Z",
        hint="An action such as `product.published`, or the beginning of several with its dot: `product.`",
        max_length=64,
        default=None,
    )
    object = Text(max_length=64, default=None, help_text="The id of what was changed.")

    def get_fields(self) -> dict[str, Any]:
        """With `from`, which Python keeps for itself as a name."""
        since = Moment(default=None, help_text=f"Since this moment. {MOMENT_HINT}")
        until = Moment(default=None, help_text=f"Before this moment. {MOMENT_HINT}")
        return {**super().get_fields(), "from": since, "to": until}


class ActorOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    kind = serializers.ChoiceField(choices=shapes.ACTOR_KINDS)
    name = serializers.CharField(allow_blank=True, help_text="Today's; empty for who is not there any more.")
    user = serializers.CharField(allow_null=True, help_text="The person, or the key's owner.")


class AuditEntryOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    at = serializers.DateTimeField()
    actor = ActorOutput()
    sign_in = serializers.CharField(allow_blank=True, help_text="One id for each sign-in; it opens nothing.")
    address = serializers.CharField(allow_blank=True, help_text="Where the request came from.")
    request_id = serializers.CharField(allow_blank=True)
    action = serializers.CharField()
    object = serializers.CharField(allow_blank=True)
    before = serializers.DictField(allow_null=True, help_text="What it was, of what was changed.")
    after = serializers.DictField(allow_null=True, help_text="What it became.")


class AuditPageOutput(PageOutput):
    results = AuditEntryOutput(many=True)


class AuditEntries(StudioDoor):
    permission = "audit.read"
    query = AuditQuery
    errors = (InvalidCursor,)

    @extend_schema(operation_id="studio_audit_list", tags=["audit"], parameters=[AuditQuery], responses=AuditPageOutput)
    def get(self, request: Request, maker: str) -> Response:
        """Who did what for this maker, the newest first."""
        query = self.query_values
        limit, cursor = query.pop("limit"), query.pop("cursor")
        wanted = AuditFilter(since=query.pop("from"), until=query.pop("to"), **query)
        page = queries.list_entries(self.maker, wanted, limit=limit, cursor=cursor)
        names = queries.names_of(self.maker, page.rows)
        return Response({"results": [shapes.entry(row, names) for row in page.rows], **page_links(request, page)})


class AuditEntryDetail(StudioDoor):
    permission = "audit.read"

    @extend_schema(operation_id="studio_audit_retrieve", tags=["audit"], responses=AuditEntryOutput)
    def get(self, request: Request, maker: str, entry: str) -> Response:
        found = queries.get_entry(self.maker, entry)
        shape = shapes.entry(found, queries.names_of(self.maker, [found]))
        return Response(shape, headers={"ETag": versions.of(shape)})
