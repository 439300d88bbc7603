"""Offers on a basket: whose lines, for whom, when; and at what cost."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from catalog.catalogue.models import Category
from catalog.partner.models import StockRecord
from orders.basket.models import Basket, Line
from orders.offer.models import ConditionalOffer, CustomerGroup
from tests.api import Api
from tests.factories import api_of, make_maker, make_offer, make_piece, make_storefront, make_user, make_variant
from tests.fakes.local_stripe import LocalStripe

pytestmark = pytest.mark.django_db


def discounts(basket: dict[str, Any]) -> list[tuple[str | None, str, str]]:
    return [(each["code"], each["label"], each["amount"]["amount"]) for each in basket["discounts"]]


def of_lines(basket: dict[str, Any]) -> dict[str, str]:
    return {line["sku"]: line["discount"]["amount"] for line in basket["lines"]}


@pytest.fixture
def pieces(db: None) -> None:
    """A ring of alder's below Rings, a chain of alder's, and a brooch of birch's."""
    make_piece("ring", make_variant("RING", "100.00"), category="Rings > Signets")
    make_piece("chain", make_variant("CHAIN", "50.00"), category="Chains")
    make_piece("brooch", make_variant("BROOCH", "30.00"), maker=make_maker("birch"), category="Brooches")


@pytest.mark.usefixtures("pieces")
class TestWhoseLines:
    def test_the_platforms_offer_is_of_all_lines(self, api: Api) -> None:
        make_offer()
        basket = api.basket(RING=1, CHAIN=2, BROOCH=1)
        assert discounts(basket) == [(None, "Ten percent", "23.00")]
        assert of_lines(basket) == {"RING": "10.00", "CHAIN": "10.00", "BROOCH": "3.00"}
        assert basket["totals"]["items"]["amount"] == "230.00"
        assert basket["totals"]["discounts"]["amount"] == "23.00"
        assert basket["totals"]["total"]["amount"] == "207.00"
        assert [line["line_total"]["amount"] for line in basket["lines"]] == ["100.00", "100.00", "30.00"]

    def test_a_makers_is_of_that_makers_lines_only(self, api: Api) -> None:
        make_offer(maker=make_maker("birch"))
        assert of_lines(api.basket(RING=1, BROOCH=1)) == {"RING": "0.00", "BROOCH": "3.00"}

    def test_what_is_below_a_category_counts_with_it(self, api: Api) -> None:
        branch = Category.objects.get(name="Rings")
        make_offer(applies_to={"categories": [branch.slug]})
        assert of_lines(api.basket(RING=1, CHAIN=1)) == {"RING": "10.00", "CHAIN": "0.00"}

    def test_pieces_by_name_and_exceptions(self, api: Api) -> None:
        ring = StockRecord.objects.get(partner_sku="RING").product.parent
        chains = Category.objects.get(name="Chains")
        make_offer("percentage", "10", label="Ring", applies_to={"products": [ring.public_id]})
        make_offer("percentage", "20", label="No chain", applies_to={"except_categories": [chains.slug]})
        make_offer("percentage", "50", label="No ring", applies_to={"except_products": [ring.public_id]})
        basket = api.basket(RING=1, CHAIN=1, BROOCH=1)
        assert discounts(basket) == [(None, "Ring", "10.00"), (None, "No chain", "24.00"), (None, "No ring", "37.00")]

    def test_the_platforms_is_not_for_a_makers_own_window(self, api: Api) -> None:
        make_offer()
        make_offer(label="Alder's", maker=make_maker("alder"))
        window = make_storefront(owner=make_maker("alder"))
        basket = Api(Benchpin_Key=window.publishable_key).basket(RING=1)
        assert discounts(basket) == [(None, "Alder's", "10.00")]


@pytest.mark.usefixtures("pieces")
class TestWhenAndForWhom:
    @pytest.mark.parametrize(
        ("starts_in", "ends_in", "is_there"), [(-2, -1, False), (-1, 1, True), (1, 2, False), (None, None, True)]
    )
    def test_its_time(self, api: Api, starts_in: int | None, ends_in: int | None, is_there: bool) -> None:
        start, end = (None if days is None else timezone.now() + timedelta(days=days) for days in (starts_in, ends_in))
        make_offer(starts_at=start, ends_at=end)
        assert bool(discounts(api.basket(RING=1))) is is_there

    def test_what_was_ended(self, api: Api) -> None:
        make_offer()
        ConditionalOffer.objects.update(ended_at=timezone.now())
        assert discounts(api.basket(RING=1)) == []

    def test_a_group_is_for_its_members(self, api: Api) -> None:
        trade, ada = CustomerGroup.objects.create(name="Trade"), make_user("ada@example.com")
        trade.members.add(ada)
        make_offer(customer_group="Trade")
        assert discounts(api.basket(RING=1)) == []
        assert discounts(api_of(make_user("bea@example.com")).basket(RING=1)) == []
        assert len(discounts(api_of(ada).basket(RING=1))) == 1

    def test_a_member_who_opens_a_guests_basket_has_their_offers(self, api: Api) -> None:
        trade, ada = CustomerGroup.objects.create(name="Trade"), make_user("ada@example.com")
        trade.members.add(ada)
        make_offer(customer_group="Trade")
        basket = api.basket(RING=1)
        assert len(discounts(api_of(ada).get(f"/store/baskets/{basket['id']}").json())) == 1

    def test_the_highest_priority_comes_first(self, api: Api) -> None:
        make_offer(label="Later", exclusive=True)
        make_offer("amount", "5", label="First", exclusive=True, priority=1)
        assert discounts(api.basket(RING=1)) == [(None, "First", "5.00")]


