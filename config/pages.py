"""The few pages that are not doors: where to start, whether it runs, what the errors mean."""

from collections.abc import Callable
from functools import cache, wraps
from pathlib import PurePosixPath

from django.conf import settings
from django.db import OperationalError, connection
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.http.response import HttpResponseBase
from django.views.static import serve
from drf_spectacular.generators import SchemaGenerator

from catalog.media.files import CONTENT_TYPES
from config.storage import FOR_EVER
from shop import versions
from shop.errors import DomainError, MethodNotAllowed, Unavailable, problem_response
from shop.http import json_bytes

START = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Benchpin</title>
<body style="font:16px/1.6 system-ui;max-width:42em;margin:4em auto;padding:0 1em">
<h1>Benchpin</h1><p>A headless commerce API for independent jewelry makers.</p>
<ul><li><a href="/v1/docs">The API, browsable</a></li><li><a href="/v1/openapi.json">OpenAPI document</a></li>
<li><a href="/v1/store/products">Products</a></li><li><a href="/v1/docs/errors">Error codes</a></li></ul>
</body></html>"""


def read_only(page: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A page that is only read: another method is refused as the doors refuse it."""

    @wraps(page)
    def checked(request: HttpRequest, **parts: str) -> HttpResponseBase:
        if request.method in ("GET", "HEAD"):
            return page(request, **parts)
        response = problem_response(MethodNotAllowed())
        response["Allow"] = "GET, HEAD"
        return response

    return checked


@read_only
def start_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(START)


@read_only
def health(request: HttpRequest) -> HttpResponse:
    """Whether this process can answer: 200 with the database reached, else 503."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except OperationalError:
        return problem_response(Unavailable())
    return JsonResponse({"status": "ok"})


@read_only
def errors_page(request: HttpRequest) -> HttpResponse:
    """Every error code, from the classes themselves; the `type` of a problem points here."""
    rows = "".join(
        f'<tr id="{error.code}"><td><code>{error.code}</code></td><td>{int(error.status)}</td>'
        f"<td>{error.title}. {error.detail}</td></tr>"
        for error in all_errors()
    )
    style = "font:15px/1.5 system-ui;max-width:60em;margin:2em auto;padding:0 1em"
    return HttpResponse(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Errors</title><body style="{style}">'
        f"<h1>Error codes</h1><table cellpadding=6><tr><th>code<th>status<th>meaning</tr>{rows}</table></body></html>"
    )


@read_only
def openapi_document(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document."""
    headers = {"ETag": versions.of_bytes(openapi_bytes())}
    if headers["ETag"] in versions.listed_tags(request.headers.get("If-None-Match", "")):
        return HttpResponseNotModified(headers=headers)
    return HttpResponse(openapi_bytes(), content_type="application/vnd.oai.openapi+json", headers=headers)


@cache
def openapi_bytes() -> bytes:
    """Generated once a process: it takes a second of the processor, and all of it is known at the start."""
    return json_bytes(SchemaGenerator().get_schema(request=None, public=True))  # type: ignore[no-untyped-call]


@read_only
def picture_file(request: HttpRequest, path: str) -> HttpResponseBase:
    """A picture on disk, as what its name says and nothing else, and for ever the same."""
    content_type = CONTENT_TYPES.get(PurePosixPath(path).suffix)
    if content_type is None:
        raise Http404
    response = serve(request, path, document_root=str(settings.MEDIA_ROOT))
    response["Content-Type"] = content_type
    response["Cache-Control"] = FOR_EVER
    return response


def all_errors() -> list[type[DomainError]]:
    """Every error an answer can carry, by code."""
    found: dict[str, type[DomainError]] = {}
    waiting = [DomainError]
    while waiting:
        for error in waiting.pop().__subclasses__():
            found[error.code] = error
            waiting.append(error)
    return [found[code] for code in sorted(found)]
