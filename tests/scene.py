"""A shop with something of everything in it, and how to call any route of it: for tests over all routes."""

import hashlib
import hmac
import json
import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection

from tests.api import ADDRESS, Api
from tests.factories import make_piece, make_variant
from tests.routes import Route

# What a write needs to be carried out. A checkout's body is computed from the basket.
BODIES: dict[str, Any] = {
    "PATCH /v1/store/baskets/<str:basket_id>": {
        "email": "ada@example.com",
        "phone": "+1 503 555 0100",
        "shipping_address": ADDRESS,
        "billing_address": ADDRESS,
        "shipping_option": "standard",
        "gift_note": "For Ada",
    },
    "POST /v1/store/baskets/<str:basket_id>/lines": {"sku": "BAND-1", "quantity": 1},
    "PATCH /v1/store/baskets/<str:basket_id>/lines/<str:line_id>": {"quantity": 2},
    "POST /v1/hooks/stripe": {"id": "evt_1", "type": "ping", "data": {"object": {"id": "obj_1"}}},
}
CHECKOUT = "POST /v1/store/baskets/<str:basket_id>/checkout"
HOOK = "POST /v1/hooks/stripe"


@dataclass
class Thing:
    """Somebody's basket, its line, and an order made from another one."""

    basket: dict[str, Any]
    order: dict[str, Any]
    payment: dict[str, Any]

    @property
    def path(self) -> dict[str, str]:
        return {
            "basket_id": self.basket["id"],
            "line_id": self.basket["lines"][0]["id"],
            "number": self.order["number"],
            "payment_id": self.payment["id"],
        }

    @property
    def token(self) -> str:
        return str(self.order["access_token"])

    def is_in(self, row: str) -> bool:
        """Whether a row of a snapshot belongs to it."""
        return any(name in row for name in self.path.values())


def make_thing(api: Api) -> Thing:
    """The piece `band` with SKU `BAND-1` must be there."""
    placed = api.placed(BAND_1=1)
    return Thing(api.ready_basket(BAND_1=1), placed["order"], placed["payment"])


def open_shop() -> None:
    make_piece("band", make_variant("BAND-1", stock=10_000))


def filled(path: str, values: dict[str, str]) -> str:
    """A route's path with these values in place of its parameters."""
    known = {"slug": "alder" if "makers" in path else "band", **values}
    return re.sub(r"<str:(\w+)>", lambda found: known[found[1]], path)


def body_for(route: Route, basket: dict[str, Any]) -> Any:
    """A body that the route carries out."""
    if str(route) == CHECKOUT:
        return {"provider": "stripe", "expected": {"version": basket["version"], "total": basket["totals"]["total"]}}
    return BODIES.get(str(route), {})


def headers_for(route: Route, token: str | None) -> dict[str, str]:
    headers = {"Benchpin-Order-Token": token} if token else {}
    if route.method == "POST":
        headers["Idempotency-Key"] = str(uuid.uuid4())
    return headers


def encoded(route: Route, basket: dict[str, Any]) -> bytes:
    return b"" if route.method in ("GET", "DELETE") else json.dumps(body_for(route, basket)).encode()


def signed(body: bytes, *, age_seconds: int = 0, secret: str = "") -> str:
    """The `Stripe-Signature` of a webhook's body."""
    moment = int(datetime.now(UTC).timestamp()) - age_seconds
    key = (secret or settings.STRIPE_WEBHOOK_SECRET).encode()
    return f"t={moment},v1={hmac.new(key, f'{moment}.'.encode() + body, hashlib.sha256).hexdigest()}"


def snapshot() -> set[str]:
    """Every row of every table as text, but for the idempotency claims, which are made before anybody is let in."""
    known = set(connection.introspection.table_names()) - {"idempotency_idempotentrequest"}
    tables = sorted({model._meta.db_table for model in apps.get_models()} & known)
    union = " UNION ALL ".join(f"SELECT '{name} ' || row_to_json(t)::text FROM \"{name}\" t" for name in tables)
    with connection.cursor() as cursor:
        cursor.execute(union)
        return {row for (row,) in cursor.fetchall()}
