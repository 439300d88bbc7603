"""The way in: password and second factor at once, limited, and closed again by itself."""

import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client

from shop.accounts.models import User
from shop.audit.models import AuditEntry
from tests.factories import PASSWORD, api_of, make_member, make_user, sign_in
from tests.shop.operators.steps import (
    EMAIL,
    LOGIN,
    code_now,
    is_let_in,
    make_operator,
    operator,
    signed_in,
    try_sign_in,
)

pytestmark = pytest.mark.django_db
REFUSED = "Address, password or code is wrong, or this account is not an operator&#x27;s."


@pytest.fixture
def limits(settings: Any) -> Iterator[None]:
    cache.clear()
    settings.ACCOUNT_RATE_LIMITS = settings.SIGN_IN_LIMITS
    yield
    cache.clear()


def browser_of(user: User, *, second_factor: bool) -> Client:
    """A browser with the cookie of a sign-in at /v1/auth."""
    client = Client()
    client.cookies["sessionid"] = sign_in(user, second_factor=second_factor)
    return client


@pytest.mark.usefixtures("stopped_clock")
def test_with_password_and_code() -> None:
    client = Client()
    factor = make_operator()
    assert not is_let_in(client)
    answer = try_sign_in(client, code_now(factor.secret))
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")
    assert is_let_in(client)
    entry = AuditEntry.objects.get(action="operator.signed_in")
    assert (entry.user, entry.address) == (operator().public_id, "127.0.0.1")
    assert entry.sign_in.startswith("sin_")


def test_a_recovery_code_is_good_once() -> None:
    code = make_operator().recovery_codes[3]
    assert try_sign_in(Client(), code).status_code == 302
    assert REFUSED in try_sign_in(Client(), code).text


@pytest.mark.usefixtures("stopped_clock")
def test_a_code_of_the_app_is_good_once() -> None:
    code = code_now(make_operator().secret)
    assert try_sign_in(Client(), code).status_code == 302
    assert REFUSED in try_sign_in(Client(), code).text


@pytest.mark.parametrize(
    "given",
    [
        {"email": "nobody@example.com"},
        {"password": "wrong"},
        {"code": "000000"},
        {"code": "１２３４５６"},
        {"email": "shopper@example.com"},
        {"email": "owner@example.com"},
        {"email": "without@example.com"},
        {"email": "former@example.com"},
    ],
    ids=lambda given: "-".join(given.values()),
)
def test_every_failure_says_the_same(given: dict[str, str]) -> None:
    """A wrong value, a shopper, a maker's owner, an operator without second factor, one who was switched off."""
    code = make_operator().recovery_codes[0]
    make_user("shopper@example.com")
    make_member("owner@example.com")
    make_user("without@example.com")
    User.objects.filter(email="without@example.com").update(is_staff=True)
    make_operator("former@example.com")
    User.objects.filter(email="former@example.com").update(is_active=False)
    client = Client()
    answer = try_sign_in(client, **{"code": code, **given})
    assert answer.status_code == 200
    assert REFUSED in answer.text
    assert PASSWORD not in answer.text
    assert not is_let_in(client)
    assert "sessionid" not in client.cookies


@pytest.mark.parametrize("missing", ["email", "password", "code"])
def test_all_three_are_needed(missing: str) -> None:
    given = {"email": EMAIL, "password": PASSWORD, "code": make_operator().recovery_codes[0]} | {missing: ""}
    client = Client()
    answer = client.post(LOGIN, given)
    assert "This field is required." in answer.text
    assert not is_let_in(client)


@pytest.mark.usefixtures("limits")
def test_guessing_passwords_ends_soon() -> None:
    factor = make_operator()
    answers = [try_sign_in(Client(), "123456", password=f"guess-{number}") for number in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert answers[-1]["Retry-After"] == "300"
    assert "Too many tries" in answers[-1].text
    assert try_sign_in(Client(), factor.recovery_codes[0]).status_code == 429, "not even with the right one"
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=6)):
        assert try_sign_in(Client(), factor.recovery_codes[0]).status_code == 302


