"""Passkeys: set up, signed in with, shown as the second factor; and those that are not to be believed."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings as configured
from django.http import HttpResponse

from shop.accounts.models import User
from tests.api import Api
from tests.factories import make_maker, make_member, make_storefront, make_user
from tests.shop.accounts.authenticator import SoftAuthenticator, coded, decoded
from tests.shop.accounts.sign_in import ADA, App, codes, flows, mail, mails

pytestmark = pytest.mark.django_db

KEYS = "account/authenticators/webauthn"
SIGN_IN = "auth/webauthn/login"
SECOND = "auth/2fa/authenticate"


@pytest.fixture
def ada() -> User:
    return make_user(ADA)


def set_up(app: App, device: SoftAuthenticator, *, passwordless: bool = True) -> HttpResponse:
    options = app.get(f"{KEYS}?passwordless" if passwordless else KEYS).json()["data"]["creation_options"]
    return app.post(KEYS, {"name": "Phone", "credential": device.create(options)})


def with_passkey(app: App, device: SoftAuthenticator | None = None, **values: Any) -> SoftAuthenticator:
    device = device or SoftAuthenticator()
    answer = set_up(app, device, **values)
    assert answer.status_code == 200, answer.content
    return device


def challenge(app: App, path: str = SIGN_IN) -> dict[str, Any]:
    answer = app.get(path)
    assert answer.status_code == 200, answer.content
    return dict(answer.json()["data"]["request_options"])


def by_passkey(app: App, device: SoftAuthenticator, path: str = SIGN_IN) -> HttpResponse:
    return app.post(path, {"credential": device.get(challenge(app, path))})


def opens_our_doors(app: App) -> bool:
    return Api(X_Session_Token=app.token).get("/studio/roles").status_code == 200


def test_set_up_listed_renamed_and_removed(ada: User) -> None:
    app = App().signed_in()
    with_passkey(app)
    # In no order that could be told.
    of_type = {one["type"]: one for one in app.get("account/authenticators").json()["data"]}
    assert of_type.keys() == {"webauthn", "recovery_codes"}
    key = of_type["webauthn"]
    assert (key["type"], key["name"], key["is_passwordless"]) == ("webauthn", "Phone", True)
    assert app.put(KEYS, {"id": key["id"], "name": "Old phone"}).json()["data"]["name"] == "Old phone"
    assert app.delete(KEYS, {"authenticators": [key["id"]]}).status_code == 200
    # Recovery codes stand in for what is gone now.
    assert app.get("account/authenticators").json()["data"] == []
    assert mails() == ["security_notice"] * 2
    assert "passkey or security key was removed" in mail("security_notice").text


def test_it_signs_in_alone_and_counts_as_the_second_factor(ada: User) -> None:
    make_member(ADA, maker=make_maker(requires_second_factor=True))
    device = with_passkey(App().signed_in())
    app = App()
    assert by_passkey(app, device).status_code == 200
    assert app.get("auth/session").json()["data"]["user"]["id"] == ada.public_id
    assert Api(X_Session_Token=app.token).get("/studio/makers/alder").status_code == 200


def test_after_the_password_it_is_the_second_factor(ada: User) -> None:
    make_member(ADA, maker=make_maker(requires_second_factor=True))
    device = with_passkey(App().signed_in(), passwordless=False)
    app = App()
    answer = app.sign_in()
    assert (answer.status_code, flows(answer)["mfa_authenticate"]["types"]) == (401, ["recovery_codes", "webauthn"])
    assert not opens_our_doors(app)
    waiting = app.token
    assert by_passkey(app, device, "auth/webauthn/authenticate").status_code == 200
    assert Api(X_Session_Token=app.token).get("/studio/makers/alder").status_code == 200
    assert app.token != waiting
    assert Api(X_Session_Token=waiting).get("/studio/roles").status_code == 401


def test_it_confirms_that_it_is_you(ada: User) -> None:
    with time_machine.travel("2026-03-02T12:00:00Z", tick=False) as clock:
        app = App().signed_in()
        device = with_passkey(app)
        clock.shift(timedelta(seconds=configured.ACCOUNT_REAUTHENTICATION_TIMEOUT + 1))
        answer = app.get(KEYS)
        assert (answer.status_code, set(flows(answer))) == (401, {"mfa_reauthenticate", "reauthenticate"})
        export = Api(X_Session_Token=app.token).get("/store/customer/export")
        assert (export.status_code, export.json()["code"]) == (403, "confirmation_required")
        assert by_passkey(app, device, "auth/webauthn/reauthenticate").status_code == 200
        assert app.get(KEYS).status_code == 200
        assert Api(X_Session_Token=app.token).get("/store/customer/export").status_code == 200


def test_it_lives_at_the_storefront_that_asks(ada: User) -> None:
    shop = "https://alder.example"
    window = make_storefront(origins=[shop])
    headers = {"Benchpin_Key": window.publishable_key, "Origin": shop}
    device = with_passkey(App(**headers).signed_in(), SoftAuthenticator(origin=shop))
    app = App(**headers)
    assert challenge(app)["publicKey"]["rpId"] == "alder.example"
    assert by_passkey(app, device).status_code == 200
    # A page that the storefront does not list has no passkeys of its own.
    elsewhere = App(Benchpin_Key=window.publishable_key, Origin="https://evil.example")
    assert challenge(elsewhere)["publicKey"]["rpId"] == "localhost"
    device.origin = "https://evil.example"
    assert by_passkey(elsewhere, device).status_code == 400


class TestDisbelieved:
    """Nobody is signed in, and the answer is the same whatever was wrong."""

    @pytest.fixture
    def device(self, ada: User) -> SoftAuthenticator:
        return with_passkey(App().signed_in())

    def check_refused(self, app: App, answer: HttpResponse) -> None:
        assert (answer.status_code, codes(answer)) == (400, [("credential", "incorrect_code")])
        assert not opens_our_doors(app)

    def test_a_challenge_is_good_once(self, device: SoftAuthenticator) -> None:
        app = App()
        signed = device.get(challenge(app))
        kept = app.token
        assert app.post(SIGN_IN, {"credential": signed}).status_code == 200
        for token in ("", kept):
            again = App()
            again.token = token
            assert again.post(SIGN_IN, {"credential": signed}).status_code in (400, 410)
            assert not opens_our_doors(again)

    def test_a_challenge_is_whose_it_was_given_to(self, device: SoftAuthenticator) -> None:
        """What another page got signed opens nothing here."""
        signed = device.get(challenge(App()))
        app = App()
        self.check_refused(app, app.post(SIGN_IN, {"credential": signed}))
        challenge(app)
        self.check_refused(app, app.post(SIGN_IN, {"credential": signed}))

    @pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost.evil.example", "https://localhos"])
    def test_another_pages_answer(self, device: SoftAuthenticator, origin: str) -> None:
        device.origin, app = origin, App()
        self.check_refused(app, by_passkey(app, device))

    def test_another_key(self, device: SoftAuthenticator) -> None:
        forger, app = SoftAuthenticator(), App()
        forger.credential_id, forger.user_handle = device.credential_id, device.user_handle
        self.check_refused(app, by_passkey(app, forger))

    def test_a_changed_answer(self, device: SoftAuthenticator) -> None:
        app = App()
        signed = device.get(challenge(app))
        data = bytearray(decoded(signed["response"]["authenticatorData"]))
        data[-1] ^= 1
        signed["response"]["authenticatorData"] = coded(bytes(data))
        self.check_refused(app, app.post(SIGN_IN, {"credential": signed}))

    def test_without_its_owner_verified_it_is_no_passkey(self, ada: User) -> None:
        """A key that anybody who finds it can touch stands in for no password."""
        device = with_passkey(App().signed_in(), SoftAuthenticator(verifies=False), passwordless=False)
        app = App()
        self.check_refused(app, by_passkey(app, device))

    def test_one_persons_key_under_anothers_name(self, device: SoftAuthenticator) -> None:
        make_user("bob@example.com")
        bobs = with_passkey(App().signed_in("bob@example.com"))
        bobs.user_handle, app = device.user_handle, App()
        self.check_refused(app, by_passkey(app, bobs))

    def test_a_strangers_key_is_no_second_factor_of_mine(self, device: SoftAuthenticator) -> None:
        make_user("bob@example.com")
        bobs = with_passkey(App().signed_in("bob@example.com"))
        app = App()
        app.sign_in()
        self.check_refused(app, by_passkey(app, bobs, "auth/webauthn/authenticate"))

    def test_one_that_was_removed(self, device: SoftAuthenticator) -> None:
        Authenticator.objects.all().delete()
        app = App()
        self.check_refused(app, by_passkey(app, device))


def test_another_persons_key_cannot_be_renamed_or_removed(ada: User) -> None:
    make_user("bob@example.com")
    with_passkey(App().signed_in())
    key = Authenticator.objects.get(type="webauthn")
    bob = App().signed_in("bob@example.com")
    assert bob.put(KEYS, {"id": key.pk, "name": "Mine"}).status_code == 400
    assert bob.delete(KEYS, {"authenticators": [key.pk]}).status_code == 400
    key.refresh_from_db()
    assert key.wrap().name == "Phone"


def test_who_has_been_shut_out_signs_in_by_no_passkey(ada: User) -> None:
    device = with_passkey(App().signed_in())
    User.objects.update(is_active=False)
    app = App()
    assert by_passkey(app, device).status_code == 401
    assert not opens_our_doors(app)


def test_a_passkey_of_somebody_else_is_no_second_factor_of_the_session(ada: User) -> None:
    """It was shown in this very session, by another person, whose sign-in still waits for something."""
    make_user("bob@example.com")
    make_member(ADA, maker=make_maker(requires_second_factor=True))
    bobs = with_passkey(App().signed_in("bob@example.com"))
    EmailAddress.objects.filter(email="bob@example.com").update(verified=False)
    with time_machine.travel("2026-03-02T12:00:00Z", tick=False) as clock:
        app = App().signed_in()
        clock.shift(timedelta(seconds=configured.ACCOUNT_REAUTHENTICATION_TIMEOUT + 1))
        by_passkey(app, bobs)
        ours = Api(X_Session_Token=app.token)
        assert ours.get("/studio/roles").status_code == 200
        assert ours.get("/studio/makers/alder").json()["code"] == "second_factor_required"
        assert ours.get("/store/customer/export").json()["code"] == "confirmation_required"
