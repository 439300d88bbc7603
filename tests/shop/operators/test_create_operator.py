"""`manage.py create_operator`: the one way to the first operator."""

import io
import re
import sys
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.test import Client

from shop.accounts.models import User
from shop.audit.models import AuditEntry
from tests.factories import PASSWORD, make_user
from tests.scene import snapshot
from tests.shop.operators.steps import EMAIL, code_now, is_let_in, make_operator, operator, signed_in, try_sign_in

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    said = io.StringIO()
    call_command("create_operator", *arguments, stdout=said)
    return said.getvalue()


def shown(said: str) -> tuple[str, list[str]]:
    """The secret for the app, and the recovery codes."""
    [uri] = re.findall(r"otpauth://\S+", said)
    parts = urlsplit(uri)
    assert parts.path == "/operator%40example.com"
    query = parse_qs(parts.query)
    assert query["issuer"] == ["Benchpin"]
    return query["secret"][0], re.findall(r"^  (\d+)$", said, re.MULTILINE)


def password_in(said: str) -> str:
    return re.findall(r"^Password: (\S+)$", said, re.MULTILINE)[0]


@pytest.mark.usefixtures("stopped_clock")
def test_what_it_prints_opens_the_door() -> None:
    said = run(EMAIL, "--generate-password")
    secret, codes = shown(said)
    assert len(codes) == len(set(codes)) == 10
    for code in (code_now(secret), *codes):
        assert try_sign_in(Client(), code, password=password_in(said)).status_code == 302
    user = operator()
    assert (user.is_staff, user.is_superuser) == (True, False)
    assert EmailAddress.objects.get(user=user).verified
    entry = AuditEntry.objects.get(action="operator.created")
    assert (entry.actor, entry.object) == ("system", user.public_id)


def test_a_password_is_asked_for_until_it_is_good(monkeypatch: pytest.MonkeyPatch) -> None:
    given = iter(["short", PASSWORD, "another", PASSWORD, PASSWORD])
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(given))
    monkeypatch.setattr(sys, "stdin", Terminal())
    said = run(EMAIL)
    assert PASSWORD not in said
    assert try_sign_in(Client(), shown(said)[1][0]).status_code == 302


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_codes_are_not_shown_again() -> None:
    client = Client()
    said = run(EMAIL, "--generate-password")
    try_sign_in(client, shown(said)[1][0], password=password_in(said))
    answer = client.get("/v1/auth/browser/v1/account/authenticators/recovery-codes")
    assert not [code for code in shown(said)[1] if code in answer.text]


def test_somebody_with_an_account_becomes_one() -> None:
    user = make_user(EMAIL)
    before = user.password
    run(EMAIL.upper(), "--generate-password")
    user.refresh_from_db()
    assert user.is_staff
    assert user.password != before


def test_not_before_they_have_shown_that_the_address_is_theirs() -> None:
    """Somebody else may have signed up with it, whose further addresses would stay."""
    EmailAddress.objects.filter(user=make_user(EMAIL)).update(verified=False)
    before = snapshot()
    with pytest.raises(CommandError, match="not opened the link"):
        run(EMAIL, "--generate-password")
    assert snapshot() == before


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nobody"], "no mail address"),
        ([EMAIL, "--generate-password"], "an operator already"),
        (["shopper@example.com", "--reset-second-factor"], "is no operator"),
        (["nobody@example.com", "--reset-second-factor"], "is no operator"),
    ],
)
def test_what_it_refuses(arguments: list[str], told: str) -> None:
    make_operator()
    make_user("shopper@example.com")
    before = snapshot()
    with pytest.raises(CommandError, match=told):
        run(*arguments)
    assert snapshot() == before


@pytest.mark.usefixtures("stopped_clock")
def test_a_second_factor_that_is_lost() -> None:
    old = make_operator()
    client = Client()
    try_sign_in(client, old.recovery_codes[0])
    Authenticator.objects.create(user=operator(), type="webauthn", data={})
    secret, codes = shown(run(EMAIL, "--reset-second-factor"))
    assert not is_let_in(client)
    assert set(operator().authenticator_set.values_list("type", flat=True)) == {"totp", "recovery_codes"}
    for code in (code_now(old.secret), old.recovery_codes[1]):
        assert try_sign_in(Client(), code).status_code == 200
    for code in (code_now(secret), codes[0]):
        assert try_sign_in(Client(), code).status_code == 302, "with the password as it was"
    assert AuditEntry.objects.filter(action="operator.second_factor_reset", actor="system").count() == 1


def test_others_keep_theirs() -> None:
    client = signed_in("other@example.com")
    make_operator()
    run(EMAIL, "--reset-second-factor")
    assert is_let_in(client)
    assert User.objects.filter(is_staff=True).count() == 2
