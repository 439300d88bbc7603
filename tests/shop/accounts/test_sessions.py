"""A sign-in at our own doors: by token or by cookie, of whom it is, and from which page it may be used."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings as configured
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.test import Client

from shop.accounts.models import User
from shop.accounts.tasks import remove_ended_sign_ins
from tests.api import Api
from tests.factories import PASSWORD, api_of, make_storefront, make_user, sign_in
from tests.shop.accounts.sign_in import ADA, App

pytestmark = pytest.mark.django_db
PROFILE = "/v1/store/customer"


@pytest.fixture
def ada() -> User:
    return make_user(ADA)


class Browser:
    """A page of our own origin that is signed in: cookies, and the CSRF token in a header where it is told to."""

    def __init__(self) -> None:
        self.client = Client(enforce_csrf_checks=True)
        self.client.get("/v1/auth/browser/v1/config")
        answer = self.client.post(
            "/v1/auth/browser/v1/auth/login", {"email": ADA, "password": PASSWORD}, "application/json",
            headers={"X-CSRFToken": self.csrf},
        )  # fmt: skip
        assert answer.status_code == 200

    @property
    def csrf(self) -> str:
        return str(self.client.cookies["csrftoken"].value)

    def rename(self, name: str, **headers: str) -> Any:
        headers = {header.replace("_", "-"): value for header, value in headers.items()}
        return self.client.patch(PROFILE, {"first_name": name}, "application/json", headers=headers)


class TestCookies:
    def test_a_change_proves_where_it_comes_from(self, ada: User) -> None:
        browser = Browser()
        for headers in (
            {},
            {"X_CSRFToken": "x" * 32},
            {"X_CSRFToken": browser.csrf, "Origin": "https://evil.example"},
            {"X_CSRFToken": browser.csrf, "Origin": "null"},
        ):
            answer = browser.rename("Eve", **headers)
            assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")
        ada.refresh_from_db()
        assert ada.first_name == ""
        assert browser.rename("Ada", X_CSRFToken=browser.csrf, Origin="http://testserver").status_code == 200
        ada.refresh_from_db()
        assert ada.first_name == "Ada"

    def test_a_storefronts_origin_is_another_origin(self, ada: User) -> None:
        """It may read what it asks for itself, with a token; the browser's cookie is not its to use."""
        make_storefront(origins=["https://alder.example"])
        browser = Browser()
        answer = browser.rename("Eve", X_CSRFToken=browser.csrf, Origin="https://alder.example")
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")
        assert "Access-Control-Allow-Credentials" not in answer

    def test_a_token_comes_from_anywhere(self, ada: User) -> None:
        answer = api_of(ada, Origin="https://alder.example").patch("/store/customer", {"first_name": "Ada"})
        assert answer.status_code == 200

    def test_an_ended_cookie_makes_a_guest(self, ada: User) -> None:
        browser = Browser()
        Session.objects.all().delete()
        answer = browser.client.get(PROFILE)
        assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_required")


ODD = ['"\\000"', '"a\\000b"', '"\\377"', "x" * 4000, "%00", '"\\012Set-Cookie: a=b"']


@pytest.mark.parametrize("value", ODD, ids=range(len(ODD)))
@pytest.mark.parametrize("name", ["sessionid", "csrftoken"])
def test_odd_cookies_are_nobodys(name: str, value: str) -> None:
    """A quoted cookie may hold any character, NUL included, which PostgreSQL cannot look for."""
    client = Client(headers={"Cookie": f"{name}={value}"})
    for path, status in (
        (PROFILE, 401), ("/v1/studio/roles", 401), ("/v1/store/products", 200), ("/v1/auth/browser/v1/config", 200),
        ("/v1/auth/browser/v1/auth/session", 401), ("/admin/", 302),
    ):  # fmt: skip
        assert client.get(path).status_code == status, path


@pytest.mark.parametrize("token", ["\0", "a\0b", "sk_\0", "ÿ"])
def test_odd_tokens_are_nobodys(token: str) -> None:
    for headers in ({"X_Session_Token": token}, {"Authorization": f"Bearer {token}"}):
        answer = Api(**headers).get("/studio/roles")
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")
    app = App()
    app.token = token
    assert app.get("auth/session").status_code in (400, 410)


@pytest.mark.parametrize("given", ["Basic YWRhOmFkYQ==", "Bearer", "Bearer ", "Token x", "bearer\tx", "Digest x"])
def test_an_authorization_of_another_kind_is_no_guest(ada: User, given: str) -> None:
    answer = Api(Authorization=given).get("/store/customer")
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")


def test_a_session_that_waits_for_the_second_factor_opens_nothing(ada: User) -> None:
    App().signed_in().set_up_totp()
    app = App()
    assert app.sign_in().status_code == 401
    assert Api(X_Session_Token=app.token).get("/studio/roles").status_code == 401


def test_what_another_person_has_shown_in_the_session_counts_not(ada: User) -> None:
    bob = make_user("bob@example.com")
    token = sign_in(ada, second_factor=True)
    assert Api(X_Session_Token=token).get("/store/customer/export").status_code == 200
    session = SessionStore(token)
    session["account_authentication_methods_user"] = str(bob.pk)
    session.save()
    answer = Api(X_Session_Token=token).get("/store/customer/export")
    assert answer.json()["code"] == "confirmation_required"


def test_a_new_address_as_the_first_keeps_the_sign_in_its_owners(ada: User) -> None:
    """The token stands for the person, whatever their address is."""
    token = sign_in(ada)
    ada.email = "countess@example.com"
    ada.save()
    assert Api(X_Session_Token=token).get("/store/customer").json()["id"] == ada.public_id


def test_ended_sign_ins_are_removed(ada: User) -> None:
    """They hold addresses, and nobody asks for them any more."""
    with time_machine.travel("2026-03-02T12:00:00Z", tick=False) as clock:
        sign_in(ada)
        clock.shift(timedelta(days=1))
        kept = sign_in(ada)
        clock.shift(timedelta(seconds=configured.SESSION_COOKIE_AGE - 1))
        remove_ended_sign_ins(timestamp=0)
        assert list(Session.objects.values_list("pk", flat=True)) == [kept]
