"""Sign-in by an account elsewhere: only where it is set up, and only on that provider's own word."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import jwt
import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers import registry
from allauth.socialaccount.providers.google import views as google_views
from allauth.socialaccount.providers.google.provider import GoogleProvider
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from django.http import HttpResponse

from config.database import BASE_DIR
from shop.accounts.models import User
from tests.api import Api
from tests.factories import make_user
from tests.shop.accounts.sign_in import ADA, App, flows, mails

pytestmark = pytest.mark.django_db

CLIENT = "benchpin.apps.example"
TOKEN = "auth/provider/token"


class Google:
    """The provider as far as we ask it: its certificates over HTTP, and the tokens that it signs."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(65537, 2048)
        self.certificate = certificate(self.key)
        provider = self

        class Certificates(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(json.dumps({"one": provider.certificate}).encode())

            def log_message(self, *words: Any) -> None:
                """Quietly."""

        self.server = HTTPServer(("127.0.0.1", 0), Certificates)
        self.url = f"http://127.0.0.1:{self.server.server_port}/certs"
        Thread(target=self.server.serve_forever, daemon=True).start()

    def token(self, *, key: Any = None, algorithm: str = "RS256", **claims: Any) -> str:
        """An id token for Ada, as her browser would be given it, but for the claims that are given."""
        said = {
            "iss": "https://accounts.google.com", "aud": CLIENT, "sub": "1001", "email": ADA, "email_verified": True,
            "iat": int(time.time()), "exp": int(time.time()) + 600,
        } | claims  # fmt: skip
        return jwt.encode(said, self.key if key is None else key, algorithm, headers={"kid": "one"})


def certificate(key: rsa.RSAPrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tests")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    )  # fmt: skip
    return made.sign(key, SHA256()).public_bytes(Encoding.PEM).decode()


@pytest.fixture(scope="module")
def provider() -> Iterator[Google]:
    google = Google()
    yield google
    google.server.shutdown()


@pytest.fixture
def google(provider: Google, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Google:
    """Set up, as GOOGLE_CLIENT_ID does it at the start."""
    settings.SOCIALACCOUNT_PROVIDERS = {"google": {"APPS": [{"client_id": CLIENT, "secret": "s"}]}}
    monkeypatch.setitem(registry.provider_map, "google", GoogleProvider)
    monkeypatch.setattr(google_views, "CERTS_URL", provider.url)
    return provider


def by_google(app: App, token: str, process: str = "login") -> HttpResponse:
    return app.post(
        TOKEN, {"provider": "google", "process": process, "token": {"client_id": CLIENT, "id_token": token}}
    )


def is_in(app: App) -> bool:
    return Api(X_Session_Token=app.token).get("/studio/roles").status_code == 200


def test_without_it_there_is_none(provider: Google) -> None:
    assert App().get("config").json()["data"]["socialaccount"]["providers"] == []
    assert by_google(App(), provider.token()).status_code == 400
    assert not User.objects.exists()


@pytest.mark.parametrize(("client_id", "apps"), [("", []), (CLIENT, [CLIENT])])
def test_the_environment_sets_it_up(client_id: str, apps: list[str]) -> None:
    script = (
        "import config.settings.test as s, json;"
        "print(json.dumps([a['client_id'] for a in getattr(s, 'SOCIALACCOUNT_PROVIDERS', {}).get('google', {})"
        ".get('APPS', [])] if any('google' in app for app in s.INSTALLED_APPS) else []))"
    )
    environment = os.environ | {"GOOGLE_CLIENT_ID": client_id}
    told = subprocess.run(
        [sys.executable, "-c", script], env=environment, cwd=BASE_DIR, capture_output=True, check=True, text=True
    )
    assert json.loads(told.stdout) == apps


def test_signed_up_and_signed_in_again(google: Google) -> None:
    app = App()
    assert by_google(app, google.token()).status_code == 200
    assert is_in(app)
    assert EmailAddress.objects.get().verified
    again = App()
    assert by_google(again, google.token(email="countess@example.com")).status_code == 200
    assert again.get("auth/session").json()["data"]["user"]["id"] == User.objects.get().public_id


def test_an_address_that_the_provider_has_not_verified_is_verified_here(google: Google) -> None:
    app = App()
    answer = by_google(app, google.token(email_verified=False))
    assert (answer.status_code, is_in(app)) == (401, False)
    assert mails() == ["verify_email"]


@pytest.mark.parametrize("verified", [True, False])
def test_it_takes_over_no_account_that_is_there(google: Google, verified: bool) -> None:
    """Who controls an address elsewhere is not by that the person who signed up with it here."""
    ada = make_user(ADA)
    app = App()
    answer = by_google(app, google.token(email_verified=verified))
    assert (answer.status_code, is_in(app)) == (401, False)
    assert not SocialAccount.objects.filter(user=ada).exists()
    assert User.objects.count() == 1


@pytest.mark.parametrize("email", ["аda@example.com", "ada@exаmple.com", "ada@example.com\u200b"])
def test_look_alikes_are_asked_for_another_address(google: Google, email: str) -> None:
    make_user(ADA)
    app = App()
    answer = by_google(app, google.token(email=email))
    assert (answer.status_code, is_in(app)) == (401, False)
    assert "provider_signup" in flows(answer)
    assert User.objects.count() == 1


FORGED: dict[str, dict[str, Any]] = {
    "for another shop": {"aud": "other.apps.example"},
    "of another provider": {"iss": "https://evil.example"},
    "expired": {"exp": 1_000_000_000},
    "signed by somebody else": {"key": rsa.generate_private_key(65537, 2048)},
    "not signed": {"key": "", "algorithm": "none"},
    "signed by a word": {"key": "x" * 64, "algorithm": "HS256"},
}


@pytest.mark.parametrize("forgery", FORGED)
def test_forged_tokens(google: Google, forgery: str) -> None:
    app = App()
    assert by_google(app, google.token(**FORGED[forgery])).status_code == 400
    assert not is_in(app)
    assert not User.objects.exists()


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é", "\0", "x" * 100_000])
def test_what_is_no_token(google: Google, token: str) -> None:
    assert by_google(App(), token).status_code == 400


def test_connected_listed_and_disconnected(google: Google) -> None:
    make_user(ADA)
    app = App().signed_in()
    assert by_google(app, google.token(email="elsewhere@example.com"), "connect").status_code == 200
    [account] = app.get("account/providers").json()["data"]
    assert (account["provider"]["id"], account["uid"]) == ("google", "1001")
    assert by_google(App(), google.token()).status_code == 200
    make_user("bob@example.com")
    bob = App().signed_in("bob@example.com")
    body = {"provider": "google", "account": "1001"}
    assert bob.delete("account/providers", body).status_code == 400
    assert by_google(bob, google.token(), "connect").status_code == 400
    assert app.delete("account/providers", body).status_code == 200
    assert not SocialAccount.objects.exists()
    assert set(mails()) == {"security_notice"}


def test_the_second_factor_is_asked_for(google: Google) -> None:
    make_user(ADA)
    app = App().signed_in()
    by_google(app, google.token(), "connect")
    app.set_up_totp()
    other = App()
    answer = by_google(other, google.token())
    assert (answer.status_code, is_in(other)) == (401, False)
    assert "mfa_authenticate" in flows(answer)
