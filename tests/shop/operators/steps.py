"""Operators, and a browser that signs in as one by the form."""

import time

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.http import HttpResponse
from django.test import Client

from shop.accounts.models import User
from shop.operators.services import SecondFactor, create_operator
from tests.factories import PASSWORD

EMAIL = "operator@example.com"
LOGIN = "/admin/login/"


def make_operator(email: str = EMAIL) -> SecondFactor:
    """An operator with the password PASSWORD."""
    return create_operator(email=email, password=PASSWORD)


def operator(email: str = EMAIL) -> User:
    return User.objects.get(email=email)


def code_now(secret: str) -> str:
    """What the authenticator app shows; good until the next half minute begins, so the clock must be stopped."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def try_sign_in(
    client: Client, code: str, email: str = EMAIL, password: str = PASSWORD, path: str = LOGIN
) -> HttpResponse:
    return client.post(path, {"email": email, "password": password, "code": code})


def signed_in(email: str = EMAIL) -> Client:
    """A browser in which a new operator has signed in."""
    client = Client()
    answer = try_sign_in(client, make_operator(email).recovery_codes[0], email)
    assert answer.status_code == 302, answer.content
    return client


def is_let_in(client: Client) -> bool:
    answer = client.get("/admin/")
    assert answer.status_code in (200, 302)
    assert answer.status_code == 200 or answer["Location"] == f"{LOGIN}?next=/admin/"
    return answer.status_code == 200
