"""JSON in and out by orjson: strict on the way in, exact on the way out."""

from collections.abc import Mapping
from typing import IO, Any
from urllib.parse import urljoin

import orjson
from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer


def public_url(path: str) -> str:
    """The full address of a path of ours; an address that is full already (a bucket's) stays as it is."""
    return urljoin(f"{settings.PUBLIC_URL}/", path)


def json_bytes(data: Any) -> bytes:
    return orjson.dumps(data, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS)


class JSONParser(BaseParser):
    """A body is one JSON object in UTF-8. orjson refuses NaN, lone surrogates and bottomless nesting."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            data = orjson.loads(stream.read())
        except orjson.JSONDecodeError as error:
            raise ParseError(f"The body is not well-formed JSON in UTF-8: {error}") from error
        if not isinstance(data, dict):
            raise ParseError("The body must be a JSON object.")
        return data


class JSONRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        if isinstance(data, bytes):
            return data  # JSON already
        return b"" if data is None else json_bytes(data)
