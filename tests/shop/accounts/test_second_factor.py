"""The second factor: an authenticator app, recovery codes, and what neither of them may be talked into."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.conf import settings as configured
from django.core.cache import cache

from shop.accounts.models import User
from tests.api import Api
from tests.factories import PASSWORD, make_maker, make_member, make_user
from tests.shop.accounts.sign_in import ADA, App, codes, flows, mail, mailed_key, mails, totp

pytestmark = pytest.mark.django_db

NOW = "2026-03-02T12:00:00Z"
SECOND = "auth/2fa/authenticate"
TOTP = "account/authenticators/totp"
RECOVERY = "account/authenticators/recovery-codes"
A_STEP = timedelta(seconds=30)
NEW = "a-flush-setting-and-a-bezel"


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as travelling:
        yield travelling


@pytest.fixture
def ada() -> User:
    return make_user(ADA)


@pytest.fixture
def secret(clock: Any, ada: User) -> str:
    """Of Ada's authenticator app; its next code is another one than the one that set it up."""
    found = App().signed_in().set_up_totp()
    clock.shift(A_STEP)
    return found


def half_in() -> App:
    """Who has given the password and is asked for more."""
    app = App()
    answer = app.sign_in()
    assert answer.status_code == 401
    assert "mfa_authenticate" in flows(answer)
    return app


def is_in(app: App) -> bool:
    return Api(X_Session_Token=app.token).get("/studio/roles").status_code == 200


def recovery_codes(app: App) -> list[str]:
    answer = app.get(RECOVERY)
    assert answer.status_code == 200, answer.content
    return list(answer.json()["data"]["unused_codes"])


class TestAuthenticatorApp:
    def test_from_set_up_to_sign_in(self, clock: Any, ada: User) -> None:
        make_member(ADA, maker=make_maker(requires_second_factor=True))
        app = App().signed_in()
        found = app.get(TOTP)
        assert (found.status_code, found.json()["meta"]["totp_url"].startswith("otpauth://totp/")) == (404, True)
        secret = app.set_up_totp()
        # Setting one up is not showing it.
        assert Api(X_Session_Token=app.token).get("/studio/makers/alder").json()["code"] == "second_factor_required"

        clock.shift(A_STEP)
        app = half_in()
        waiting = app.token
        assert not is_in(app)
        answer = app.post(SECOND, {"code": totp(secret)})
        assert answer.status_code == 200
        assert [record["method"] for record in answer.json()["data"]["methods"]] == ["password", "mfa"]
        assert Api(X_Session_Token=app.token).get("/studio/makers/alder").status_code == 200
        assert app.token != waiting
        assert Api(X_Session_Token=waiting).get("/studio/roles").status_code == 401

    def test_the_secret_is_shown_only_while_it_is_set_up(self, secret: str) -> None:
        app = half_in()
        app.post(SECOND, {"code": totp(secret)})
        answer = app.get(TOTP)
        assert answer.status_code == 200
        assert secret not in answer.content.decode()
        assert secret not in app.get("account/authenticators").content.decode()

    @pytest.mark.parametrize("wrong", ["000000", "", "12345", "x" * 1000, "１２３４５６", "-1", "0x1"])
    def test_a_wrong_code(self, secret: str, wrong: str) -> None:
        app = half_in()
        assert app.post(SECOND, {"code": wrong}).status_code == 400
        assert not is_in(app)

    def test_codes_of_other_times_and_other_apps(self, clock: Any, secret: str) -> None:
        before = totp(secret)
        clock.shift(2 * A_STEP)
        app = half_in()
        assert codes(app.post(SECOND, {"code": before})) == [("code", "incorrect_code")]
        make_user("bob@example.com")
        bobs = App().signed_in("bob@example.com").set_up_totp()
        clock.shift(A_STEP)
        assert codes(app.post(SECOND, {"code": totp(bobs)})) == [("code", "incorrect_code")]
        assert not is_in(app)

    @pytest.mark.parametrize("other_process", [False, True], ids=["this process", "another process"])
    def test_a_code_is_good_once(self, secret: str, other_process: bool) -> None:
        """Who looked over the shoulder comes too late, whichever process answers them."""
        code = totp(secret)
        assert half_in().post(SECOND, {"code": code}).status_code == 200
        if other_process:
            cache.clear()
        late = half_in()
        assert codes(late.post(SECOND, {"code": code})) == [("code", "incorrect_code")]
        assert not is_in(late)

    def test_a_code_that_confirmed_something_signs_nobody_in(self, clock: Any, secret: str) -> None:
        app = half_in()
        assert app.post(SECOND, {"code": totp(secret)}).status_code == 200
        clock.shift(A_STEP)
        code = totp(secret)
        assert app.post("auth/2fa/reauthenticate", {"code": code}).status_code == 200
        cache.clear()
        assert half_in().post(SECOND, {"code": code}).status_code == 400
        assert app.post("auth/2fa/reauthenticate", {"code": code}).status_code == 400

    def test_without_the_password_there_is_nothing_to_add_to(self, secret: str) -> None:
        app = App()
        assert app.post(SECOND, {"code": totp(secret)}).status_code == 401
        app.post("auth/login", {"email": ADA, "password": "wrong"})
        assert app.post(SECOND, {"code": totp(secret)}).status_code == 401
        assert not is_in(app)

    def test_a_new_password_by_mail_does_not_replace_it(self, secret: str) -> None:
        App().post("auth/password/request", {"email": ADA})
        answer = App().post("auth/password/reset", {"key": mailed_key("password_reset"), "password": NEW})
        assert answer.status_code == 401
        app = App()
        assert flows(app.sign_in(password=NEW))["mfa_authenticate"]["is_pending"]
        assert not is_in(app)

    def test_setting_up_and_removing_need_to_be_confirmed(self, clock: Any, ada: User) -> None:
        app = App().signed_in()
        later = timedelta(seconds=configured.ACCOUNT_REAUTHENTICATION_TIMEOUT + 1)
        secret = str(app.get(TOTP).json()["meta"]["secret"])
        clock.shift(later)
        answer = app.post(TOTP, {"code": totp(secret)})
        assert (answer.status_code, Authenticator.objects.count()) == (401, 0)
        assert app.post("auth/reauthenticate", {"password": "wrong"}).status_code == 400
        assert app.post("auth/reauthenticate", {"password": PASSWORD}).status_code == 200
        assert app.post(TOTP, {"code": totp(secret)}).status_code == 200
        clock.shift(later)
        assert (app.delete(TOTP).status_code, Authenticator.objects.filter(type="totp").count()) == (401, 1)
        assert app.post("auth/2fa/reauthenticate", {"code": totp(secret)}).status_code == 200
        assert (app.delete(TOTP).status_code, Authenticator.objects.count()) == (200, 0)
        assert "authenticator app was removed" in mail("security_notice").text

    def test_a_secret_that_the_caller_brings_is_not_taken(self, ada: User) -> None:
        app = App().signed_in()
        app.get(TOTP)
        mine = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
        assert app.post(TOTP, {"code": totp(mine), "secret": mine}).status_code == 400
        assert not Authenticator.objects.exists()