@pytest.mark.usefixtures("limits")
def test_guessing_codes_ends_soon() -> None:
    factor = make_operator()
    answers = [try_sign_in(Client(), f"00000{number}") for number in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert try_sign_in(Client(), factor.recovery_codes[0]).status_code == 429
    assert Authenticator.objects.get(user=operator(), type="recovery_codes").data["used_mask"] == 0


class TestOtherSignIns:
    """The same cookie comes from /v1/auth: being signed in there is not enough here."""

    def test_an_operator_without_the_second_factor(self) -> None:
        make_operator()
        assert not is_let_in(browser_of(operator(), second_factor=False))

    def test_an_operator_with_it(self) -> None:
        make_operator()
        assert is_let_in(browser_of(operator(), second_factor=True))

    def test_an_owner_with_it(self) -> None:
        assert not is_let_in(browser_of(make_member("owner@example.com").user, second_factor=True))

    def test_a_mark_of_somebody_else(self) -> None:
        """Marks of a session count for the person who got them."""
        make_operator()
        client = browser_of(operator(), second_factor=True)
        session = client.session
        session["account_authentication_methods_user"] = str(make_user().pk)
        session.save()
        assert not is_let_in(client)

    def test_a_token_opens_nothing(self) -> None:
        make_operator()
        token = sign_in(operator(), second_factor=True)
        answer = Client().get("/admin/", headers={"X-Session-Token": token, "Authorization": f"Bearer {token}"})
        assert answer.status_code == 302


class TestTheSession:
    def test_it_is_a_new_one(self) -> None:
        """Whoever planted a session in the browser does not come in with it."""
        factor = make_operator()
        client = browser_of(make_user(), second_factor=True)
        planted = client.cookies["sessionid"].value
        assert try_sign_in(client, factor.recovery_codes[0]).status_code == 302
        assert client.cookies["sessionid"].value != planted
        other = Client()
        other.cookies["sessionid"] = planted
        assert not is_let_in(other)

    def test_signing_in_again_renews_it(self) -> None:
        factor = make_operator()
        client = Client()
        try_sign_in(client, factor.recovery_codes[0])
        first = client.cookies["sessionid"].value
        try_sign_in(client, factor.recovery_codes[1])
        assert client.cookies["sessionid"].value != first
        client.cookies["sessionid"] = first
        assert not is_let_in(client)

    def test_it_ends_when_idle(self, settings: Any) -> None:
        client = signed_in()
        start = datetime.now(UTC)
        for minutes, let_in in [(29, True), (58, True), (89, False), (90, False)]:
            with time_machine.travel(start + timedelta(minutes=minutes)):
                assert is_let_in(client) is let_in, minutes
        settings.OPERATOR_IDLE_MINUTES = 120
        with time_machine.travel(start + timedelta(minutes=90)):
            assert is_let_in(client)

    @pytest.mark.parametrize("change", [{"is_staff": False}, {"is_active": False}])
    def test_it_ends_with_the_right(self, site: Client, change: dict[str, bool]) -> None:
        User.objects.filter(email=EMAIL).update(**change)
        assert not is_let_in(site)

    def test_it_ends_with_the_password(self, site: Client) -> None:
        user = operator()
        user.set_password("another-good-one")
        user.save()
        assert not is_let_in(site)

    def test_signing_out(self, site: Client) -> None:
        key = site.cookies["sessionid"].value
        assert site.post("/admin/logout/").status_code == 200
        site.cookies["sessionid"] = key
        assert not is_let_in(site)

    def test_it_is_among_the_persons_sign_ins(self, site: Client) -> None:
        sign_ins = site.get("/v1/auth/browser/v1/auth/sessions").json()["data"]
        assert [each["is_current"] for each in sign_ins] == [True]


class TestWhereItLeads:
    @pytest.mark.parametrize(
        ("wanted", "leads_to"),
        [
            ("/admin/accounts/user/", "/admin/accounts/user/"),
            ("https://evil.example/admin/", "/admin/"),
            ("//evil.example/admin/", "/admin/"),
            ("/v1/auth/", "/admin/"),
            ("/administrator", "/admin/"),
            ("javascript:alert(1)", "/admin/"),
            ("", "/admin/"),
        ],
    )
    @pytest.mark.parametrize("by", ["query", "form"])
    def test_only_to_these_pages(self, wanted: str, leads_to: str, by: str) -> None:
        code = make_operator().recovery_codes[0]
        client = Client()
        form = {"email": EMAIL, "password": PASSWORD, "code": code}
        query = {"next": wanted} if by == "query" else {}
        form |= {"next": wanted} if by == "form" else {}
        answer = client.post(LOGIN, form, query_params=query)
        assert (answer.status_code, answer["Location"]) == (302, leads_to)

    def test_the_page_carries_it_on(self) -> None:
        assert 'name="next" value="/admin/accounts/user/"' in Client().get(f"{LOGIN}?next=/admin/accounts/user/").text
        assert "evil" not in Client().get(LOGIN, {"next": "https://evil.example"}).context["next"]

    def test_who_is_in_is_sent_on(self, site: Client) -> None:
        assert site.get(LOGIN)["Location"] == "/admin/"


class TestThePage:
    def test_without_a_token_the_form_is_refused(self) -> None:
        code = make_operator().recovery_codes[0]
        strict = Client(enforce_csrf_checks=True)
        assert try_sign_in(strict, code).status_code == 403
        strict.get(LOGIN)
        token = strict.cookies["csrftoken"].value
        given = {"email": EMAIL, "password": PASSWORD, "code": code, "csrfmiddlewaretoken": token}
        assert strict.post(LOGIN, given).status_code == 302

    @pytest.mark.parametrize("path", [LOGIN, "/admin/", "/admin/accounts/user/", "/admin/jsi18n/"])
    def test_it_cannot_be_framed_and_runs_only_our_own(self, site: Client, path: str) -> None:
        for client in (site, Client()):
            answer = client.get(path)
            assert answer["X-Frame-Options"] == "DENY"
            policy = dict(part.strip().partition(" ")[::2] for part in answer["Content-Security-Policy"].split(";"))
            assert policy["default-src"] == "'none'"
            assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
            assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"

    def test_nothing_on_it_breaks_that(self, site: Client) -> None:
        for path in (LOGIN, "/admin/", "/admin/storefronts/storefront/add/"):
            text = (Client() if path == LOGIN else site).get(path).text
            assert "http://" not in text.replace("http://www.w3.org", "").replace("http://testserver", "")
            assert " onclick=" not in text
            assert "<script>" not in text

    def test_its_files_are_served(self) -> None:
        for name in ("css/base.css", "css/login.css", "js/theme.js"):
            with closing(Client().get(f"/static/admin/{name}")) as answer:
                assert answer.status_code == 200

    def test_nobody_learns_what_there_is(self) -> None:
        text = Client().get(LOGIN).text
        assert "partner" not in text
        assert "auditentry" not in text


@pytest.mark.parametrize(
    "path",
    [
        "/admin/",
        "/admin/accounts/user/",
        "/admin/accounts/user/1/change/",
        "/admin/nothing/",
        "/admin/password_change/",
    ],
)
def test_strangers_see_the_way_in_whatever_they_ask(path: str) -> None:
    for client in (Client(), browser_of(make_user(), second_factor=True)):
        answer = client.get(path)
        assert (answer.status_code, answer["Location"]) == (302, f"{LOGIN}?next={path}")
        assert client.post(path).status_code == 302


def test_without_the_slash(site: Client) -> None:
    for client in (site, Client()):
        answer = client.get("/admin")
        assert (answer.status_code, answer["Location"]) == (302, "/admin/")


@pytest.mark.parametrize("path", ["/admin/nothing/", "/admin/password_change/", "/admin/r/1/1/", "/admin/auth/group/"])
def test_what_is_not_there_is_not_there(site: Client, path: str) -> None:
    assert site.get(path).status_code == 404


def test_the_way_in_counts_as_a_write(settings: Any) -> None:
    cache.clear()
    settings.LIMITS = True
    settings.RATE_LIMITS = {"read": 100, "write": 3}
    statuses = [try_sign_in(Client(), "123456", password=str(time.time())).status_code for _ in range(4)]
    cache.clear()
    assert statuses == [200, 200, 200, 429]


def test_an_operator_is_nobody_in_a_makers_studio() -> None:
    make_member("owner@example.com")
    make_operator()
    assert api_of(operator(), second_factor=True).get("/studio/makers/alder").status_code == 404
