"""Guessing at scale: passwords, codes, keys. Slowed down with a word on how long, and nobody learns who is there."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.http import HttpResponse

from config.settings.base import PASSKEY_LIMITS, SIGN_IN_LIMITS
from shop.accounts.models import User
from shop.mail.models import Mail
from tests.api import Api
from tests.factories import make_user
from tests.shop.accounts.authenticator import SoftAuthenticator
from tests.shop.accounts.sign_in import ADA, App, mailed_key, totp
from tests.shop.accounts.test_passkeys import challenge, with_passkey

pytestmark = pytest.mark.django_db

BOB = "bob@example.com"
FIVE_MINUTES = 300


@pytest.fixture(autouse=True)
def clock(settings: Any) -> Iterator[Any]:
    """The limits as they are when nobody has lifted them, and a proxy that tells one caller from another."""
    settings.ACCOUNT_RATE_LIMITS, settings.MFA_RATE_LIMITS = SIGN_IN_LIMITS, PASSKEY_LIMITS
    settings.TRUSTED_PROXIES = 1
    cache.clear()
    with time_machine.travel("2026-03-02T12:00:00Z", tick=False) as travelling:
        yield travelling
    cache.clear()


@pytest.fixture
def ada() -> User:
    return make_user(ADA)


def at(address: str) -> App:
    return App(X_Forwarded_For=address)


def elsewhere() -> Iterator[App]:
    """Each time from another address."""
    return (at(f"198.51.{number // 250}.{number % 250 + 1}") for number in range(10_000))


def told_to_wait(answer: HttpResponse) -> int:
    """The seconds; 0 for who is not told to wait."""
    if answer.status_code != 429:
        return 0
    assert (answer["Content-Type"], answer.json()["code"]) == ("application/problem+json", "rate_limited")
    assert int(answer["Retry-After"]) > 0
    return int(answer["Retry-After"])


def tries_until_told(attempt: Any, limit: int = 60) -> tuple[int, int]:
    """How many got through, and how long the next one was told to wait."""
    for number in range(limit):
        if seconds := told_to_wait(attempt()):
            return number, seconds
    return limit, 0


class TestPasswords:
    def test_one_persons_from_everywhere(self, ada: User, clock: Any) -> None:
        """Five in five minutes, however many addresses they come from; then the right one does not get in either."""
        apps = elsewhere()
        assert tries_until_told(lambda: next(apps).sign_in(password="wrong")) == (5, FIVE_MINUTES)
        assert told_to_wait(next(apps).sign_in()) == FIVE_MINUTES
        clock.shift(timedelta(seconds=FIVE_MINUTES + 1))
        assert next(apps).sign_in().status_code == 200

    def test_the_same_for_nobody(self, ada: User) -> None:
        """Neither the answers nor the limit tell who is there."""
        apps = elsewhere()
        answers = {}
        for email in (ADA, "nobody@example.com"):
            answers[email] = [next(apps).sign_in(email, "wrong") for _ in range(7)]
        known, unknown = answers.values()
        assert [told(answer) for answer in known] == [told(answer) for answer in unknown]

    def test_in_another_spelling_it_is_the_same_person(self, ada: User) -> None:
        apps = elsewhere()
        spellings = iter(
            [ADA, "ADA@example.com", "Ada@Example.com", " ada@example.com", "aDa@example.com", ADA.upper()]
        )
        assert tries_until_told(lambda: next(apps).sign_in(next(spellings), "wrong"))[0] == 5

    def test_everybodys_from_one_address(self, ada: User) -> None:
        """One common password tried on everybody."""
        people = (f"person{number}@example.com" for number in range(1000))
        tried, seconds = tries_until_told(lambda: at("203.0.113.7").sign_in(next(people), "Password123"))
        assert (tried, seconds) == (20, FIVE_MINUTES)
        assert at("203.0.113.8").sign_in().status_code == 200

    def test_a_whole_network_is_one_address(self, ada: User) -> None:
        people = (f"person{number}@example.com" for number in range(1000))
        hosts = (f"2001:db8:1:2::{number:x}" for number in range(1, 1000))
        assert tries_until_told(lambda: at(next(hosts)).sign_in(next(people), "Password123"))[0] == 20
        assert told_to_wait(at("2001:db8:1:3::1").sign_in()) == 0

    def test_a_made_up_forwarded_address_is_the_same_caller(self, ada: User) -> None:
        """What is left of the proxy's own word is the caller's."""
        people = (f"person{number}@example.com" for number in range(1000))
        chains = (f"10.0.0.{number}, 203.0.113.7" for number in range(1, 200))
        assert tries_until_told(lambda: at(next(chains)).sign_in(next(people), "Password123"))[0] == 20

    def test_success_wipes_nobody_elses_slate(self, ada: User) -> None:
        """A guesser who signs in as themselves in between gains nothing."""
        make_user(BOB)
        apps = elsewhere()

        def attempt() -> HttpResponse:
            assert next(apps).sign_in(BOB).status_code == 200
            return next(apps).sign_in(password="wrong")

        assert tries_until_told(attempt)[0] == 5

    def test_the_old_one_at_the_change(self, ada: User) -> None:
        app = App(X_Forwarded_For="203.0.113.7").signed_in()
        body = {"current_password": "wrong", "new_password": "a-flush-setting-and-a-bezel"}
        assert tries_until_told(lambda: app.post("account/password/change", body)) == (5, 60)

    def test_it_again_to_confirm(self, ada: User) -> None:
        app = App(X_Forwarded_For="203.0.113.7").signed_in()
        assert tries_until_told(lambda: app.post("auth/reauthenticate", {"password": "wrong"}))[0] <= 10


class TestSecondFactors:
    @pytest.mark.parametrize("path", ["auth/2fa/authenticate"])
    def test_codes_from_everywhere(self, ada: User, clock: Any, path: str) -> None:
        secret = at("203.0.113.7").signed_in().set_up_totp()
        clock.shift(timedelta(seconds=30))
        apps = elsewhere()

        def attempt(code: str = "000000") -> HttpResponse:
            app = next(apps)
            assert app.sign_in().status_code == 401
            return app.post(path, {"code": code})

        assert tries_until_told(attempt) == (5, FIVE_MINUTES)
        assert told_to_wait(attempt(totp(secret))) == FIVE_MINUTES
        clock.shift(timedelta(seconds=FIVE_MINUTES + 1))
        assert attempt(totp(secret)).status_code == 200

    def test_codes_to_confirm(self, ada: User) -> None:
        app = at("203.0.113.7").signed_in()
        app.set_up_totp()
        assert tries_until_told(lambda: app.post("auth/2fa/reauthenticate", {"code": "000000"}))[0] == 5

    def test_passkeys(self, ada: User) -> None:
        with_passkey(at("203.0.113.7").signed_in())
        app, forged = at("198.51.100.9"), SoftAuthenticator()
        forged.user_handle = "MQ"
        signed = forged.get(challenge(app))
        assert tries_until_told(lambda: app.post("auth/webauthn/login", {"credential": signed})) == (10, 60)


class TestMails:
    """Nobody is flooded, and the keys in mails are beyond guessing."""

    def test_resets_to_one_address(self, ada: User) -> None:
        apps = elsewhere()
        body = {"email": ADA}
        assert tries_until_told(lambda: next(apps).post("auth/password/request", body)) == (5, 3600)
        assert Mail.objects.count() == 5
        nobody = {"email": "nobody@example.com"}
        assert tries_until_told(lambda: next(apps).post("auth/password/request", nobody)) == (5, 3600)
        assert Mail.objects.count() == 5

    def test_resets_from_one_address(self, ada: User) -> None:
        people = (f"person{number}@example.com" for number in range(1000))
        app = at("203.0.113.7")
        assert tries_until_told(lambda: app.post("auth/password/request", {"email": next(people)})) == (30, 3600)

    def test_sign_ups_from_one_address(self) -> None:
        people = (f"person{number}@example.com" for number in range(1000))
        assert tries_until_told(lambda: at("203.0.113.7").sign_up(next(people))) == (30, 3600)
        assert User.objects.count() == 30

    def test_keys_to_reset(self, ada: User) -> None:
        at("203.0.113.7").post("auth/password/request", {"email": ADA})
        uid = mailed_key("password_reset").partition("-")[0]
        body = {"key": f"{uid}-d3adbe-{'0' * 32}", "password": "a-flush-setting-and-a-bezel"}
        assert tries_until_told(lambda: at("203.0.113.7").post("auth/password/reset", body)) == (20, 60)


def test_a_word_on_how_long_and_no_more(ada: User) -> None:
    app = at("203.0.113.7")
    answers = [app.sign_in(password="wrong") for _ in range(6)]
    assert ADA not in answers[-1].content.decode()
    assert (answers[-1]["Cache-Control"], answers[-1].json()["errors"]) == ("private, no-store", [])


def test_our_doors_stay_open(ada: User) -> None:
    """Who guesses a person's password does not sign that person out."""
    signed_in = at("203.0.113.7").signed_in()
    apps = elsewhere()
    tries_until_told(lambda: next(apps).sign_in(password="wrong"))
    assert Api(X_Session_Token=signed_in.token).get("/studio/roles").status_code == 200


def told(answer: HttpResponse) -> tuple[int, object]:
    return answer.status_code, {name: value for name, value in answer.json().items() if name != "request_id"}
