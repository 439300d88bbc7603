"""Sign-up and the proof of a mail address: who has one, who only says so, and who merely looks alike."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress

from config.subscriptions import LAST, REACTIONS
from shop.accounts.events import EmailVerified, SignedIn
from shop.accounts.models import User
from shop.events import services as events
from shop.mail.models import Mail
from tests.factories import PASSWORD, make_storefront, make_user
from tests.shop.accounts.sign_in import ADA, App, codes, flows, mail, mailed_key, mails

pytestmark = pytest.mark.django_db


@pytest.fixture
def told() -> Iterator[list[object]]:
    """What was published."""
    heard: list[object] = []
    events.subscribe({EmailVerified: [heard.append], SignedIn: [heard.append]}, {})
    yield heard
    events.subscribe(REACTIONS, LAST)


def test_from_sign_up_to_sign_in(told: list[object]) -> None:
    app = App()
    answer = app.sign_up()
    assert answer.status_code == 401
    assert flows(answer)["verify_email"] == {"id": "verify_email", "is_pending": True}
    assert mails() == ["verify_email"]
    assert App().sign_in().status_code == 401
    assert told == []

    key = mailed_key("verify_email")
    asked = app.get("auth/email/verify", X_Email_Verification_Key=key)
    assert asked.json()["data"]["email"] == ADA
    waiting = app.token
    answer = app.post("auth/email/verify", {"key": key})
    assert answer.status_code == 200
    user = User.objects.get()
    assert answer.json()["data"]["user"] == {
        "id": user.public_id, "display": ADA, "email": ADA, "has_usable_password": True,
    }  # fmt: skip
    assert told == [EmailVerified(user.pk, ADA), SignedIn(user.pk)]
    assert app.token != waiting
    assert App().sign_in().status_code == 200
    assert told[2:] == [SignedIn(user.pk)]


def test_verified_elsewhere_it_needs_a_sign_in(told: list[object]) -> None:
    """On another device nobody is signed in by a mailed key: whoever came by the mail would be."""
    App().sign_up()
    app = App()
    answer = app.post("auth/email/verify", {"key": mailed_key("verify_email")})
    assert (answer.status_code, app.token) == (401, "")
    assert told == [EmailVerified(User.objects.get().pk, ADA)]
    assert app.sign_in().status_code == 200


def test_a_key_is_good_once() -> None:
    App().sign_up()
    key = mailed_key("verify_email")
    App().post("auth/email/verify", {"key": key})
    again = App().post("auth/email/verify", {"key": key})
    assert (again.status_code, codes(again)) == (400, [("key", "invalid_or_expired_key")])


@pytest.mark.parametrize("key", ["", "MQ", "MQ:1vKx3d:fQ7", "../../", "MQ:1vKx3d:" + "x" * 5000, "ключ"])
def test_a_forged_key_proves_nothing(key: str) -> None:
    App().sign_up()
    assert App().post("auth/email/verify", {"key": key}).status_code == 400
    assert not EmailAddress.objects.get().verified


def test_who_lost_the_mail_gets_another_one() -> None:
    """By a sign-in, so whoever died between the sign-up and its mail is not locked out."""
    App().sign_up()
    Mail.objects.all().delete()
    assert App().sign_in().status_code == 401
    assert mails() == ["verify_email"]


def test_the_link_is_the_storefronts() -> None:
    window = make_storefront(
        origins=["https://alder.example"], link_templates={"verify": "https://alder.example/verify?key={key}"}
    )
    App(Benchpin_Key=window.publishable_key).sign_up()
    key = mailed_key("verify_email")
    link = next(word for word in mail("verify_email").text.split() if word.startswith("https://alder.example/verify"))
    assert parse_qs(urlsplit(link).query) == {"key": [key]}


# Nothing tells who is there


def test_a_taken_address_answers_like_a_free_one() -> None:
    make_user(ADA)
    taken, free = App(), App()
    answers = (
        taken.sign_up(ADA, "quite-another-passphrase"),
        free.sign_up("bob@example.com", "quite-another-passphrase"),
    )
    shapes = []
    for answer in answers:
        body = answer.json()
        body["meta"]["session_token"] = "..."
        shapes.append((answer.status_code, body, sorted(answer.headers)))
    assert shapes[0] == shapes[1]
    assert taken.get("auth/session").json() == free.get("auth/session").json()
    assert (mails(ADA), mails("bob@example.com")) == (["already_registered"], ["verify_email"])
    assert User.objects.get(email=ADA).check_password(PASSWORD)
    assert User.objects.count() == 2


def test_an_address_is_the_same_person_in_any_case() -> None:
    make_user(ADA)
    assert App().sign_up("ADA@Example.COM").status_code == 401
    assert App().sign_up(" ada@example.com ").status_code == 401
    assert User.objects.count() == 1
    assert mails() == ["already_registered", "already_registered"]
    assert App().sign_in("Ada@EXAMPLE.com").status_code == 200


def test_addresses_are_kept_in_lower_case() -> None:
    User.objects.create_user("Grace@Example.COM", PASSWORD)
    assert User.objects.get().email == "grace@example.com"
    App().sign_up("Bob@Example.COM")
    assert EmailAddress.objects.get().email == "bob@example.com"


@pytest.mark.parametrize(
    "email",
    [
        "аda@example.com",  # its first letter is Cyrillic
        "ada@exаmple.com",
        "ａda@example.com",  # full width
        "ada＠example.com",
        "ada@ｅxample.com",
        "a\u200bda@example.com",  # zero width
        "ada@exam\u200dple.com",
        "ada@example\u3002com",  # an ideographic full stop
        "àda@example.com",
        "ſara@example.com",
        '"ada"@example.com',
        '"ada lovelace"@example.com',
        "ada@[127.0.0.1]",
        "ada@localhost",
        "ada@example.com\r\nBcc: eve@example.com",
        "ada@example.com\nBcc: eve@example.com",
        "ada%0ABcc:eve@example.com\n",
        "ada@example.com, eve@example.com",
        "Ada <ada@example.com>",
        "ada@example.com\u2028",
        "ada\u0000@example.com",
        f"{'a' * 250}@example.com",
        "ada@",
        "@example.com",
        "",
        "   ",
    ],
)
def test_look_alikes_and_smuggled_headers_are_refused(email: str) -> None:
    make_user(ADA)
    answer = App().sign_up(email)
    assert answer.status_code in (400, 401)
    if answer.status_code == 401:
        # Trimmed it is the address itself.
        assert email.strip() == ADA
    else:
        assert {param for param, _ in codes(answer)} == {"email"}
    assert User.objects.count() == 1
    assert set(mails()) <= {"already_registered"}
    assert Mail.objects.exclude(to=ADA).count() == 0


@pytest.mark.parametrize("email", [["ada@example.com"], {"address": ADA}, 5, None, True])
def test_an_address_is_a_string(email: object) -> None:
    answer = App().post("auth/signup", {"email": email, "password": PASSWORD})
    assert (answer.status_code, User.objects.count()) == (400, 0)


@pytest.mark.parametrize("password", ["", "short", "password1", "12345678901"])
def test_weak_passwords_are_refused(password: str) -> None:
    answer = App().sign_up(password=password)
    assert answer.status_code == 400
    assert {param for param, _ in codes(answer)} == {"password"}
    assert User.objects.count() == 0


# Several addresses


def test_another_address_is_proven_before_it_counts(told: list[object]) -> None:
    user = make_user(ADA)
    app = App().signed_in()
    assert app.post("account/email", {"email": "lovelace@example.com"}).status_code == 200
    told.clear()
    assert app.patch("account/email", {"email": "lovelace@example.com", "primary": True}).status_code == 400
    app.post("auth/email/verify", {"key": mailed_key("verify_email", "lovelace@example.com")})
    assert told == [EmailVerified(user.pk, "lovelace@example.com")]
    assert app.patch("account/email", {"email": "lovelace@example.com", "primary": True}).status_code == 200
    user.refresh_from_db()
    assert user.email == "lovelace@example.com"
    assert mails()[-1] == "security_notice"


def test_another_persons_address_cannot_be_proven() -> None:
    make_user("bob@example.com")
    make_user(ADA)
    app = App().signed_in()
    assert app.post("account/email", {"email": "bob@example.com"}).status_code == 200
    answer = app.post("auth/email/verify", {"key": mailed_key("verify_email", "bob@example.com")})
    assert (answer.status_code, codes(answer)) == (400, [("key", "email_taken")])
    assert EmailAddress.objects.filter(email="bob@example.com", verified=True).count() == 1


def test_an_address_that_somebody_else_signed_up_with_cannot_become_the_first() -> None:
    App().sign_up("bob@example.com")
    user = make_user(ADA)
    app = App().signed_in()
    app.post("account/email", {"email": "bob@example.com"})
    app.post("auth/email/verify", {"key": mailed_key("verify_email", "bob@example.com")})
    answer = app.patch("account/email", {"email": "bob@example.com", "primary": True})
    assert (answer.status_code, answer.json()["code"]) == (409, "email_taken")
    user.refresh_from_db()
    assert (user.email, app.get("account/email").status_code) == (ADA, 200)


def test_only_who_signed_in_lately_changes_addresses() -> None:
    import time_machine

    make_user(ADA)
    with time_machine.travel("2026-03-02T12:00:00Z", tick=False) as clock:
        app = App().signed_in()
        clock.shift(600)
        answer = app.post("account/email", {"email": "lovelace@example.com"})
        assert (answer.status_code, "reauthenticate" in flows(answer)) == (401, True)
        assert EmailAddress.objects.count() == 1
        assert app.post("auth/reauthenticate", {"password": PASSWORD}).status_code == 200
        assert app.post("account/email", {"email": "lovelace@example.com"}).status_code == 200


# A mail that cannot be written undoes the sign-up


def test_without_its_mail_there_is_no_sign_up(settings: object) -> None:
    """Somebody who reacts fails: the account, the mail and the session are undone together."""
    App().sign_up()
    Mail.objects.all().delete()

    def fail(event: object) -> None:
        raise RuntimeError

    key = None
    App().sign_in()
    key = mailed_key("verify_email")
    events.subscribe({EmailVerified: [fail]}, {})
    try:
        with pytest.raises(RuntimeError):
            App().post("auth/email/verify", {"key": key})
    finally:
        events.subscribe(REACTIONS, LAST)
    assert not EmailAddress.objects.get().verified
    assert App().sign_in().status_code == 401
