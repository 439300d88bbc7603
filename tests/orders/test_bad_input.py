"""Bad input of a sale, line by line: a documented problem, nothing changed, one line on the log."""

import json
import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.http import HttpResponse

from orders.offer.models import CustomerGroup
from tests.api import ADDRESS, Api
from tests.factories import (
    api_of,
    make_maker,
    make_offer,
    make_piece,
    make_storefront,
    make_user,
    make_voucher,
)
from tests.fakes.local_stripe import LocalStripe
from tests.orders.documented import DocumentedApi
from tests.orders.steps import at_stripe, events, intent_id, pay, signature, token
from tests.scene import snapshot

pytestmark = pytest.mark.django_db
LONG = "x" * 10_000


@dataclass
class Sale:
    """A guest with a basket and an order that is being paid; another guest; a customer with a basket; two windows."""

    api: Api
    basket: dict[str, Any]
    order: dict[str, Any]
    payment: dict[str, Any]
    other: dict[str, Any]
    others_payment: dict[str, Any]
    customers: dict[str, Any]
    window: Api
    windows: dict[str, Any]
    event: bytes


@pytest.fixture
def sale(stripe_server: LocalStripe) -> Sale:
    api = DocumentedApi()
    alder, birch = make_maker("alder"), make_maker("birch")
    make_piece("band", maker=alder)
    placed, other = api.placed(BAND_1=1), api.placed(BAND_1=1)
    at_stripe(stripe_server, "POST", f"payment_intents/{intent_id(placed['payment'])}", amount=100)
    pay(stripe_server, placed["payment"])
    [event] = events(stripe_server, "payment_intent.succeeded")
    CustomerGroup.objects.create(name="Trade").members.add(make_user("trade@example.com"))
    make_voucher("TRADE", make_offer(by_voucher=True, customer_group="Trade"))
    make_voucher("BIRCH", make_offer(by_voucher=True, maker=birch))
    window = DocumentedApi(Benchpin_Key=make_storefront(owner=alder).publishable_key)
    ada = api_of(make_user("ada@example.com"))
    return Sale(
        api, api.ready_basket(BAND_1=1), placed["order"], placed["payment"], other["order"], other["payment"],
        ada.basket(BAND_1=1), window, window.basket(), json.dumps(event).encode(),
    )  # fmt: skip


def line(sale: Sale, quantity: Any) -> HttpResponse:
    return sale.api.post(f"/store/baskets/{sale.basket['id']}/lines", {"sku": "BAND-1", "quantity": quantity})


def change(sale: Sale, quantity: Any) -> HttpResponse:
    home = f"/store/baskets/{sale.basket['id']}/lines/{sale.basket['lines'][0]['id']}"
    return sale.api.patch(home, {"quantity": quantity})


def details(sale: Sale, **changes: Any) -> HttpResponse:
    return sale.api.patch(f"/store/baskets/{sale.basket['id']}", changes)


def voucher(api: Api, basket: dict[str, Any], code: str) -> HttpResponse:
    return api.post(f"/store/baskets/{basket['id']}/vouchers", {"code": code})


def keyed() -> dict[str, str]:
    return {"Idempotency_Key": str(uuid.uuid4())}


def checkout(sale: Sale, amount: Any, currency: Any = "USD", **more: Any) -> HttpResponse:
    total = {"amount": amount, "currency": currency}
    body = {"expected": {"version": sale.basket["version"], "total": total}, **more}
    return sale.api.post(f"/store/baskets/{sale.basket['id']}/checkout", body, **keyed())


def hook(sale: Sale, body: bytes, signed: str) -> HttpResponse:
    return sale.api.raw("POST", "/hooks/stripe", body, Stripe_Signature=signed)


def at_order(sale: Sale, path: str = "", body: Any = None, *, by: dict[str, Any] | None = None) -> HttpResponse:
    """At the order's doors, with its token or another order's."""
    return sale.api.post(
        f"/store/orders/{sale.order['number']}/{path}", body or {}, **token(by or sale.order), **keyed()
    )


def read(sale: Sale, api: Api, **headers: str) -> HttpResponse:
    return api.get(f"/store/orders/{sale.order['number']}", **headers)