@pytest.mark.usefixtures("pieces")
class TestShipping:
    def test_it_stands_among_the_discounts(self, api: Api) -> None:
        make_offer("shipping_percentage", "100", label="Free shipping", condition={"min_amount": Decimal(100)})
        totals = api.ready_basket(RING=1)["totals"]
        assert {name: money["amount"] for name, money in totals.items()} == {
            "items": "100.00", "discounts": "12.00", "shipping": "12.00", "tax": "0.00", "total": "100.00",
        }  # fmt: skip

    def test_a_makers_needs_a_basket_of_its_own(self, api: Api) -> None:
        make_offer("shipping_percentage", "100", maker=make_maker("alder"))
        assert len(discounts(api.ready_basket(RING=1))) == 1
        assert discounts(api.ready_basket(RING=1, BROOCH=1)) == []

    def test_whether_shipping_is_free_is_asked_of_the_discounted_items(self, api: Api, settings: Any) -> None:
        settings.SHIPPING_FREE_OVER = Decimal("100.00")
        assert api.ready_basket(RING=1)["totals"]["shipping"]["amount"] == "0.00"
        make_offer("amount", "0.01")
        assert api.ready_basket(RING=1)["totals"]["shipping"]["amount"] == "12.00"


def fill(api: Api, count: int) -> str:
    """A ready basket with so many lines, each of another piece; one more piece, NEW, is for sale."""
    for sku in ("NEW", *(f"S{number}" for number in range(count))):
        make_piece(f"piece-{sku.lower()}", make_variant(sku), category=f"Rings > Kind {len(sku)}")
    basket = Basket.objects.get(public_id=api.ready_basket(S0=1)["id"])
    for record in StockRecord.objects.exclude(partner_sku__in=["S0", "NEW"]):
        Line.objects.create(
            basket=basket, line_reference=record.product.public_id, product=record.product, stockrecord=record,
            quantity=1, price_currency="USD", price_excl_tax=record.price, price_incl_tax=record.price,
        )  # fmt: skip
    path = f"/store/baskets/{basket.public_id}"
    assert len(api.get(path).json()["lines"]) == count
    return path


@pytest.mark.parametrize("count", [1, 20])
class TestTenOffersThatCombine:
    """They cost the same for one line and for twenty, and as much as one offer would; Oscar asks 6,126 times."""

    @pytest.fixture
    def path(self, api: Api, count: int) -> str:
        path = fill(api, count)
        branch = Category.objects.get(name="Rings")
        for number in range(5):
            make_offer("percentage", "2", label=f"All {number}")
            make_offer("percentage", "2", label=f"Rings {number}", applies_to={"categories": [branch.slug]},
                       limits={"uses": 10_000, "uses_per_customer": 5})  # fmt: skip
        assert len(api.get(path).json()["discounts"]) == 10  # and shows another version from now on
        return path

    def test_reading(self, api: Api, path: str, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(8):
            api.get(path)

    def test_adding_a_line(self, api: Api, path: str, count: int, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(12):
            basket = api.post(f"{path}/lines", {"sku": "NEW"}).json()
        assert len(basket["lines"]) == count + 1
        assert len(basket["discounts"]) == 10

    def test_checking_out(
        self, api: Api, path: str, stripe_server: LocalStripe, django_assert_num_queries: Any
    ) -> None:
        shown = api.get(path).json()
        with django_assert_num_queries(46):
            answer = api.checkout(shown)
        assert answer.status_code == 201
        assert len(answer.json()["order"]["discounts"]) == 10


def test_lines_show_what_they_cost_before(api: Api) -> None:
    make_piece("ring", make_variant("RING", "100.00"), make_variant("PLAIN", "80.00"))
    StockRecord.objects.filter(partner_sku="RING").update(compare_at_price="120.00")
    StockRecord.objects.filter(partner_sku="PLAIN").update(compare_at_price="80.00")
    shown = {line["sku"]: line["unit_compare_at_price"] for line in api.basket(RING=1, PLAIN=1)["lines"]}
    assert shown == {"RING": {"amount": "120.00", "currency": "USD"}, "PLAIN": None}
