"""What a maker does with pieces through the studio's doors."""

import uuid
from typing import Any

from django.http import HttpResponse

from shop.audit.models import AuditEntry
from tests.api import Api
from tests.catalog.media.outside import picture
from tests.factories import api_of, make_maker, make_member

USD = "USD"


def usd(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": USD}


def ring(sku: str = "MOON-7", **values: Any) -> dict[str, Any]:
    """A variant as it is sent: 180.00, five on the shelf."""
    return {"sku": sku, "price": usd("180.00"), "stock": {"count": 5, "policy": "stock"}, **values}


class Bench:
    """A member at work on their maker's pieces; without roles given, the owner of `alder`."""

    def __init__(self, *roles: str, maker: str = "alder") -> None:
        self.member = make_member(f"{'-'.join(roles) or 'owner'}@{maker}.example", *roles, maker=make_maker(maker))
        self.api: Api = api_of(self.member)
        self.base = f"/studio/makers/{maker}/products"

    def path(self, piece: dict[str, Any], *rest: str) -> str:
        return "/".join((f"{self.base}/{piece['id']}", *rest))

    def try_create(self, **values: Any) -> HttpResponse:
        return self.api.post(self.base, {"title": "Moon ring", **values})

    def create(self, **values: Any) -> dict[str, Any]:
        """A draft as it is answered; one ring of five unless told otherwise."""
        answer = self.try_create(**{"variants": [ring()], **values})
        assert answer.status_code == 201, answer.content
        return dict(answer.json())

    def read(self, piece: dict[str, Any]) -> HttpResponse:
        answer = self.api.get(self.path(piece))
        assert answer.status_code == 200, answer.content
        return answer

    def patch(self, piece: dict[str, Any], body: Any, **headers: str) -> HttpResponse:
        return self.api.patch(self.path(piece), body, **headers)

    def upload(
        self,
        piece: dict[str, Any],
        data: bytes | None = None,
        form: str = "image/jpeg",
        query: str = "",
        **headers: str,
    ) -> HttpResponse:
        data = picture() if data is None else data
        return self.api.raw("POST", f"{self.path(piece, 'images')}{query}", data, form, **headers)

    def add_picture(self, piece: dict[str, Any], query: str = "") -> dict[str, Any]:
        answer = self.upload(piece, query=query)
        assert answer.status_code == 201, answer.content
        return dict(answer.json())

    def publish(self, piece: dict[str, Any], **headers: str) -> HttpResponse:
        return self.api.post(self.path(piece, "publish"), {}, **headers)

    def unpublish(self, piece: dict[str, Any], **headers: str) -> HttpResponse:
        return self.api.post(self.path(piece, "unpublish"), {}, **headers)

    def published(self, **values: Any) -> dict[str, Any]:
        """A piece on sale, with a picture."""
        piece = self.create(**values)
        self.add_picture(piece)
        answer = self.publish(piece)
        assert answer.status_code == 200, answer.content
        return dict(answer.json())

    def variant(self, piece: dict[str, Any], number: int = 0) -> str:
        """The path of a variant's door."""
        return self.path(piece, "variants", piece["variants"][number]["id"])

    def count(
        self, piece: dict[str, Any], count: Any, policy: Any = "stock", key: str = "", **headers: str
    ) -> HttpResponse:
        body = {"count": count, "policy": policy}
        return self.api.post(f"{self.variant(piece)}/stock", body, Idempotency_Key=key or str(uuid.uuid4()), **headers)


def problem(answer: HttpResponse) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def refused_fields(answer: HttpResponse) -> dict[str, str]:
    """`{field: code}` of a problem."""
    return {error["field"]: error["code"] for error in answer.json()["errors"]}


def last_entry(action: str) -> AuditEntry:
    return AuditEntry.objects.filter(action=action).latest("pk")
