"""Everybody who may come to a studio's door, and one of each thing behind it: for tests over all its routes."""

import io
import json
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from PIL import Image

from catalog.catalogue.models import Product
from catalog.partner.models import Partner
from orders.disputes.models import Dispute
from orders.order.models import Order
from shop.mail.models import Mail
from shop.storefronts.models import Storefront
from tests.api import ADDRESS, Api
from tests.factories import api_of, make_key, make_maker, make_member, make_piece, make_user, make_variant
from tests.routes import Route

TEAM = (
    "owner", "manager", "bench_jeweler", "stock_keeper", "sales_associate", "marketer", "instructor", "bookkeeper",
)  # fmt: skip
SCOPES = (
    "maker.read", "maker.edit", "team.read", "storefronts.read", "storefronts.manage", "audit.read", "products.read",
    "products.edit", "collections.edit", "products.publish", "offers.read", "offers.manage", "stock.edit",
    "payments.receive", "orders.read", "orders.refund", "orders.review",
)  # fmt: skip
KEYS = tuple(f"key {scope}" for scope in SCOPES)
# anonymous       brings nothing
# shopper         is signed in and on no team
# operator        is signed in and staff: the platform has no say in a maker's studio
# foreign owner   owns another maker
# foreign key     has every scope, of another maker
# smuggler        goes through their own maker's door with this maker's ids
# former member   was on the team a moment ago
# former key      was made by somebody who was
STRANGERS = ("anonymous", "shopper", "operator", "foreign owner", "foreign key", "former member", "former key")
SMUGGLER = "smuggler"


@dataclass
class Studio:
    """The maker `alder` with a full team, and `birch`, who is somebody else's."""

    maker: Partner
    foreign: Partner
    callers: dict[str, Api]
    path: dict[str, str]

    def body_for(self, route: Route) -> tuple[bytes, str]:
        """A body that the route carries out, and its content type."""
        if str(route) in RAW:
            return raw_body(str(route))
        if route.method in ("GET", "DELETE"):
            return b"", "application/json"
        return json.dumps(body_of(route, self.path) or {}).encode(), "application/json"

    def offer_ownership(self) -> None:
        instructor = self.maker.memberships.get(user__email="instructor@alder.example")
        _post(self.callers["owner"], "/studio/makers/alder/ownership-transfer", {"member": instructor.public_id})

    def publish_the_piece(self) -> None:
        answer = self.callers["owner"].post(f"/studio/makers/alder/products/{self.path['product']}/publish")
        assert answer.status_code == 200, answer.content

    def demand_second_factor(self) -> None:
        Partner.objects.filter(pk=self.maker.pk).update(requires_second_factor=True)