class TestRecoveryCodes:
    @pytest.fixture
    def recovery(self, clock: Any, ada: User) -> list[str]:
        app = App().signed_in()
        app.set_up_totp()
        found = recovery_codes(app)
        clock.shift(A_STEP)
        return found

    def test_each_is_good_once(self, recovery: list[str]) -> None:
        assert len(set(recovery)) == 10
        first, second = recovery[:2]
        assert half_in().post(SECOND, {"code": first}).status_code == 200
        late = half_in()
        assert codes(late.post(SECOND, {"code": first})) == [("code", "incorrect_code")]
        assert not is_in(late)
        assert late.post(SECOND, {"code": second}).status_code == 200
        assert is_in(late)

    def test_they_are_shown_once(self, recovery: list[str]) -> None:
        app = half_in()
        app.post(SECOND, {"code": recovery[0]})
        answer = app.get(RECOVERY)
        assert answer.status_code == 200
        for code in recovery:
            assert code not in answer.content.decode()
        assert (answer.json()["data"]["total_code_count"], answer.json()["data"]["unused_code_count"]) == (10, 9)

    def test_new_ones_end_the_old_ones(self, recovery: list[str]) -> None:
        app = half_in()
        app.post(SECOND, {"code": recovery[0]})
        fresh = app.post(RECOVERY).json()["data"]["unused_codes"]
        assert not set(fresh) & set(recovery)
        assert half_in().post(SECOND, {"code": recovery[1]}).status_code == 400
        assert half_in().post(SECOND, {"code": fresh[0]}).status_code == 200

    def test_alone_they_are_none(self, ada: User) -> None:
        app = App().signed_in()
        assert app.post(RECOVERY).status_code == 400
        assert App().sign_in().status_code == 200

    def test_anothers_are_not_mine(self, recovery: list[str]) -> None:
        make_user("bob@example.com")
        app = App().signed_in("bob@example.com")
        app.set_up_totp()
        theirs = recovery_codes(app)
        assert half_in().post(SECOND, {"code": theirs[0]}).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_the_person_is_told() -> None:
    """allauth writes these two after the commit, which other tests never come to."""
    make_user(ADA)
    app = App().signed_in()
    app.set_up_totp()
    assert "authenticator app was set up" in mail("security_notice").text
    app.post(RECOVERY)
    assert "New recovery codes were made" in mail("security_notice").text
    assert mails() == ["security_notice"] * 2


class TestOperators:
    def test_a_used_code_opens_no_operators_site(self, clock: Any, secret: str, ada: User) -> None:
        """One memory for both doors."""
        User.objects.update(is_staff=True)
        code = totp(secret)
        assert half_in().post(SECOND, {"code": code}).status_code == 200
        cache.clear()
        client = Api().client
        form = {"email": ADA, "password": PASSWORD, "code": code}
        assert client.post("/admin/login/", form).status_code == 200
        assert client.get("/admin/").status_code == 302
        clock.shift(A_STEP)
        assert client.post("/admin/login/", form | {"code": totp(secret)}).status_code == 302
        assert client.get("/admin/").status_code == 200
