"""Whatever is sent to /v1/auth: JSON comes back, for nobody else's eyes, and no header leads astray."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver

from shop.accounts.auth import methods_of, urlpatterns
from shop.accounts.models import User
from shop.mail.models import Mail
from tests.api import Api
from tests.factories import PASSWORD, make_storefront, make_user
from tests.people import undone
from tests.shop.accounts.sign_in import ADA, App, mail, mails

pytestmark = pytest.mark.django_db


def routes(entries: list[Any] = urlpatterns, prefix: str = "/auth/") -> Iterator[tuple[str, list[str]]]:
    """Every path that is served, with its methods."""
    for entry in entries:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from routes(entry.url_patterns, path)
        elif isinstance(entry, URLPattern):
            yield path, methods_of(entry.callback)


ROUTES = dict(routes())
CHANGES = [(method, path) for path, methods in ROUTES.items() for method in methods if method not in ("GET", "HEAD")]


def check_problem(answer: Any, status: int, code: str) -> None:
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), answer.content
    assert (answer.json()["code"], answer.json()["status"]) == (code, status)
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("signed_in", [False, True], ids=["guest", "signed in"])
def test_every_answer_is_json_and_private(path: str, signed_in: bool) -> None:
    """Whatever the method, by whoever."""
    make_user(ADA)
    headers = {"X_Session_Token": App().signed_in().token} if signed_in else {}
    api = Api(**headers)
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"):
        answer = api.raw(method, path, b"")
        assert answer.status_code < 500, (method, path)
        assert answer["Cache-Control"] == "private, no-store"
        assert answer["Content-Type"] in ("application/json", "application/problem+json"), (method, path)
        if method not in ROUTES[path]:
            check_problem_unless_head(answer, method)
            assert set(answer["Allow"].split(", ")) == set(ROUTES[path])


def check_problem_unless_head(answer: Any, method: str) -> None:
    if method == "HEAD":
        assert answer.status_code == 405
    else:
        check_problem(answer, 405, "method_not_allowed")


@pytest.mark.parametrize(("method", "path"), CHANGES)
@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b'"x"', b"5", b"null", b"\xff\xfe", b"{'a': 1}", b"NaN", b"[" * 100_000, b'{"a":' * 40_000,
     b'{"email": "\\ud800"}', b'{"key": "x"} {}'],
    ids=range(12),
)  # fmt: skip
def test_malformed_bodies(method: str, path: str, body: bytes) -> None:
    check_problem(Api().raw(method, path, body), 400, "malformed_request")


@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_bodies_that_are_no_json_or_too_large(method: str, path: str) -> None:
    for kind in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x", ""):
        check_problem(Api().raw(method, path, b"email=ada", kind), 415, "unsupported_media_type")
    check_problem(Api().raw(method, path, b'{"a": "%s"}' % (b"x" * 256 * 1024)), 413, "body_too_large")


ODD: list[Any] = [
    None,
    0,
    -1,
    10**30,
    1.5,
    True,
    "",
    "x",
    "\0",
    "x" * 10_000,
    [],
    [[]],
    {},
    {"a": {"b": []}},
    "[" * 100_000,
]
FIELDS = (
    "email", "password", "key", "code", "current_password", "new_password", "sessions", "authenticators", "id", "name",
    "credential", "provider", "process", "token", "account", "primary",
)  # fmt: skip


@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_odd_values(method: str, path: str) -> None:
    make_user(ADA)
    signed_in = {"X_Session_Token": App().signed_in().token}
    for value in ODD:
        body = dict.fromkeys(FIELDS, value)
        for headers in ({}, signed_in):
            # What ends the sign-in has not ended it for the next one.
            with undone():
                answer = Api(**headers)._send(method, path, body, {})
            assert answer.status_code < 500, (value, answer.content)
    assert User.objects.filter(email=ADA).exists()


CREDENTIALS: list[Any] = [
    {"id": 5}, {"response": 5}, {"response": []}, {"response": {}}, {"response": {"userHandle": 5}},
    {"response": {"userHandle": "!!"}}, {"id": "x", "rawId": "x", "response": {"clientDataJSON": "x"}},
    {"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": {
        "clientDataJSON": "e30", "attestationObject": "oA", "authenticatorData": "AAAA", "signature": "AA",
        "userHandle": "AA",
    }},
    [{"response": {}}], "{", '{"response": 5}',
]  # fmt: skip


@pytest.mark.parametrize("credential", CREDENTIALS, ids=range(len(CREDENTIALS)))
def test_odd_passkeys(credential: Any) -> None:
    make_user(ADA)
    app = App().signed_in()
    for path in ("account/authenticators/webauthn", "auth/webauthn/login", "auth/webauthn/reauthenticate"):
        app.get(path)
        answer = app.post(path, {"credential": credential, "name": "x"})
        assert answer.status_code == 400, (path, answer.content)


@pytest.mark.parametrize(
    "path",
    [
        "/auth", "/auth/", "/auth/app", "/auth/app/v1", "/auth/app/v1/", "/auth/app/v1/auth/login/",
        "/auth/other/v1/config",
        "/auth/login", "/auth/signup", "/auth/openapi.json", "/auth/openapi.html", "/auth/app/v1/account/phone",
        "/auth/app/v1/auth/phone/verify", "/auth/app/v1/auth/code/confirm", "/auth/browser/v1/auth/provider/redirect",
        "/auth/google/login/callback/", "/auth/app/v1/tokens/refresh",
    ],
)  # fmt: skip
def test_what_is_not_served(path: str) -> None:
    for method in ("GET", "POST"):
        check_problem(Api().raw(method, path, b""), 404, "not_found")


def test_an_unknown_storefront_is_told_before_anything_happens() -> None:
    make_user(ADA)
    for email in (ADA, "nobody@example.com"):
        for path in ("auth/password/request", "auth/signup"):
            answer = App().post(path, {"email": email, "password": PASSWORD}, Benchpin_Key="pk_unknown")
            check_problem(answer, 401, "invalid_storefront_key")
    assert (User.objects.count(), Mail.objects.count()) == (1, 0)


# Where mails lead


def test_an_unknown_host_is_refused() -> None:
    make_user(ADA)
    answer = App().post("auth/password/request", {"email": ADA}, Host="evil.example")
    check_problem(answer, 400, "malformed_request")
    assert Mail.objects.count() == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"X_Forwarded_Host": "evil.example"},
        {"X_Forwarded_Server": "evil.example", "X_Host": "evil.example"},
        {"Forwarded": "host=evil.example"},
        {"X_Original_URL": "https://evil.example/"},
        {"Origin": "https://evil.example", "Referer": "https://evil.example/"},
    ],
)
def test_no_header_leads_a_mail_astray(headers: dict[str, str]) -> None:
    make_user(ADA)
    window = make_storefront(
        origins=["https://alder.example"],
        link_templates={"reset": "https://alder.example/reset?key={key}", "verify": "https://alder.example/?key={key}"},
    )
    app = App(Benchpin_Key=window.publishable_key)
    assert app.post("auth/password/request", {"email": ADA}, **headers).status_code == 200
    assert app.sign_up("bob@example.com", **headers).status_code == 401
    for found in (mail("password_reset"), mail("verify_email", "bob@example.com")):
        assert "https://alder.example/" in found.text
        for part in (found.text, found.html, found.subject, found.from_email, found.reply_to):
            assert "evil" not in part
            assert "testserver" not in part


def test_without_a_link_the_mail_holds_the_key() -> None:
    make_user(ADA)
    App().post("auth/password/request", {"email": ADA})
    assert mails() == ["password_reset"]
    assert "http" not in mail("password_reset").text


def test_the_page_for_operators_stays_a_page() -> None:
    """Only under /v1 a refusal is a problem."""
    answer = Client(enforce_csrf_checks=True).post("/v1/auth/browser/v1/auth/login", {}, "application/json")
    check_problem(answer, 403, "csrf_failed")
