"""Somebody at /v1/auth: an app that keeps the session token, as a storefront does. Answers must fit the document."""

import re
import time
from typing import Any

import jsonschema
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.http import HttpResponse
from jsonschema.exceptions import best_match

from shop.mail.models import Mail
from tests import openapi
from tests.api import Api
from tests.factories import PASSWORD

Json = dict[str, Any]
ADA = "ada@example.com"


class App:
    """`app.post("auth/login", {...})`; the token of an answer goes with the next request."""

    def __init__(self, **headers: str) -> None:
        self.api = Api(**headers)
        self.token = ""

    def get(self, path: str, **headers: str) -> HttpResponse:
        return self.send("get", path, None, **headers)

    def post(self, path: str, body: Json | None = None, **headers: str) -> HttpResponse:
        return self.send("post", path, body, **headers)

    def patch(self, path: str, body: Json | None = None) -> HttpResponse:
        return self.send("patch", path, body)

    def put(self, path: str, body: Json | None = None) -> HttpResponse:
        return self.send("put", path, body)

    def delete(self, path: str, body: Json | None = None) -> HttpResponse:
        return self.send("delete", path, body)

    def send(self, method: str, path: str, body: Json | None, **headers: str) -> HttpResponse:
        if self.token:
            headers.setdefault("X_Session_Token", self.token)
        answer = self.api._send(method, f"/auth/app/v1/{path}", body, headers)
        check_as_documented(method, f"/v1/auth/app/v1/{path.partition('?')[0]}", answer)
        if answer["Content-Type"] == "application/json":
            self.token = (answer.json().get("meta") or {}).get("session_token", self.token)
        return answer

    # The steps

    def sign_up(self, email: str = ADA, password: str = PASSWORD, **headers: str) -> HttpResponse:
        return self.post("auth/signup", {"email": email, "password": password}, **headers)

    def sign_in(self, email: str = ADA, password: str = PASSWORD) -> HttpResponse:
        return self.post("auth/login", {"email": email, "password": password})

    def signed_in(self, email: str = ADA, password: str = PASSWORD) -> "App":
        answer = self.sign_in(email, password)
        assert answer.status_code == 200, answer.content
        return self

    def set_up_totp(self) -> str:
        """The secret of an authenticator app that is the second factor from now on."""
        secret = str(self.get("account/authenticators/totp").json()["meta"]["secret"])
        answer = self.post("account/authenticators/totp", {"code": totp(secret)})
        assert answer.status_code == 200, answer.content
        return secret


def check_as_documented(method: str, path: str, answer: HttpResponse) -> None:
    operation = openapi.document()["paths"][path][method]
    documented = operation["responses"].get(str(answer.status_code))
    assert documented, f"{method} {path} answered {answer.status_code}: {answer.content!r}"
    schema = documented["content"][answer["Content-Type"]]["schema"]
    whole = {**schema, "components": openapi.document()["components"]}
    error = best_match(jsonschema.Draft202012Validator(whole).iter_errors(answer.json()))
    assert error is None, f"{method} {path} {answer.status_code}: {error.message} at {error.json_path}"


def totp(secret: str) -> str:
    """What the authenticator app shows now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def flows(answer: HttpResponse) -> dict[str, Json]:
    return {flow["id"]: flow for flow in answer.json()["data"]["flows"]}


def codes(answer: HttpResponse) -> list[tuple[str, str]]:
    """The errors of an answer of allauth's: field and code."""
    return [(error.get("param", ""), error["code"]) for error in answer.json()["errors"]]


def mails(to: str = ADA) -> list[str]:
    return list(Mail.objects.filter(to=to).order_by("pk").values_list("template", flat=True))


def mail(template: str, to: str = ADA) -> Mail:
    """The newest one."""
    return Mail.objects.filter(template=template, to=to).latest("pk")


def mailed_key(template: str, to: str = ADA) -> str:
    """What stands on a line of its own, to be typed in."""
    found = re.findall(r"^    (\S+)$", mail(template, to).text, re.MULTILINE)
    assert len(found) == 1, found
    return str(found[0])