MAKER = "/v1/studio/makers/<str:maker>"
PIECE = f"{MAKER}/products/<str:product>"
VARIANT = f"{PIECE}/variants/<str:variant>"
UPLOAD = f"POST {PIECE}/images"
WISH_UPLOAD = "POST /v1/store/baskets/<str:basket_id>/uploads"
IMPORT = f"POST {MAKER}/imports"
# Routes whose body is a file.
RAW = {UPLOAD: "image/png", WISH_UPLOAD: "image/png", IMPORT: "text/csv"}
PRICE = {"amount": "95.00", "currency": "USD"}
ORDER = f"{MAKER}/orders/<str:number>"
BENEFIT = {"kind": "amount", "amount": PRICE}
OFFER = {
    "label": "Night sale",
    "benefit": BENEFIT,
    "condition": {"min_quantity": 2},
    "applies_to": {"products": [], "categories": [], "except_products": [], "except_categories": []},
    "exclusive": True,
    "priority": 5,
    "starts_at": "2026-01-01T00:00:00Z",
    "ends_at": "2099-01-01T00:00:00Z",
    "limits": {"uses": 10, "uses_per_customer": 2, "uses_per_order": 1, "discount": PRICE},
}
RULE = {"product_type": "ring", "price_min": PRICE, "price_max": PRICE}
BODIES: dict[str, Any] = {
    f"PATCH {MAKER}": {"tagline": "Rings from the coast"},
    f"PATCH {MAKER}/members/<str:member>": {"roles": ["bookkeeper"]},
    f"POST {MAKER}/invitations": {"email": "another@alder.example", "roles": ["stock_keeper"]},
    f"POST {MAKER}/ownership-transfer": lambda things: {"member": things["member"]},
    f"POST {MAKER}/vouchers": lambda things: {"code": "STARLIGHT", "offers": [things["offer"]]},
    f"POST {MAKER}/keys": {"name": "Scale", "scopes": ["stock.edit"]},
    f"PATCH {MAKER}/keys/<str:key>": {"name": "Old till"},
    f"POST {MAKER}/keys/<str:key>/rotate": {"overlap_hours": 24},
    f"POST {MAKER}/storefronts": {"name": "Second window", "link_templates": {}, "mail": {"from_name": "Alder"}},
    f"PATCH {MAKER}/storefronts/<str:storefront>": {
        "name": "Front window",
        "link_templates": {},
        "mail": {"from_name": "Alder"},
    },
    f"POST {MAKER}/storefronts/<str:storefront>/rotate-key": {"overlap_hours": 24},
    f"POST {MAKER}/collections": {"title": "Sky", "description": "Sun and moon", "rule": RULE, "seo": {"title": "Sky"}},
    f"PATCH {MAKER}/collections/<str:collection>": {"title": "Night sky", "rule": RULE, "seo": {"title": "Sky"}},
    f"POST {MAKER}/offers": {**OFFER, "by_voucher": True},
    f"PATCH {MAKER}/offers/<str:offer>": OFFER,
    f"PATCH {MAKER}/vouchers/<str:voucher>": {"label": "For friends", "usage": "multiple", "max_uses": 3},
    f"POST {MAKER}/products": {"title": "Sun ring", "product_type": "ring", "seo": {"title": "Sun"}},
    f"PATCH {PIECE}": {"title": "Full moon", "seo": {"title": "Moon"}},
    f"POST {PIECE}/variants": {"sku": "MOON-7", "price": PRICE, "options": {"ring_size": "7"}},
    f"PATCH {VARIANT}": {"price": PRICE},
    f"POST {VARIANT}/stock": {"count": 3, "policy": "stock"},
    f"PUT {PIECE}/personalization": {
        "options": [
            {
                "code": "inside",
                "label": "Inside of the band",
                "help": "Cut by hand",
                "kind": "text",
                "required": False,
                "limits": {"max_length": 12, "characters": "letters", "fonts": ["script"], "scripts": ["latin"]},
                "choices": [],
                "price": {"kind": "per_character", "amount": PRICE},
                "lead_time_days": 5,
                "final_sale": True,
            }
        ]
    },
    f"POST {ORDER}/cancel": {"reason": "order_cancelled"},
    f"POST {ORDER}/refunds": {"reason": "goodwill", "goodwill": {"amount": "1.00", "currency": "USD"}},
    f"POST {ORDER}/restock": lambda path: {"lines": [{"line": path["line"], "quantity": 1}]},
    f"PATCH {PIECE}/images/<str:image>": {"alt": "The moon", "focal_point": {"x": "0.5", "y": "0.25"}},
}


def make_studio() -> Studio:
    alder, birch = make_maker("alder"), make_maker("birch")
    team = {role: make_member(f"{role}@alder.example", role, maker=alder) for role in TEAM}
    stranger = make_member("owner@birch.example", maker=birch)
    former = make_member("former@alder.example", "manager", maker=alder)
    callers = {role: api_of(member) for role, member in team.items()}
    callers |= {f"key {scope}": api_of(make_key(team["owner"], scope)) for scope in SCOPES}
    callers |= {
        "anonymous": Api(),
        "shopper": api_of(make_user("shopper@example.com")),
        "operator": api_of(make_user("operator@example.com", is_staff=True, is_superuser=True)),
        "foreign owner": api_of(stranger),
        "foreign key": api_of(make_key(stranger, *SCOPES)),
        "former member": api_of(former),
        "former key": api_of(make_key(former, *SCOPES)),
    }
    callers[SMUGGLER] = callers["foreign owner"]
    former.delete()
    callers["owner with second factor"] = api_of(team["owner"], second_factor=True)
    return Studio(alder, birch, callers, _things(callers, alder))


