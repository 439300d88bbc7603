"""Doors whose POST takes a file: the body is the file itself, not JSON."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from rest_framework.request import Request

from shop.doors import Door
from shop.errors import BodyTooLarge, UnsupportedMediaType


class FileDoor(Door):
    """`max_bytes` says which content types are taken, and how large a body of each may be.

    The file stands in `file` when the door's method, or its `carry_out`, is called.
    """

    max_bytes: Mapping[str, int] = {}

    @property
    def file(self) -> bytes:
        return bytes(self.request._request.body)

    def check_body(self, request: HttpRequest) -> None:
        """Not here: a file is read when it is known who sends it."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method == "POST":
            self._read_file(request._request)

    def _read_file(self, request: HttpRequest) -> None:
        """Read the body, one byte more than is taken at most. Raises UnsupportedMediaType and BodyTooLarge."""
        most = self.max_bytes.get(request.content_type or "")
        if most is None:
            raise UnsupportedMediaType(f"Send the file itself with a `Content-Type` of {', '.join(self.max_bytes)}.")
        # As `request.body` keeps it; that one would refuse what is larger than JSON may be.
        request._body = request.read(most + 1)
        if len(request._body) > most:
            raise BodyTooLarge(f"A file of this type may have {most // 1024**2} MB.")
