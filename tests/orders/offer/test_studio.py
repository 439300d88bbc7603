"""A maker's offers and vouchers: made, changed, ended, and refused where they are not right."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from catalog.catalogue.models import Category
from orders.offer.models import ConditionalOffer, CustomerGroup
from orders.offer.rules import MAX_OFFERS
from orders.order.models import Order
from orders.voucher.models import Voucher
from shop.audit.models import AuditEntry
from tests.api import Api
from tests.factories import api_of, make_maker, make_member, make_offer, make_piece, make_voucher
from tests.orders.documented import checked
from tests.scene import snapshot

pytestmark = pytest.mark.django_db

BASE = "/studio/makers/alder"
TEN = {"kind": "percentage", "percent": "10"}
NEW = {"label": "Ten percent", "benefit": TEN}
PRICE = {"amount": "95.00", "currency": "USD"}
ALL = {"products": [], "categories": [], "except_products": [], "except_categories": []}


class Bench(Api):
    """The maker's own client, each answer held against the API document."""

    def _send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
        return checked(method, path, super()._send(method, path, body, headers))

    def made(self, what: str, **values: Any) -> dict[str, Any]:
        answer = self.post(f"{BASE}/{what}", values)
        assert answer.status_code == 201, answer.content
        return dict(answer.json())


@pytest.fixture
def bench(db: None) -> Bench:
    return Bench(**api_of(make_member("marketer@alder.example", "marketer")).headers)


def refusal(answer: Any) -> tuple[int, str, str]:
    [error] = answer.json()["errors"]
    return answer.status_code, error["field"], error["code"]


def test_an_offer_is_answered_whole(bench: Bench) -> None:
    offer = bench.made("offers", **NEW)
    assert {name: value for name, value in offer.items() if name not in ("id", "created_at")} == {
        "label": "Ten percent",
        "status": "running",
        "by_voucher": False,
        "benefit": {"kind": "percentage", "percent": "10", "amount": None},
        "condition": {"min_quantity": 1, "min_amount": None},
        "applies_to": ALL,
        "customer_group": None,
        "exclusive": False,
        "priority": 0,
        "starts_at": None,
        "ends_at": None,
        "limits": {"uses": None, "uses_per_customer": None, "uses_per_order": None, "discount": None},
        "used": {"times": 0, "discount": {"amount": "0.00", "currency": "USD"}},
        "ended_at": None,
    }
    assert bench.get(f"{BASE}/offers/{offer['id']}").json() == offer
    assert bench.get(f"{BASE}/offers").json()["results"] == [offer]


def test_all_that_it_takes(bench: Bench) -> None:
    CustomerGroup.objects.create(name="Trade")
    piece = make_piece("band", category="Rings")
    branch = Category.objects.get(name="Rings").slug
    whole = {
        "label": "Every second",
        "benefit": {"kind": "multibuy", "percent": None, "amount": None},
        "condition": {"min_quantity": 2, "min_amount": None},
        "applies_to": {**ALL, "products": [piece.public_id], "categories": [branch], "except_categories": [branch]},
        "customer_group": "Trade",
        "exclusive": True,
        "priority": -7,
        "starts_at": "2026-01-01T00:00:00Z",
        "ends_at": "2098-01-01T00:00:00Z",
        "limits": {"uses": 5, "uses_per_customer": 2, "uses_per_order": 1, "discount": PRICE},
    }
    offer = bench.made("offers", by_voucher=True, **whole)
    assert {name: offer[name] for name in whole} == whole
    changed = bench.patch(f"{BASE}/offers/{offer['id']}", {"applies_to": ALL, "customer_group": None}).json()
    assert {name: changed[name] for name in whole} == {**whole, "applies_to": ALL, "customer_group": None}


def test_a_basket_has_what_the_maker_offered(bench: Bench, api: Api) -> None:
    make_piece("band")
    offer = bench.made("offers", **NEW, by_voucher=True)
    bench.made("vouchers", code="thanks-2026", label="Thanks", offers=[offer["id"]])
    basket = api.ready_basket(BAND_1=1)
    basket = api.post(f"/store/baskets/{basket['id']}/vouchers", {"code": "Thanks-2026"}).json()
    assert basket["vouchers"][0]["amount"]["amount"] == "18.00"
    assert api.checkout(basket).status_code == 201
    used = bench.get(f"{BASE}/offers/{offer['id']}").json()["used"]
    assert used == {"times": 1, "discount": {"amount": "18.00", "currency": "USD"}}
    assert [each["used"] for each in bench.get(f"{BASE}/vouchers").json()["results"]] == [1]
    Order.objects.update(status="cancelled")
    assert bench.get(f"{BASE}/offers").json()["results"][0]["used"]["times"] == 0
    assert bench.get(f"{BASE}/vouchers").json()["results"][0]["used"] == 0