def _things(callers: dict[str, Api], maker: Partner) -> dict[str, str]:
    """One of each thing of the maker's, made through the doors: values for the paths."""
    owner = callers["owner"]
    sizes = [make_variant(f"MOON-{size}", options={"ring_size": str(size)}) for size in (5, 6)]
    piece = make_piece("moon", *sizes, maker=maker, published=False)
    variant = Product.objects.filter(parent=piece).first()
    assert variant is not None
    spare = make_member("spare@alder.example", "instructor", maker=maker)
    base = f"/studio/makers/{maker.code}"
    path = {"maker": maker.code, "product": piece.public_id, "variant": variant.public_id, "member": spare.public_id}
    return path | _sold(owner, base, maker) | _made(owner, base, path) | _sold_by_hand(maker)


def _sold_by_hand(maker: Partner) -> dict[str, str]:
    """An order of the maker's that waits for a bank transfer."""
    Storefront.objects.filter(is_default=True).update(providers=["stripe", "manual"])
    make_piece("comet", make_variant("COMET-1"), maker=maker)
    placed = Api().placed("manual", COMET_1=1)
    return {"waiting": placed["order"]["number"], "payment_id": placed["payment"]["id"]}


def _sold(owner: Api, base: str, maker: Partner) -> dict[str, str]:
    """An order paid by hand and held for review, one of its pieces about to be given back, and a dispute."""
    make_piece("sold", make_variant("SOLD-1", stock=10), maker=maker)
    Storefront.objects.filter(is_default=True).update(providers=["stripe", "manual"])
    placed = Api().placed("manual", SOLD_1=3)["order"]
    order = Order.objects.get(number=placed["number"])
    received = f"{base}/orders/{order.number}/payments/{order.payments.get().public_id}/receive"
    assert owner.post(received, {}, Idempotency_Key=str(uuid.uuid4())).status_code == 200
    Order.objects.filter(pk=order.pk).update(review="held", review_reasons=["amount"])
    line = order.lines.get().public_id
    body = {"reason": "returned", "lines": [{"line": line, "quantity": 1}]}
    [refund] = _post(owner, f"{base}/orders/{order.number}/refunds", body)["refunds"]
    payment = order.payments.get()
    dispute = Dispute.objects.create(
        payment=payment, stripe_id=f"dp_{payment.public_id}", amount=1, currency="USD", status="won",
        opened_at=timezone.now(),
    )  # fmt: skip
    return {"number": order.number, "line": line, "refund": refund["id"], "dispute": dispute.public_id}


def _made(owner: Api, base: str, path: dict[str, str]) -> dict[str, str]:
    made = {
        "invitation": _post(owner, f"{base}/invitations", {"email": "new@alder.example", "roles": ["instructor"]}),
        "key": _post(owner, f"{base}/keys", {"name": "Till", "scopes": ["products.read"]}),
        "storefront": _post(owner, f"{base}/storefronts", {"name": "Alder's window"}),
        "collection": _post(owner, f"{base}/collections", {"title": "Moons", "products": [path["product"]]}),
    }
    picture = owner.raw("POST", f"{base}/products/{path['product']}/images", tiny_picture(), "image/png")
    assert picture.status_code == 201, picture.content
    entry = owner.get(f"{base}/audit?limit=1").json()["results"][0]["id"]
    made["offer"] = _post(owner, f"{base}/offers", {"label": "Moons", "benefit": BENEFIT, "by_voucher": True})
    made["voucher"] = _post(owner, f"{base}/vouchers", {"code": "MOONLIGHT", "offers": [made["offer"]["id"]]})
    return {name: answer["id"] for name, answer in made.items()} | {"image": picture.json()["id"], "entry": entry}


