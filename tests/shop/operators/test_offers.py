"""The platform's own offers, made in the operators' form and ended by the action of their list."""

from typing import Any

import pytest
from django.test import Client

from catalog.catalogue.models import Product
from orders.offer.models import ConditionalOffer, CustomerGroup
from orders.offer.queries import get_offer
from orders.offer.rules import MAX_OFFERS
from orders.offer.shapes import offer as shaped
from shop.audit.models import AuditEntry
from tests.api import Api
from tests.factories import make_maker, make_offer, make_piece
from tests.shop.operators.steps import operator
from tests.shop.operators.test_pages import address, facts
from tests.shop.operators.test_writing import errors_of, last_entry

pytestmark = pytest.mark.django_db

TEN = {"label": "Opening week", "kind": "percentage", "percent": "10", "priority": "0"}


def made(site: Client, **values: Any) -> ConditionalOffer:
    answer = site.post(address(ConditionalOffer, "add"), TEN | values)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    return get_offer(None, ConditionalOffer.objects.latest("pk").public_id)


def test_one_is_made_and_every_makers_pieces_have_it(site: Client, api: Api) -> None:
    make_piece("brooch", maker=make_maker("birch"))
    assert site.get(address(ConditionalOffer, "add")).status_code == 200
    row = made(site)
    assert api.basket(BROOCH_1=1)["totals"]["discounts"]["amount"] == "18.00"
    entry = last_entry()
    assert (entry.action, entry.object, entry.maker) == ("offer.created", row.public_id, "")
    assert entry.after is not None and entry.after["label"] == "Opening week"
    assert AuditEntry.objects.filter(action="offer.created").count() == 1


def test_every_field_is_taken_over(site: Client) -> None:
    make_piece("ring", category="Rings > Signets")
    piece = Product.objects.pieces().get()
    branch = piece.categories.get()
    group = CustomerGroup.objects.create(name="The trade")
    row = made(
        site, kind="amount", percent="", amount="15", by_voucher="on", min_amount="100.00", priority="7",
        products=f" {piece.public_id}\n", except_categories=[branch.pk], customer_group=group.pk, exclusive="on",
        starts_at="2026-03-09 12:00", ends_at="2026-04-09 12:00", uses="50", uses_per_customer="2", uses_per_order="1",
        discount="900",
    )  # fmt: skip
    found = shaped(row)
    usd = {"currency": "USD"}
    assert found["benefit"] == {"kind": "amount", "percent": None, "amount": {"amount": "15.00", **usd}}
    assert found["condition"] == {"min_quantity": None, "min_amount": {"amount": "100.00", **usd}}
    assert found["applies_to"] == {
        "products": [piece.public_id], "categories": [], "except_products": [], "except_categories": [branch.slug],
    }  # fmt: skip
    assert found["limits"] == {
        "uses": 50, "uses_per_customer": 2, "uses_per_order": 1, "discount": {"amount": "900.00", **usd},
    }  # fmt: skip
    assert (found["by_voucher"], found["customer_group"], found["exclusive"], found["priority"]) == (
        True, "The trade", True, 7,
    )  # fmt: skip
    assert [moment.isoformat() for moment in (found["starts_at"], found["ends_at"])] == [
        "2026-03-09T12:00:00+00:00", "2026-04-09T12:00:00+00:00",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"label": ""}, "label"),
        ({"label": "x" * 129}, "label"),
        ({"label": "Bcc:\u202eeverybody"}, "label"),
        ({"percent": "101"}, "percent"),
        ({"percent": ""}, "percent"),
        ({"percent": "ten"}, "percent"),
        ({"amount": "5"}, "amount"),
        ({"kind": "amount", "percent": "", "amount": "0.001"}, "amount"),
        ({"kind": "multibuy", "percent": ""}, "min_quantity"),
        ({"min_quantity": "2", "min_amount": "5"}, "min_amount"),
        ({"products": "prd_unknown"}, "products"),
        ({"starts_at": "2026-03-09 12:00", "ends_at": "2026-03-09 12:00"}, "ends_at"),
        ({"uses": "0"}, "uses"),
        ({"discount": "-1"}, "discount"),
        ({"priority": "1001"}, "priority"),
    ],
)
def test_one_that_cannot_be_is_told_at_its_field_and_changes_nothing(
    site: Client, values: dict[str, str], field: str
) -> None:
    before = facts()
    assert list(errors_of(site.post(address(ConditionalOffer, "add"), TEN | values))) == [field]
    assert facts() == before


def test_one_too_many(site: Client) -> None:
    for _ in range(MAX_OFFERS):
        make_offer()
    assert list(errors_of(site.post(address(ConditionalOffer, "add"), TEN))) == ["__all__"]


def test_the_platforms_are_ended_and_a_makers_are_not(site: Client) -> None:
    own, makers = make_offer(), make_offer(maker=make_maker())
    chosen = {"action": "end", "_selected_action": [own.pk, makers.pk]}
    answer = site.post(address(ConditionalOffer), chosen, follow=True)
    assert [str(each) for each in answer.context["messages"]][1:] == ["1 are ended."]
    own.refresh_from_db()
    makers.refresh_from_db()
    assert own.ended_at is not None and makers.ended_at is None
    entry = last_entry()
    assert (entry.action, entry.object, entry.user) == ("offer.ended", own.public_id, operator().public_id)


def test_none_is_changed_by_its_page(site: Client) -> None:
    row = make_offer()
    before = facts()
    assert site.post(address(ConditionalOffer, row.pk, "change"), TEN | {"name": "Forged"}).status_code == 403
    assert facts() == before
