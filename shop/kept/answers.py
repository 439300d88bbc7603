"""Public answers that are kept: by what they differ, how they go out, and the middleware that repeats them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from shop import versions
from shop.kept.services import Memory, watch
from shop.storefronts.models import Storefront
from shop.storefronts.queries import is_under_its_own_key, remember_storefront, storefront_key

MEDIA_TYPE = "application/json"
# Of a public answer; the rest is added on its way out, for each request.
HEADERS = ("Content-Type", "ETag", "Cache-Control", "Vary")
Key = tuple[str, str, str | None]


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it goes out, and whom it was computed for."""

    body: bytes
    headers: dict[str, str]
    storefront: Storefront


answers: Memory[Kept] = Memory(watch, lambda: settings.KEPT_ANSWERS_BYTES)


class KeptAnswerMiddleware:
    """Repeats what is kept, within the limits and before anything else is asked: it is the same for everybody."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if (key := key_of(request)) is None or (found := answers.get(key)) is None:
            return self.get_response(request)
        remember_storefront(request, found.storefront)
        return public_answer(request, found.body, found.headers)


def keep(request: HttpRequest, response: HttpResponse, storefront: Storefront, *, generation: int) -> None:
    """Keep the answer that was computed for this request, begun in this generation, where it may be kept."""
    key = key_of(request)
    if key is None or request.method != "GET" or not is_under_its_own_key(storefront, key[-1]):
        return
    answer = Kept(response.content, {name: response[name] for name in HEADERS}, storefront)
    answers.put(key, answer, size=len(answer.body), generation=generation)


def key_of(request: HttpRequest) -> Key | None:
    """What an answer depends on; None for a request that must be looked at more closely."""
    if request.method not in ("GET", "HEAD") or not takes(MEDIA_TYPE, request):
        return None
    return request.path, request.META.get("QUERY_STRING", ""), storefront_key(request)


def takes(media_type: str, request: HttpRequest) -> bool:
    """Whether the caller names the media type, or any; a finer look at `Accept` may say so, too."""
    accept = request.META.get("HTTP_ACCEPT", "*/*")
    return "*/*" in accept or media_type in accept


def public_answer(request: HttpRequest, body: bytes, headers: Mapping[str, str]) -> HttpResponse:
    """The answer, or that it is what the caller has already."""
    if headers["ETag"] not in versions.listed_tags(request.META.get("HTTP_IF_NONE_MATCH", "")):
        return HttpResponse(body, headers=headers)
    answer = HttpResponse(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    # A cache takes over the headers of a 304: those of a body must not be among them.
    del answer["Content-Type"]
    return answer