def _post(api: Api, path: str, body: Any) -> dict[str, Any]:
    answer = api.post(path, body, Idempotency_Key=str(uuid.uuid4()))
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def tiny_picture() -> bytes:
    """A red PNG of 8 x 8 pixels."""
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(file, "PNG")
    return file.getvalue()


def raw_body(route: str) -> tuple[bytes, str]:
    """The file that such a route carries out, and its content type."""
    sheet = b"handle,title,sku,price\nsun,Sun ring,SUN-1,95.00\n"
    return sheet if route == IMPORT else tiny_picture(), RAW[route]


# What a person does with their own: bodies by route, given what is in the path.
PERSONAL_BODIES: dict[str, Any] = {
    "POST /v1/studio/makers": {"name": "Cedar Studio"},
    "POST /v1/studio/invitations/accept": lambda things: {"token": things["token"]},
    "PATCH /v1/store/customer": {"first_name": "Ada"},
    "POST /v1/store/customer/addresses": ADDRESS,
    "PATCH /v1/store/customer/addresses/<str:address>": {"label": "Home"},
    "POST /v1/store/customer/ring-sizes": {"label": "Left hand", "inner_circumference_mm": "54.4"},
    "PATCH /v1/store/customer/ring-sizes/<str:ring_size>": {"note": "In summer one more"},
    "POST /v1/store/customer/basket": lambda things: {"basket": things["basket"]},
    "POST /v1/store/customer/erasure": lambda things: {"confirm": things.get("email", "customer@example.com")},
}


@dataclass
class Customers:
    """A person with one of each thing, another person, and a tool; `things` are ids for paths and bodies."""

    callers: dict[str, Api]
    things: dict[str, str]

    def body_for(self, route: Route) -> bytes:
        if route.method in ("GET", "DELETE"):
            return b""
        body = PERSONAL_BODIES.get(str(route), {})
        return json.dumps(body(self.things) if callable(body) else body).encode()


def make_customers() -> Customers:
    owner = make_member("owner@alder.example")
    person = api_of(make_user("customer@example.com"))
    callers = {
        "anonymous": Api(),
        "key": api_of(make_key(owner, *SCOPES)),
        "person": person,
        "stranger": api_of(make_user("stranger@example.com")),
    }
    address = _post(person, "/store/customer/addresses", ADDRESS)
    size = _post(person, "/store/customer/ring-sizes", {"label": "Right hand", "inner_circumference_mm": "52.1"})
    person.post("/store/baskets")
    invitation = {"email": "customer@example.com", "roles": ["instructor"]}
    _post(api_of(owner), "/studio/makers/alder/invitations", invitation)
    [token] = re.findall(r"[A-Za-z0-9_-]{43,}", Mail.objects.filter(template="invitation").latest("pk").text)
    things = {"address": address["id"], "ring_size": size["id"], "basket": Api().basket()["id"], "token": token}
    return Customers(callers, things)


def make_everything() -> tuple[str, dict[str, str]]:
    """A person who owns `alder` and is a customer, too: the token of their sign-in, and one of each of their things."""
    owner = make_member("owner@alder.example", maker=make_maker("alder"))
    person = api_of(owner)
    things = _things({"owner": person}, owner.maker)
    address = _post(person, "/store/customer/addresses", ADDRESS)
    size = _post(person, "/store/customer/ring-sizes", {"label": "Right hand", "inner_circumference_mm": "52.1"})
    person.post("/store/baskets")
    own = {
        "address": address["id"],
        "ring_size": size["id"],
        "basket": Api().basket()["id"],
        "token": "x" * 43,
        "email": owner.user.email,
    }
    return person.headers["X_Session_Token"], things | own


def body_of(route: Route, things: dict[str, str]) -> Any:
    """What the route carries out, for whoever owns these things; None where it is not one of theirs."""
    body = (BODIES | PERSONAL_BODIES).get(str(route))
    return body(things) if callable(body) else body


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside has not happened."""
    block = transaction.atomic()
    block._from_testcase = True  # type: ignore[attr-defined]  # what is durable may stand within, as in any test's block
    with block:
        yield
        transaction.set_rollback(True)
