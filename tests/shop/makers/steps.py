"""What the tests of teams say again and again."""

import re
from typing import Any

from django.http import HttpResponse

from shop.audit.models import AuditEntry
from shop.mail.models import Mail
from shop.makers.models import Membership
from tests.api import Api

ALDER = "/studio/makers/alder"


def roles_of(member: Membership) -> list[str]:
    """As the database has them now."""
    return list(Membership.objects.get(pk=member.pk).roles)


def code_of(answer: HttpResponse) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, answer.json()["code"]


def field_codes(answer: HttpResponse) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.content
    return [(error["field"], error["code"]) for error in answer.json()["errors"]]


def invite(api: Api, email: str = "bea@example.com", *roles: str) -> HttpResponse:
    return api.post(f"{ALDER}/invitations", {"email": email, "roles": list(roles) or ["bench_jeweler"]})


def invited(api: Api, email: str = "bea@example.com", *roles: str) -> dict[str, Any]:
    answer = invite(api, email, *roles)
    assert answer.status_code == 201, answer.content
    return answer.json()


def mailed_token(email: str = "bea@example.com") -> str:
    """The token in the last invitation mailed there."""
    mail = Mail.objects.filter(template="invitation", to=email).latest("pk")
    found = re.search(r"(?<![\w-])[\w-]{43}(?![\w-])", mail.text)
    assert found, mail.text
    return found[0]


def accept(api: Api, token: str) -> HttpResponse:
    return api.post("/studio/invitations/accept", {"token": token})


def entries(action: str) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(action=action).order_by("pk"))
