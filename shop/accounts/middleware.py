"""Sessions, CSRF, users and messages only where sign-in and the operators need them: hot reads go without."""

from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.views.csrf import csrf_failure as page_of_failure

from shop.errors import problem_response
from shop.identity import CsrfFailed

PLACES = ("/v1/auth/", "/admin/")


def is_there(request: HttpRequest) -> bool:
    return request.path.startswith(PLACES)


class Sessions(SessionMiddleware):
    def __call__(self, request: HttpRequest) -> Any:
        return super().__call__(request) if is_there(request) else self.get_response(request)


class Csrf(CsrfViewMiddleware):
    def __call__(self, request: HttpRequest) -> Any:
        return super().__call__(request) if is_there(request) else self.get_response(request)

    def process_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return super().process_view(request, *args, **kwargs) if is_there(request) else None


class Authentication(AuthenticationMiddleware):
    def __call__(self, request: HttpRequest) -> Any:
        return super().__call__(request) if is_there(request) else self.get_response(request)


class Messages(MessageMiddleware):
    def __call__(self, request: HttpRequest) -> Any:
        return super().__call__(request) if is_there(request) else self.get_response(request)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A problem for those who call the API, a page for the operators."""
    if request.path.startswith("/v1/"):
        return problem_response(CsrfFailed())
    return page_of_failure(request, reason)
