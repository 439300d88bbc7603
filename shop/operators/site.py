"""The operators' site: a way in with a second factor, and pages that load nothing from elsewhere."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView

from shop.operators import sessions

View = Callable[..., Any]
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Frame-Options": "DENY",
}
# Passwords change at /v1/auth, which tells the person by mail; no model has a page on a site.
NOT_SERVED = {"password_change", "password_change_done", "view_on_site"}


def guarded(view: View) -> View:
    """The view with what keeps its page from being framed and from running what is not ours."""

    @wraps(view)
    def inner(*args: Any, **kwargs: Any) -> Any:
        response = view(*args, **kwargs)
        for name, value in HEADERS.items():
            response[name] = value
        return response

    return inner


class SignInForm(forms.Form):
    """All three at once: a refusal does not say which of them was wrong."""

    email = forms.EmailField(max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username"}))
    password = forms.CharField(
        max_length=1024, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    code = forms.CharField(
        max_length=32,
        help_text="Of your authenticator app, or a recovery code.",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}),
    )


if TYPE_CHECKING:
    SignInFormView = FormView[SignInForm]
else:
    SignInFormView = FormView


class SignIn(SignInFormView):
    form_class = SignInForm
    template_name = "operators/login.html"

    @method_decorator(sensitive_post_parameters())
    def dispatch(self, *args: Any, **kwargs: Any) -> Any:
        return super().dispatch(*args, **kwargs)

    def form_valid(self, form: SignInForm) -> HttpResponse:
        try:
            sessions.sign_in(self.request, **form.cleaned_data)
        except sessions.SignInRefused:
            form.add_error(None, "Address, password or code is wrong, or this account is not an operator's.")
            return self.form_invalid(form)
        except sessions.TooManyTries as error:
            form.add_error(None, f"Too many tries. Wait {error.retry_after} seconds.")
            response = self.form_invalid(form)
            response.status_code = HTTPStatus.TOO_MANY_REQUESTS
            response["Retry-After"] = str(error.retry_after)
            return response
        return HttpResponseRedirect(self.destination)

    @property
    def destination(self) -> str:
        """Where they were going, if that is one of these pages; else the first of them."""
        wanted, first = self.request.POST.get("next") or self.request.GET.get("next", ""), reverse("admin:index")
        is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith(first)
        return wanted if is_ours else first

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        return super().get_context_data(next=self.destination, **more)


class OperatorSite(AdminSite):
    """Django's admin, for the platform's own people alone."""

    site_header = site_title = "Benchpin"
    index_title = "Operators"
    index_template = "operators/index.html"
    site_url = None

    def has_permission(self, request: HttpRequest) -> bool:
        return sessions.is_operator(request)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        @wraps(view)
        def seen(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            sessions.has_been_seen(request)
            return view(request, *args, **kwargs)

        return guarded(super().admin_view(seen, cacheable))

    @method_decorator(guarded)
    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        if request.method == "GET" and self.has_permission(request):
            return HttpResponseRedirect(reverse("admin:index"))
        context = {**self.each_context(request), "title": "Sign in", "app_path": request.get_full_path()}
        return SignIn.as_view(extra_context=context)(request)

    def get_urls(self) -> list[Any]:
        return [entry for entry in super().get_urls() if getattr(entry, "name", "") not in NOT_SERVED]


site = OperatorSite()
# Nothing is deleted here: what ends keeps its row, and people are erased at their own request.
site.disable_action("delete_selected")
