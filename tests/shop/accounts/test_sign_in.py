"""Signed in: sessions, their tokens and cookies, passwords new and forgotten."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.conf import settings as configured
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django.models import ProcrastinateJob

from config.settings import base
from shop.accounts.models import User
from shop.mail.models import Mail
from tests.api import Api
from tests.factories import PASSWORD, make_storefront, make_user
from tests.shop.accounts.sign_in import ADA, App, codes, mail, mailed_key, mails

pytestmark = pytest.mark.django_db

NEW = "a-flush-setting-and-a-bezel"


@pytest.fixture
def ada() -> User:
    return make_user(ADA)


def status_at_our_doors(token: str) -> int:
    return Api(X_Session_Token=token).get("/studio/roles").status_code


def test_the_token_opens_our_doors(ada: User) -> None:
    app = App().signed_in()
    assert status_at_our_doors(app.token) == 200
    assert app.get("auth/session").json()["data"]["user"]["id"] == ada.public_id


def test_wrong_password_and_unknown_address_are_told_alike(ada: User) -> None:
    wrong, unknown = App().sign_in(password="not-this-one"), App().sign_in("nobody@example.com", "not-this-one")
    assert wrong.status_code == unknown.status_code == 400
    assert wrong.json() == unknown.json()
    assert codes(wrong) == [("password", "email_password_mismatch")]
    assert mails() == []


def test_look_alikes_do_not_sign_in(ada: User) -> None:
    for email in ("аda@example.com", "ada@exаmple.com", "ａda@example.com", "ada\u200b@example.com"):
        assert App().sign_in(email).status_code == 400


def test_who_has_been_shut_out_is_not_signed_in(ada: User) -> None:
    app = App().signed_in()
    User.objects.update(is_active=False)
    assert status_at_our_doors(app.token) == 401
    refused = App()
    assert refused.sign_in().status_code == 401
    assert refused.get("auth/session").status_code == 401


@pytest.mark.parametrize(
    "token", ["forged", "x" * 32, "../../etc/passwd", "a" * 5000, "ключ".encode().decode("latin1")]
)
def test_forged_tokens_are_refused(ada: User, token: str) -> None:
    answer = Api(X_Session_Token=token).get("/studio/roles")
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")
    app = App()
    app.token = token
    assert app.get("auth/session").status_code == 410


def test_an_expired_token_is_refused(ada: User) -> None:
    with time_machine.travel("2026-03-02T12:00:00Z", tick=False) as clock:
        token = App().signed_in().token
        clock.shift(timedelta(seconds=configured.SESSION_COOKIE_AGE - 60))
        assert status_at_our_doors(token) == 200
        clock.shift(timedelta(seconds=61))
        assert status_at_our_doors(token) == 401
        late = App()
        late.token = token
        assert late.get("account/email").status_code == 401


def test_a_token_known_before_the_sign_in_is_worth_nothing_after_it(ada: User) -> None:
    """Fixation: who planted it would be signed in, too."""
    app = App()
    app.sign_up("bob@example.com")
    planted = app.token
    assert planted
    app.signed_in()
    assert app.token != planted
    assert status_at_our_doors(planted) == 401
    other = App()
    other.token = planted
    assert other.get("auth/session").status_code == 410


def test_a_cookie_known_before_the_sign_in_is_worth_nothing_after_it(ada: User) -> None:
    browser = Browser()
    browser.post("auth/signup", {"email": "bob@example.com", "password": PASSWORD})
    planted = browser.client.cookies["sessionid"].value
    assert browser.post("auth/login", {"email": ADA, "password": PASSWORD}).status_code == 200
    assert browser.client.cookies["sessionid"].value != planted
    assert status_at_our_doors(planted) == 401


# Sign-ins listed and revoked


def test_sign_ins_are_listed_and_revoked(ada: User) -> None:
    phone, laptop = App(User_Agent="Phone"), App(User_Agent="Laptop")
    phone.signed_in()
    laptop.signed_in()
    listed = {each["user_agent"]: each for each in laptop.get("auth/sessions").json()["data"]}
    assert {name: each["is_current"] for name, each in listed.items()} == {"Phone": False, "Laptop": True}
    assert {each["ip"] for each in listed.values()} == {"127.0.0.1"}

    answer = laptop.delete("auth/sessions", {"sessions": [listed["Phone"]["id"]]})
    assert [each["user_agent"] for each in answer.json()["data"]] == ["Laptop"]
    assert status_at_our_doors(phone.token) == 401
    assert status_at_our_doors(laptop.token) == 200
    assert phone.get("auth/session").status_code == 410


def test_another_persons_sign_in_cannot_be_revoked(ada: User) -> None:
    make_user("bob@example.com")
    mine, theirs = App().signed_in(), App().signed_in("bob@example.com")
    [session] = mine.get("auth/sessions").json()["data"]
    for ids in ([session["id"]], [10**30], [-1], ["x"], [{}], "x"):
        assert theirs.delete("auth/sessions", {"sessions": ids}).status_code == 400
    assert status_at_our_doors(mine.token) == 200


def test_signing_out_ends_the_session(ada: User) -> None:
    app = App().signed_in()
    assert app.delete("auth/session").status_code == 401
    assert status_at_our_doors(app.token) == 401


def test_the_address_of_a_sign_in_is_the_one_the_proxy_saw(ada: User, settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    app = App(X_Forwarded_For="203.0.113.7, 198.51.100.9").signed_in()
    assert [each["ip"] for each in app.get("auth/sessions").json()["data"]] == ["198.51.100.9"]
    odd = App(X_Forwarded_For="'; drop table").signed_in()
    assert odd.get("auth/sessions").status_code == 200


# Passwords


def test_a_new_password_ends_the_other_sign_ins(ada: User) -> None:
    app, other = App().signed_in(), App().signed_in()
    before = app.token
    answer = app.post("account/password/change", {"current_password": PASSWORD, "new_password": NEW})
    assert answer.status_code == 200
    assert app.token != before
    assert [status_at_our_doors(token) for token in (app.token, before, other.token)] == [200, 401, 401]
    assert App().sign_in().status_code == 400
    assert App().sign_in(password=NEW).status_code == 200
    assert mails() == ["security_notice"]
    assert "Your password was changed." in mail("security_notice").text


def test_a_new_password_needs_the_old_one(ada: User) -> None:
    app = App().signed_in()
    answer = app.post("account/password/change", {"current_password": "wrong", "new_password": NEW})
    assert (answer.status_code, codes(answer)) == (400, [("current_password", "enter_current_password")])
    assert App().sign_in().status_code == 200


def test_a_forgotten_password(ada: User) -> None:
    signed_in = App().signed_in()
    window = make_storefront(
        origins=["https://alder.example"], link_templates={"reset": "https://alder.example/reset?key={key}"}
    )
    app = App(Benchpin_Key=window.publishable_key)
    assert app.post("auth/password/request", {"email": "ADA@example.com"}).status_code == 200
    key = mailed_key("password_reset")
    link = next(word for word in mail("password_reset").text.split() if word.startswith("https://alder.example/reset"))
    assert parse_qs(urlsplit(link).query) == {"key": [key]}
    assert app.get("auth/password/reset", X_Password_Reset_Key=key).json()["data"]["user"]["email"] == ADA
    # Who can read the mail sets the password; signing in with it is the next step.
    assert app.post("auth/password/reset", {"key": key, "password": NEW}).status_code == 401
    assert status_at_our_doors(signed_in.token) == 401
    assert App().sign_in(password=NEW).status_code == 200
    assert mails() == ["password_reset", "security_notice"]
    again = app.post("auth/password/reset", {"key": key, "password": PASSWORD})
    assert (again.status_code, codes(again)) == (400, [("key", "invalid_password_reset")])


def test_a_reset_does_not_tell_who_is_there(ada: User) -> None:
    known, unknown = (App().post("auth/password/request", {"email": email}) for email in (ADA, "nobody@example.com"))
    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json()) == (200, {"status": 200})
    assert sorted(known.headers) == sorted(unknown.headers)
    assert Mail.objects.count() == 1


def test_a_reset_takes_as_long_for_nobody(ada: User) -> None:
    """The same writes, of which one is undone."""
    writes = []
    for email in (ADA, "nobody@example.com"):
        with CaptureQueriesContext(connection) as captured:
            App().post("auth/password/request", {"email": email})
        texts = [str(query["sql"]) for query in captured]
        writes.append([text.split("(")[0] for text in texts if "mail_mail" in text or "procrastinate_defer" in text])
    assert writes[0] == writes[1]
    assert len(writes[0]) == 2
    assert (Mail.objects.count(), ProcrastinateJob.objects.filter(task_name="shop.mail.deliver").count()) == (1, 1)


def test_a_sign_in_takes_as_long_for_nobody(ada: User, settings: Any) -> None:
    """A password is hashed whether there is one to compare it with or not."""
    settings.PASSWORD_HASHERS = [f"{CountingHasher.__module__}.CountingHasher"]
    ada.set_password(PASSWORD)
    ada.save()
    hashed = []
    for email in (ADA, "nobody@example.com"):
        CountingHasher.hashed = 0
        App().sign_in(email, "not-this-one")
        hashed.append(CountingHasher.hashed)
    assert hashed == [1, 1]


def test_a_key_to_reset_expires(ada: User) -> None:
    with time_machine.travel("2026-03-02T12:00:00Z", tick=False) as clock:
        App().post("auth/password/request", {"email": ADA})
        key = mailed_key("password_reset")
        clock.shift(timedelta(days=1, seconds=1))
        assert App().post("auth/password/reset", {"key": key, "password": NEW}).status_code == 400
    assert App().sign_in().status_code == 200


def test_a_key_to_reset_is_its_owners(ada: User) -> None:
    """Swapped: the signature of one person's key under another's number."""
    make_user("bob@example.com")
    for email in (ADA, "bob@example.com"):
        App().post("auth/password/request", {"email": email})
    mine, theirs = mailed_key("password_reset"), mailed_key("password_reset", "bob@example.com")
    swapped = f"{theirs.partition('-')[0]}-{mine.partition('-')[2]}"
    for key in (swapped, "", "-", "zzzzzzzzzzzzz-" + mine.partition("-")[2], "0-0", "ключ"):
        assert App().post("auth/password/reset", {"key": key, "password": NEW}).status_code == 400
    assert App().sign_in().status_code == 200


def test_look_alikes_get_no_reset(ada: User) -> None:
    for email in (
        "аda@example.com",
        "ada@exаmple.com",
        "ada@example.com\nBcc: eve@example.com",
        "ada@example.com\u2028",
    ):
        App().post("auth/password/request", {"email": email})
    assert Mail.objects.exclude(to=ADA).count() == 0


# What production has


def test_passwords_are_hashed_by_argon2(settings: Any) -> None:
    settings.PASSWORD_HASHERS = base.PASSWORD_HASHERS
    App().sign_up()
    assert User.objects.get().password.startswith("argon2$argon2id$")


def test_cookies_are_for_https_and_for_no_script(ada: User, settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    browser = Browser()
    browser.post("auth/login", {"email": ADA, "password": PASSWORD})
    session, csrf = browser.client.cookies["sessionid"], browser.client.cookies["csrftoken"]
    assert (session["secure"], session["httponly"], session["samesite"]) == (True, True, "Lax")
    assert (csrf["secure"], csrf["samesite"]) == (True, "Lax")


class CountingHasher(MD5PasswordHasher):
    hashed = 0

    def encode(self, password: str, salt: str) -> str:
        CountingHasher.hashed += 1
        return super().encode(password, salt)


class Browser:
    """A page of our own origin: cookies, and the CSRF token in a header."""

    def __init__(self) -> None:
        self.client = Client(enforce_csrf_checks=True)
        assert self.client.get("/v1/auth/browser/v1/config").status_code == 200

    def post(self, path: str, body: dict[str, Any], **headers: str) -> Any:
        headers = {"X-CSRFToken": self.client.cookies["csrftoken"].value} | headers
        return self.client.post(f"/v1/auth/browser/v1/{path}", body, "application/json", headers=headers)


def test_a_browser_signs_in_by_cookie(ada: User) -> None:
    browser = Browser()
    answer = browser.post("auth/login", {"email": ADA, "password": PASSWORD})
    assert answer.status_code == 200
    assert "session_token" not in (answer.json().get("meta") or {})
    assert browser.client.get("/v1/studio/roles").status_code == 200


def test_the_app_sets_no_cookie(ada: User) -> None:
    answer = App().sign_in()
    assert answer.cookies == {}


def test_a_request_from_elsewhere_is_refused(ada: User) -> None:
    browser = Browser()
    body = {"email": ADA, "password": PASSWORD}
    token = browser.client.cookies["csrftoken"].value
    for headers in (
        {"X-CSRFToken": ""},
        {"X-CSRFToken": "x" * 32},
        {"X-CSRFToken": token, "Origin": "https://evil.example"},
        {"X-CSRFToken": token, "Origin": "null"},
    ):
        answer = browser.post("auth/login", body, **headers)
        assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
        assert answer.json()["code"] == "csrf_failed"
    assert "sessionid" not in browser.client.cookies
    assert browser.post("auth/login", body, Origin="http://testserver").status_code == 200