INVALID, NONE, UNSIGNED = (422, "invalid_input"), (404, "not_found"), (400, "invalid_signature")
QUANTITIES = {"negative": -1, "zero": 0, "101": 101, "2**31": 2**31, "2**63": 2**63, "half": 0.5}
CASES: dict[str, tuple[Callable[[Sale], HttpResponse], tuple[int, str]]] = {
    "a customer's basket, read by a guest": (lambda s: s.api.get(f"/store/baskets/{s.customers['id']}"), NONE),
    "a customer's basket, changed by a guest": (
        lambda s: s.api.patch(f"/store/baskets/{s.customers['id']}", {"email": "eve@example.com"}), NONE,
    ),
    "a customer's basket, filled by a guest": (
        lambda s: s.api.post(f"/store/baskets/{s.customers['id']}/lines", {"sku": "BAND-1"}), NONE,
    ),
    "a customer's basket, checked out by a guest": (
        lambda s: s.api.checkout(s.customers), NONE,
    ),
    "a basket of another window": (lambda s: s.window.get(f"/store/baskets/{s.basket['id']}"), NONE),
    "a basket of another window, checked out": (lambda s: s.window.checkout(s.basket), NONE),
    "a line of another basket": (
        lambda s: s.api.delete(f"/store/baskets/{s.basket['id']}/lines/{s.customers['lines'][0]['id']}"), NONE,
    ),
    "an order without its token": (lambda s: read(s, s.api), (401, "access_token_missing")),
    "an order by another one's token": (lambda s: read(s, s.api, **token(s.other)), NONE),
    "an order in another window": (lambda s: read(s, s.window, **token(s.order)), NONE),
    "an order cancelled by another one's token": (lambda s: at_order(s, "cancel", by=s.other), NONE),
    "an order paid by another one's token": (lambda s: at_order(s, "payments", by=s.other), NONE),
    "another order's payment": (lambda s: at_order(s, f"payments/{s.others_payment['id']}/refresh"), NONE),
    "a voucher for a group one is not in": (lambda s: voucher(s.api, s.basket, "TRADE"), (422, "unknown_voucher")),
    "a voucher of a maker who is not in the window": (
        lambda s: voucher(s.window, s.windows, "BIRCH"), (422, "unknown_voucher"),
    ),
    "a voucher for a basket of somebody else's": (lambda s: voucher(s.api, s.customers, "BIRCH"), NONE),
    **{f"{name} pieces more": ((lambda s, q=q: line(s, q)), INVALID) for name, q in QUANTITIES.items()},
    **{f"{name} pieces": ((lambda s, q=q: change(s, q)), INVALID) for name, q in QUANTITIES.items()},
    "more pieces than JSON has numbers for": (lambda s: line(s, 10**400), (400, "malformed_request")),
    "a lower total": (lambda s: checkout(s, "0.01"), (409, "basket_changed")),
    "a negative total": (lambda s: checkout(s, "-192.00"), INVALID),
    "a total as a number": (lambda s: checkout(s, 192.00), INVALID),
    "a huge total": (lambda s: checkout(s, "9" * 400), INVALID),
    "another currency": (lambda s: checkout(s, "192.00", "JPY"), (409, "basket_changed")),
    "no currency": (lambda s: checkout(s, "192.00", None), INVALID),
    "an amount of one's own": (lambda s: checkout(s, "192.00", charge="0.01"), INVALID),
    "a price of one's own": (
        lambda s: s.api.post(
            f"/store/baskets/{s.basket['id']}/lines", {"sku": "BAND-1", "unit_price": {"amount": "0.01"}}
        ),
        INVALID,
    ),
    "an amount for the payment": (lambda s: at_order(s, "payments", {"amount": "1.00"}), INVALID),
    "another amount at Stripe's object": (
        lambda s: at_order(s, f"payments/{s.payment['id']}/refresh"), (409, "payment_mismatch"),
    ),
    "a forged signature": (lambda s: hook(s, s.event, signature(s.event, "whsec_of_somebody_else")), UNSIGNED),
    "the signature of another body": (lambda s: hook(s, s.event, signature(s.event + b" ")), UNSIGNED),
    "a replayed signature": (
        lambda s: hook(s, s.event, signature(s.event, at=time.time() - 301)), UNSIGNED,
    ),
    "a signature of a week ago": (
        lambda s: hook(s, s.event, signature(s.event, at=time.time() - 604_800)), UNSIGNED,
    ),
    "a webhook of 5 MB": (lambda s: hook(s, b"x" * 5 * 1024**2, signature(b"x")), (413, "body_too_large")),
    "a webhook of 5 MB that is signed": (
        lambda s: hook(s, big := s.event + b" " * 5 * 1024**2, signature(big)), (413, "body_too_large"),
    ),
    **{
        f"{form!r} in a mail address": ((lambda s, form=form: details(s, email=f"ada@example.com{form}")), INVALID)
        for form in ("\r\nBcc: a@b.com", "\nBcc: a@b.com", "\rBcc: a@b.com", "\u2028x", "\u0085x", "%0aBcc")
    },
    "a line break before the @": (lambda s: details(s, email="ada\r\nBcc: eve@example.com"), INVALID),
    "a mail address of 10,000 characters": (lambda s: details(s, email=f"{LONG}@example.com"), INVALID),
    "a mail address with a domain of 10,000": (lambda s: details(s, email=f"ada@{LONG}.com"), INVALID),
    "a link for a mail address of 10,000": (
        lambda s: s.api.post("/store/orders/lookup", {"number": s.order["number"], "email": f"{LONG}@example.com"}),
        INVALID,
    ),
    **{
        f"{name} of 10,000 characters": (
            (lambda s, name=name: details(s, shipping_address={**ADDRESS, name: LONG})), INVALID,
        )
        for name in (*ADDRESS, "company", "line2", "phone")
    },
    "a billing address of 10,000 characters": (
        lambda s: details(s, billing_address={**ADDRESS, "line1": LONG}), INVALID,
    ),
    "a corrected address of 10,000 characters": (
        lambda s: s.api.patch(
            f"/store/orders/{s.order['number']}", {"shipping_address": {**ADDRESS, "line1": LONG}}, **token(s.order)
        ),
        INVALID,
    ),
}  # fmt: skip


def test_each_is_a_documented_problem_changes_nothing_and_is_logged_once(
    sale: Sale, caplog: pytest.LogCaptureFixture
) -> None:
    before, found, wrong = snapshot(), {}, {}
    for name, (bad, _) in CASES.items():
        caplog.clear()
        with caplog.at_level(logging.INFO):
            answer = bad(sale)
        found[name] = (answer.status_code, answer.json().get("code", ""))
        assert answer["Content-Type"] == "application/problem+json", name
        if snapshot() != before:
            wrong[name] = "changed something"
            before = snapshot()
        logged = [record.name for record in caplog.records if record.name != "stripe"]
        # Money that does not fit is the operator's to look at: they find a line of it besides.
        if logged != ["orders.payment.services"] * (found[name][1] == "payment_mismatch") + ["benchpin.request"]:
            wrong[name] = caplog.text
    assert found == {name: expected for name, (_, expected) in CASES.items()}
    assert wrong == {}