def test_a_change_names_the_version_it_was_made_on(bench: Bench) -> None:
    offer = bench.made("offers", **NEW, by_voucher=True)
    voucher = bench.made("vouchers", code="THANKS", offers=[offer["id"]])
    for path in (f"{BASE}/offers/{offer['id']}", f"{BASE}/vouchers/{voucher['id']}"):
        tag = bench.get(path)["ETag"]
        assert bench.patch(path, {"label": "New"}, If_Match=tag).status_code == 200
        assert bench.patch(path, {"label": "Newer"}, If_Match=tag).status_code == 412
        assert bench.delete(path, If_Match=tag).status_code == 412
        assert bench.get(path).json()["label"] == "New"


def test_being_used_is_no_change(bench: Bench, api: Api) -> None:
    make_piece("band")
    offer = bench.made("offers", **NEW)
    path = f"{BASE}/offers/{offer['id']}"
    tag = bench.get(path)["ETag"]
    api.placed(BAND_1=1)
    assert bench.get(path).json()["used"]["times"] == 1
    assert bench.get(path)["ETag"] == tag


def test_what_was_ended_stays_so(bench: Bench) -> None:
    offer = bench.made("offers", **NEW, by_voucher=True)
    voucher = bench.made("vouchers", code="THANKS", offers=[offer["id"]])
    for path in (f"{BASE}/vouchers/{voucher['id']}", f"{BASE}/offers/{offer['id']}"):
        ended = bench.delete(path)
        assert (ended.status_code, ended.json()["status"]) == (200, "ended")
        assert bench.delete(path).json() == ended.json()
        assert bench.patch(path, {"label": "Again"}).json()["code"] == "already_ended"
    refused = bench.post(f"{BASE}/vouchers", {"code": "AGAIN", "offers": [offer["id"]]})
    assert refusal(refused) == (422, "offers", "unknown_offer")


def test_each_write_is_on_record(bench: Bench) -> None:
    offer = bench.made("offers", **NEW, by_voucher=True)
    path = f"{BASE}/offers/{offer['id']}"
    bench.patch(path, {"label": "Twelve percent", "benefit": {"kind": "percentage", "percent": "12"}})
    bench.patch(path, {"label": "Twelve percent"})
    voucher = bench.made("vouchers", code="THANKS", offers=[offer["id"]])
    bench.patch(f"{BASE}/vouchers/{voucher['id']}", {"max_uses": 3})
    bench.delete(f"{BASE}/vouchers/{voucher['id']}")
    bench.delete(path)
    found = AuditEntry.objects.filter(maker=make_maker().public_id).order_by("pk")
    assert list(found.values_list("action", "object")) == [
        ("offer.created", offer["id"]), ("offer.changed", offer["id"]), ("voucher.created", voucher["id"]),
        ("voucher.changed", voucher["id"]), ("voucher.ended", voucher["id"]), ("offer.ended", offer["id"]),
    ]  # fmt: skip
    assert found[1].before == {"label": "Ten percent", "benefit": offer["benefit"]}
    assert found[3].after == {"max_uses": 3}


