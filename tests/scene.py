"""A shop with something of everything in it, and how to call any route of it: for tests over all routes."""

import hashlib
import hmac
import json
import re
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection

from catalog.collections.models import Collection
from shop.storefronts.models import Storefront
from tests.api import ADDRESS, Api
from tests.factories import make_piece, make_variant, make_voucher
from tests.people import RAW, body_of, raw_body, tiny_picture
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
    "PATCH /v1/store/orders/<str:number>": {
        "shipping_address": {**ADDRESS, "line1": "2 Main Street"},
        "phone": "+1 503 555 0101",
    },
    "POST /v1/store/baskets/<str:basket_id>/vouchers": {"code": "thanks"},
    "POST /v1/store/orders/lookup": {"number": "0000-0000-0000", "email": "nobody@example.com"},
    "POST /v1/studio/invitations/look": {"token": "x" * 43},
    "POST /v1/hooks/stripe": {"id": "evt_1", "type": "ping", "created": 1, "data": {"object": {"id": "obj_1"}}},
}
CHECKOUT = "POST /v1/store/baskets/<str:basket_id>/checkout"
HOOK = "POST /v1/hooks/stripe"

# What `tests.people.make_everything` answers.
Everything = tuple[str, dict[str, str]]


@dataclass
class Thing:
    """Somebody's basket, its line, and an order made from another one."""

    basket: dict[str, Any]
    order: dict[str, Any]
    payment: dict[str, Any]
    upload: dict[str, Any]
    sign_in: str = ""
    things: dict[str, str] = field(default_factory=dict)

    @property
    def all_paths(self) -> dict[str, str]:
        return self.path | self.things

    @property
    def path(self) -> dict[str, str]:
        return {
            "basket_id": self.basket["id"],
            "line_id": self.basket["lines"][0]["id"],
            "number": self.order["number"],
            "payment_id": self.payment["id"],
            "code": "WELCOME",
            # Of the link to a file.
            "token": self.upload["url"].rpartition("/")[2],
        }

    @property
    def token(self) -> str:
        return str(self.order["access_token"])

    def is_in(self, row: str) -> bool:
        """Whether a row of a snapshot belongs to it."""
        return any(value in row for name, value in self.path.items() if name != "code")


def make_thing(api: Api) -> Thing:
    """The piece `band` with SKU `BAND-1` must be there."""
    placed = api.placed(BAND_1=1)
    basket = api.ready_basket(BAND_1=1)
    basket = api.post(f"/store/baskets/{basket['id']}/vouchers", {"code": "WELCOME"}).json()
    upload = api.raw("POST", f"/store/baskets/{basket['id']}/uploads", tiny_picture(), "image/png")
    return Thing(basket, placed["order"], placed["payment"], upload.json())


def things_for(route: Route | None, guest: Thing, everything: Everything) -> Thing:
    """What a route needs to be carried out: the guest's things, or those of the owner and customer.

    Where the route is about an order or a file they are its own: what Stripe and the disk keep is not undone.
    """
    if route is None or not route.needs_sign_in:
        own = route is not None and re.search("/(orders|uploads)/<", route.path)
        return make_thing(Api()) if own else guest
    sign_in, things = everything
    if route.path.endswith("/ownership-transfer") and route.method != "POST":
        offer = {"member": things["member"]}
        assert Api(X_Session_Token=sign_in).post("/studio/makers/alder/ownership-transfer", offer).status_code == 201
    nothing = {"id": "bsk_0", "number": "0", "lines": [{"id": "lin_0"}], "access_token": "0", "url": "0"}
    return Thing(nothing, nothing, nothing, nothing, sign_in, things)


def open_shop() -> None:
    piece = make_piece("band", make_variant("BAND-1", stock=10_000))
    make_voucher("WELCOME")
    make_voucher("THANKS")
    Collection.objects.create(maker=piece.maker, title="Bands", slug="band", is_published=True)
    pages = {kind: f"https://shop.example/{kind}/{{slug}}" for kind in ("product", "collection", "maker")}
    Storefront.objects.filter(is_default=True).update(link_templates=pages)


def known_values(path: str, values: dict[str, str]) -> dict[str, str]:
    """These values by the names that the path has for them: of two orders, one waits for its money."""
    known = {"slug": "alder" if "makers" in path else "band", **values}
    if path.endswith("/receive"):
        known["number"] = values.get("waiting", "0")
    return known


def filled(path: str, values: dict[str, str]) -> str:
    """A route's path with these values in place of its parameters."""
    known = known_values(path, values)
    return re.sub(r"<str:(\w+)>", lambda found: known.get(found[1], f"unknown-{found[1]}"), path)


def body_for(route: Route, basket: dict[str, Any], things: dict[str, str] | None = None) -> Any:
    """A body that the route carries out."""
    if things and (body := body_of(route, things)) is not None:
        return body
    if str(route) == CHECKOUT:
        return {"provider": "stripe", "expected": {"version": basket["version"], "total": basket["totals"]["total"]}}
    return BODIES.get(str(route), {})


def headers_for(route: Route, token: str | None, sign_in: str = "") -> dict[str, str]:
    headers = {"Benchpin-Order-Token": token} if token else {}
    if sign_in and route.needs_sign_in:
        headers["X-Session-Token"] = sign_in
    if route.method == "POST":
        headers["Idempotency-Key"] = str(uuid.uuid4())
    return headers


def content_type_for(route: Route) -> str:
    return RAW.get(str(route), "application/json")


def encoded(route: Route, basket: dict[str, Any], things: dict[str, str] | None = None) -> bytes:
    if str(route) in RAW:
        return raw_body(str(route))[0]
    return b"" if route.method in ("GET", "DELETE") else json.dumps(body_for(route, basket, things)).encode()


def signed(body: bytes, *, age_seconds: int = 0, secret: str = "") -> str:
    """The `Stripe-Signature` of a webhook's body."""
    moment = int(datetime.now(UTC).timestamp()) - age_seconds
    key = (secret or settings.STRIPE_WEBHOOK_SECRET).encode()
    return f"t={moment},v1={hmac.new(key, f'{moment}.'.encode() + body, hashlib.sha256).hexdigest()}"


def snapshot() -> set[str]:
    """Every row of every table as text, but for the idempotency claims, which are made before anybody is let in."""
    union = " UNION ALL ".join(f"SELECT '{name} ' || row_to_json(t)::text FROM \"{name}\" t" for name in _tables())
    with connection.cursor() as cursor:
        cursor.execute(union)
        return {row for (row,) in cursor.fetchall()}


def rows_written() -> int:
    """How many rows of those tables this transaction has written so far, also where that was rolled back within it.

    While the number stays, so does the snapshot: a hundredth of the snapshot's cost.
    """
    kinds = ("inserted", "updated", "deleted")
    written = " + ".join(f"pg_stat_get_xact_tuples_{kind}(name::regclass)" for kind in kinds)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT sum({written}) FROM unnest(%s::text[]) AS name", [_tables()])
        return int(cursor.fetchone()[0])


@cache
def _tables() -> list[str]:
    known = set(connection.introspection.table_names()) - {"idempotency_idempotentrequest"}
    return sorted({model._meta.db_table for model in apps.get_models()} & known)