def wrong(**values: Any) -> dict[str, Any]:
    return {**NEW, **values}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (wrong(benefit={"kind": "percentage", "percent": "100.01"}), "benefit.percent"),
        (wrong(benefit={"kind": "percentage", "percent": "-1"}), "benefit.percent"),
        (wrong(benefit={"kind": "percentage", "percent": "0"}), "benefit.percent"),
        (wrong(benefit={"kind": "percentage", "percent": 10}), "benefit.percent"),
        (wrong(benefit={"kind": "percentage", "percent": "NaN"}), "benefit.percent"),
        (wrong(benefit={"kind": "percentage"}), "benefit.percent"),
        (wrong(benefit={"kind": "amount", "percent": "10", "amount": PRICE}), "benefit.percent"),
        (wrong(benefit={"kind": "amount"}), "benefit.amount"),
        (wrong(benefit={"kind": "amount", "amount": {"amount": "-5.00", "currency": "USD"}}), "benefit.amount.amount"),
        (wrong(benefit={"kind": "amount", "amount": {"amount": "5.00", "currency": "EUR"}}), "benefit.amount.currency"),
        (wrong(benefit={"kind": "multibuy", "amount": PRICE}), "benefit.amount"),
        (wrong(benefit={"kind": "multibuy"}), "condition.min_quantity"),
        (wrong(benefit={"kind": "free"}), "benefit.kind"),
        (wrong(condition={"min_quantity": 0}), "condition.min_quantity"),
        (wrong(condition={"min_quantity": 2, "min_amount": PRICE}), "condition.min_amount"),
        (wrong(limits={"uses": 0}), "limits.uses"),
        (wrong(limits={"uses": 10_001}), "limits.uses"),
        (wrong(limits={"discount": {"amount": "0", "currency": "USD"}}), "limits.discount.amount"),
        (wrong(starts_at="2026-05-01T00:00:00Z", ends_at="2026-05-01T00:00:00Z"), "ends_at"),
        (wrong(starts_at="2026-05-01"), "starts_at"),
        (wrong(starts_at="2026-05-01T00:00:00"), "starts_at"),
        (wrong(starts_at="2026-13-01T00:00:00Z"), "starts_at"),
        (wrong(starts_at=1_777_000_000), "starts_at"),
        (wrong(applies_to={"products": ["prd_unknown"]}), "applies_to.products"),
        (wrong(applies_to={"except_categories": ["nowhere"]}), "applies_to.except_categories"),
        (wrong(customer_group="Trade"), "customer_group"),
        (wrong(priority=1_001), "priority"),
        (wrong(label="Ten\npercent"), "label"),
    ],
)
def test_what_no_offer_is(bench: Bench, body: dict[str, Any], field: str) -> None:
    before = snapshot()
    answer = bench.post(f"{BASE}/offers", body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert snapshot() == before


def test_another_makers_pieces_and_offers_are_not_there(bench: Bench) -> None:
    birch = make_maker("birch")
    theirs = make_piece("brooch", maker=birch)
    offer = make_offer(maker=birch, by_voucher=True)
    voucher = make_voucher("BIRCH", offer)
    named = bench.post(f"{BASE}/offers", {**NEW, "applies_to": {"except_products": [theirs.public_id]}})
    assert refusal(named) == (422, "applies_to.except_products", "unknown_product")
    opened = bench.post(f"{BASE}/vouchers", {"code": "MINE", "offers": [offer.public_id]})
    assert refusal(opened) == (422, "offers", "unknown_offer")
    assert bench.get(f"{BASE}/offers/{offer.public_id}").status_code == 404
    assert bench.delete(f"{BASE}/vouchers/{voucher.public_id}").status_code == 404
    assert bench.get(f"{BASE}/offers").json()["results"] == []


@pytest.mark.parametrize(
    "code",
    ["ABC", "A" * 33, "TEN PERCENT", "TEN%", "-TEN", "TEN--OFF", "TEN-", "ZEHN_", "ÄPFEL", "１２３４", ""],
)
def test_codes_that_nobody_could_type(bench: Bench, code: str) -> None:
    offer = bench.made("offers", **NEW, by_voucher=True)
    answer = bench.post(f"{BASE}/vouchers", {"code": code, "offers": [offer["id"]]})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "code"
    assert not Voucher.objects.exists()


def test_a_code_is_there_once_in_the_shop(bench: Bench) -> None:
    offer = bench.made("offers", **NEW, by_voucher=True)
    make_voucher("THANKS", make_offer(maker=make_maker("birch"), by_voucher=True))
    answer = bench.post(f"{BASE}/vouchers", {"code": "thanks", "offers": [offer["id"]]})
    assert refusal(answer) == (422, "code", "code_taken")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"offers": []}, "offers"),
        ({"usage": "twice"}, "usage"),
        ({"usage": "single", "max_uses": 2}, "max_uses"),
        ({"max_uses": 0}, "max_uses"),
        ({"starts_at": "2026-05-02T00:00:00Z", "ends_at": "2026-05-01T00:00:00Z"}, "ends_at"),
        ({"starts_at": None}, "starts_at"),
    ],
)
def test_what_no_voucher_is(bench: Bench, values: dict[str, Any], field: str) -> None:
    offer = bench.made("offers", **NEW, by_voucher=True)
    answer = bench.post(f"{BASE}/vouchers", {"code": "THANKS", "offers": [offer["id"]], **values})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field
    assert not Voucher.objects.exists()


def test_an_offer_that_anybody_gets_takes_no_voucher(bench: Bench) -> None:
    offer = bench.made("offers", **NEW)
    answer = bench.post(f"{BASE}/vouchers", {"code": "THANKS", "offers": [offer["id"]]})
    assert refusal(answer) == (422, "offers", "unknown_offer")


def test_its_status_goes_by_the_clock(bench: Bench) -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    offer = bench.made("offers", **NEW, starts_at=tomorrow.isoformat())
    assert offer["status"] == "scheduled"
    ConditionalOffer.objects.update(start_datetime=None, end_datetime=timezone.now())
    assert bench.get(f"{BASE}/offers/{offer['id']}").json()["status"] == "ended"


def test_so_many_offers_and_no_more(bench: Bench) -> None:
    row = make_offer(maker=make_maker())
    ConditionalOffer.objects.bulk_create(
        ConditionalOffer(name="More", maker=row.maker, condition=row.condition, benefit=row.benefit)
        for _ in range(MAX_OFFERS - 1)
    )
    answer = bench.post(f"{BASE}/offers", NEW)
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_offers")
    bench.delete(f"{BASE}/offers/{row.public_id}")
    assert bench.post(f"{BASE}/offers", NEW).status_code == 201


@pytest.mark.parametrize("count", [1, 20])
def test_the_lists_cost_the_same_for_one_and_for_twenty(
    bench: Bench, count: int, django_assert_num_queries: Any
) -> None:
    offers = [make_offer(maker=make_maker(), by_voucher=True) for _ in range(count)]
    for number, offer in enumerate(offers):
        make_voucher(f"CODE-{number}", offer)
    with django_assert_num_queries(9):  # sign-in (2), membership; offers with parts, four lists of pieces, uses
        assert len(bench.get(f"{BASE}/offers").json()["results"]) == count
    with django_assert_num_queries(6):  # sign-in (2), membership; vouchers, their offers, uses
        assert len(bench.get(f"{BASE}/vouchers").json()["results"]) == count
