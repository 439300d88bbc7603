"""Baskets and orders belong to the storefront they were begun in; a maker's own lets nobody else's piece in."""

import json
import uuid
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from catalog.catalogue.models import Product
from orders.basket.models import Basket
from orders.order.models import Order
from shop.storefronts.models import Storefront
from tests.api import ADDRESS, Api
from tests.factories import make_maker, make_piece, make_storefront, make_user, make_variant, sign_in
from tests.fakes.local_stripe import LocalStripe
from tests.orders.steps import pay, token
from tests.routes import routes
from tests.shop.storefronts.windows import default, listing, through

pytestmark = pytest.mark.django_db


@pytest.fixture
def alder() -> Storefront:
    """The own storefront of a maker with the piece BAND; `SHARED` is a SKU of two makers."""
    maker = make_maker("alder")
    make_piece("band", make_variant("BAND"), make_variant("SHARED"), maker=maker)
    make_piece("birch-bangle", make_variant("BANGLE"), make_variant("SHARED"), maker=make_maker("birch"))
    return make_storefront(owner=maker)


@pytest.fixture
def own(alder: Storefront) -> Api:
    return through(alder)


def variant_of(slug: str, sku: str) -> str:
    return str(Product.objects.get(parent__slug=slug, stockrecords__partner_sku=sku).public_id)


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


class TestAddingALine:
    def test_by_variant_or_sku_of_the_maker(self, own: Api) -> None:
        basket = own.basket(BAND=1)
        answer = own.post(f"/store/baskets/{basket['id']}/lines", {"variant": variant_of("band", "SHARED")})
        assert [line["sku"] for line in answer.json()["lines"]] == ["BAND", "SHARED"]

    def test_another_makers_piece_is_unknown(self, own: Api) -> None:
        lines = f"/store/baskets/{own.basket()['id']}/lines"
        for named in ({"sku": "BANGLE"}, {"variant": variant_of("birch-bangle", "BANGLE")}):
            answer = own.post(lines, named)
            assert code(answer) == (422, "unknown_variant")
            nowhere = own.post(lines, {"sku": "NOWHERE"})
            assert {**answer.json(), "request_id": ""} == {**nowhere.json(), "request_id": ""}
        assert own.get(lines.removesuffix("/lines")).json()["lines"] == []

    def test_a_sku_is_ambiguous_only_where_both_makers_are_shown(self, own: Api, alder: Storefront) -> None:
        both = through(listing(make_maker("alder"), make_maker("birch")))
        for api in (Api(), both):
            lines = f"/store/baskets/{api.basket()['id']}/lines"
            assert code(api.post(lines, {"sku": "SHARED"})) == (422, "ambiguous_sku")
        (line,) = own.basket(SHARED=1)["lines"]
        assert line["maker"]["slug"] == "alder"
        (line,) = through(listing(make_maker("birch"))).basket(SHARED=1)["lines"]
        assert line["maker"]["slug"] == "birch"


class TestABasket:
    def test_belongs_to_the_storefront_it_was_begun_in(self, own: Api, alder: Storefront) -> None:
        basket = own.ready_basket(BAND=1)
        assert Basket.objects.get().storefront == alder
        path, line = f"/store/baskets/{basket['id']}", basket["lines"][0]["id"]
        for other in (Api(), through(default()), through(listing(make_maker("alder"))), through(make_storefront())):
            for answer in (
                other.get(path),
                other.patch(path, {"gift_note": "Mine"}),
                other.post(f"{path}/lines", {"sku": "BAND"}),
                other.patch(f"{path}/lines/{line}", {"quantity": 2}),
                other.delete(f"{path}/lines/{line}"),
                other.get(f"{path}/shipping-options"),
                other.checkout(basket),
            ):
                assert code(answer) == (404, "not_found")
        assert own.get(path).json() == basket
        assert not Order.objects.exists()

    def test_of_the_default_storefront_is_not_in_a_makers_own(self, api: Api, own: Api) -> None:
        basket = api.basket(BAND=1)
        assert Basket.objects.get().storefront == default()
        assert code(own.get(f"/store/baskets/{basket['id']}")) == (404, "not_found")
        assert through(default()).get(f"/store/baskets/{basket['id']}").json() == basket

    @pytest.mark.usefixtures("alder")
    def test_from_before_storefronts_is_in_the_default_one(self, api: Api, own: Api) -> None:
        basket = api.ready_basket(BAND=1)
        Basket.objects.update(storefront=None)
        assert api.get(f"/store/baskets/{basket['id']}").status_code == 200
        assert api.patch(f"/store/baskets/{basket['id']}", {"gift_note": "Hello"}).status_code == 200
        assert own.get(f"/store/baskets/{basket['id']}").status_code == 404

    def test_has_the_storefronts_currency(self, alder: Storefront) -> None:
        assert through(alder).basket()["currency"] == "USD"
        Storefront.objects.filter(pk=alder.pk).update(currency="EUR")
        basket = through(alder).basket()
        assert basket["currency"] == "EUR"
        # What is priced in another currency is not for sale there.
        answer = through(alder).post(f"/store/baskets/{basket['id']}/lines", {"sku": "BAND"})
        assert code(answer) == (422, "unknown_variant")

    def test_a_repeated_key_is_another_request_in_another_storefront(self, own: Api, alder: Storefront) -> None:
        key = {"Idempotency_Key": "x" * 32}
        apis = [own, Api(), through(make_storefront())]
        ids = [api.post("/store/baskets", **key).json()["id"] for api in apis]
        assert len(set(ids)) == 3
        for api, basket_id in zip(apis, ids, strict=True):
            again = api.post("/store/baskets", **key)
            assert (again["Idempotent-Replayed"], again.json()["id"]) == ("true", basket_id)
        added = own.post(f"/store/baskets/{ids[0]}/lines", {"sku": "BAND"}, **key)
        assert added.status_code == 201
        assert Api().post(f"/store/baskets/{ids[0]}/lines", {"sku": "BAND"}, **key).status_code == 404
        assert (
            Api(Benchpin_Key="pk_none").post(f"/store/baskets/{ids[0]}/lines", {"sku": "BAND"}, **key).status_code
            == 401
        )


class TestAMakerWhoIsShownNoMore:
    @pytest.fixture
    def window(self, alder: Storefront) -> Storefront:
        return listing(make_maker("alder"), make_maker("birch"))

    def test_their_line_is_a_problem(self, window: Storefront) -> None:
        api = through(window)
        basket = api.ready_basket(BAND=1, BANGLE=1)
        window.makers.set([make_maker("birch")])
        shown = api.get(f"/store/baskets/{basket['id']}").json()
        first = basket["lines"][0]["id"]
        assert [(problem["code"], problem["line"]) for problem in shown["problems"]] == [("unavailable", first)]
        answer = api.patch(f"/store/baskets/{basket['id']}/lines/{first}", {"quantity": 2})
        assert code(answer) == (422, "unknown_variant")
        assert api.delete(f"/store/baskets/{basket['id']}/lines/{first}").json()["problems"] == []

    def test_their_line_stops_checkout(self, window: Storefront) -> None:
        api = through(window)
        basket = api.ready_basket(BAND=1, BANGLE=1)
        window.makers.set([make_maker("birch")])
        answer = api.checkout(basket)
        assert code(answer) == (409, "basket_changed")
        assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [
            (f"lines.{basket['lines'][0]['id']}", "unavailable")
        ]
        assert not Order.objects.exists()


@pytest.mark.usefixtures("stripe_server")
class TestCheckout:
    def test_hands_the_storefront_to_the_order(self, own: Api, api: Api, alder: Storefront) -> None:
        assert Order.objects.get(number=own.placed(BAND=1)["order"]["number"]).storefront == alder
        assert Order.objects.get(number=api.placed(BAND=1)["order"]["number"]).storefront == default()

    def test_without_a_default_one_in_the_database(self, alder: Storefront, api: Api) -> None:
        Storefront.objects.filter(is_default=True).delete()
        placed = api.placed(BAND=1)
        assert Order.objects.get().storefront is None
        assert api.get(f"/store/orders/{placed['order']['number']}", **token(placed["order"])).status_code == 200

    @pytest.mark.parametrize("provider", [{}, {"provider": "stripe"}])
    def test_refuses_a_provider_that_is_off(self, alder: Storefront, own: Api, provider: dict[str, str]) -> None:
        basket = own.ready_basket(BAND=1)
        Storefront.objects.filter(pk=alder.pk).update(providers=[])
        body = {"expected": {"version": basket["version"], "total": basket["totals"]["total"]}, **provider}
        path = f"/store/baskets/{basket['id']}/checkout"
        assert code(own.post(path, body, Idempotency_Key=str(uuid.uuid4()))) == (422, "provider_off")
        assert not Order.objects.exists()
        assert own.get(f"/store/baskets/{basket['id']}").json() == basket
        Storefront.objects.filter(pk=alder.pk).update(providers=["stripe"])
        assert own.post(path, body, Idempotency_Key=str(uuid.uuid4())).status_code == 201

    def test_a_repetition_finds_its_order_though_the_provider_is_off_now(self, alder: Storefront, own: Api) -> None:
        basket, key = own.ready_basket(BAND=1), str(uuid.uuid4())
        placed = own.checkout(basket, key).json()
        Storefront.objects.filter(pk=alder.pk).update(providers=[])
        again = own.checkout(basket, key)
        assert (again.status_code, again.json()["order"]["number"]) == (201, placed["order"]["number"])


class TestAnOrder:
    @pytest.fixture
    def placed(self, own: Api, stripe_server: LocalStripe) -> dict[str, Any]:
        return own.placed(BAND=1)

    def test_is_not_there_through_another_storefront(self, placed: dict[str, Any], own: Api, alder: Storefront) -> None:
        order, payment = placed["order"], placed["payment"]
        path, opens = f"/store/orders/{order['number']}", token(order)
        before = own.get(path, **opens).json()
        for other in (Api(), through(default()), through(make_storefront()), through(listing(make_maker("alder")))):
            for answer in (
                other.get(path, **opens),
                other.post(f"{path}/cancel", **opens),
                other.post(f"{path}/payments", Idempotency_Key=str(uuid.uuid4()), **opens),
                other.post(f"{path}/payments/{payment['id']}/refresh", **opens),
            ):
                assert code(answer) == (404, "not_found")
        assert own.get(path, **opens).json() == before
        assert own.post(f"{path}/cancel", **opens).json()["status"] == "cancelled"

    def test_a_kept_answer_is_not_repeated_to_another_storefront(self, placed: dict[str, Any], own: Api) -> None:
        order, key = placed["order"], {"Idempotency_Key": str(uuid.uuid4())}
        path = f"/store/orders/{order['number']}/payments"
        assert own.post(path, **token(order), **key).status_code == 201
        assert own.post(path, **token(order), **key)["Idempotent-Replayed"] == "true"
        assert code(Api().post(path, **token(order), **key)) == (404, "not_found")

    def test_of_before_storefronts_is_in_the_default_one(self, placed: dict[str, Any], own: Api, api: Api) -> None:
        Order.objects.update(storefront=None)
        path = f"/store/orders/{placed['order']['number']}"
        assert api.get(path, **token(placed["order"])).status_code == 200
        assert own.get(path, **token(placed["order"])).status_code == 404

    def test_of_a_closed_storefront_is_found_in_the_default_one(
        self, placed: dict[str, Any], alder: Storefront, own: Api, api: Api, stripe_server: LocalStripe
    ) -> None:
        """Somebody has bought there, and goes on to pay, to read and to wait."""
        Storefront.objects.filter(pk=alder.pk).update(closed_at=timezone.now())
        order, path = placed["order"], f"/store/orders/{placed['order']['number']}"
        pay(stripe_server, placed["payment"])
        assert api.post(f"{path}/payments/{placed['payment']['id']}/refresh", **token(order)).status_code == 200
        assert api.get(path, **token(order)).json()["status"] == "paid"
        assert own.get(path, **token(order)).status_code == 401
        assert through(make_storefront()).get(path, **token(order)).status_code == 404

    def test_goes_on_while_the_key_is_being_replaced(self, placed: dict[str, Any], alder: Storefront) -> None:
        Storefront.objects.filter(pk=alder.pk).update(
            publishable_key="pk_new", previous_key=alder.publishable_key,
            previous_key_until=timezone.now() + timedelta(hours=1),
        )  # fmt: skip
        path = f"/store/orders/{placed['order']['number']}"
        for key in ("pk_new", alder.publishable_key):
            assert Api(Benchpin_Key=key).get(path, **token(placed["order"])).status_code == 200


def bodies() -> list[dict[str, str]]:
    return [{}, {"sku": "BANGLE"}, {"variant": variant_of("birch-bangle", "BANGLE")}, ADDRESS]


@pytest.mark.usefixtures("stripe_server")
@pytest.mark.parametrize("who", ["a guest", "a customer"])
def test_no_door_of_a_makers_own_storefront_speaks_of_another_maker(alder: Storefront, who: str) -> None:
    """Every store route, with every name of the other maker's that a caller could know; both bought it elsewhere."""
    signed_in = {} if who == "a guest" else {"X_Session_Token": sign_in(make_user("ada@example.com"))}
    elsewhere, own = Api(**signed_in), through(alder, **signed_in)
    placed = elsewhere.placed(BANGLE=1)
    theirs = elsewhere.ready_basket(BANGLE=1)
    names = {
        "basket_id": theirs["id"], "line_id": theirs["lines"][0]["id"], "number": placed["order"]["number"],
        "payment_id": placed["payment"]["id"],
    }  # fmt: skip
    for route in routes():
        # The trade's own words, the same for everybody, have bangles among them.
        if not route.path.startswith("/v1/store") or route.path == "/v1/store/product-types":
            continue
        pattern = route.path.removeprefix("/v1").replace("<str:", "{").replace(">", "}")
        for slug in ("birch-bangle", "birch"):
            path = pattern.format_map(defaultdict(lambda: "none", {**names, "slug": slug}))
            for answer in answers(own, route.method, path, token(placed["order"])):
                assert b"bangle" not in answer.content.lower(), (str(route), path)
                assert b'"birch"' not in answer.content.lower(), (str(route), path)
    assert elsewhere.get(f"/store/baskets/{theirs['id']}").json() == theirs
    assert Order.objects.get().status == "awaiting_payment"


def answers(api: Api, method: str, path: str, headers: dict[str, str]) -> Iterator[Any]:
    if method == "GET":
        for query in ("", "?maker=birch&limit=100", "?sort=price"):
            yield api.get(path + query, **headers)
    else:
        for body in bodies():
            key = str(uuid.uuid4())
            yield api.raw(method, path, json.dumps(body).encode(), Idempotency_Key=key, **headers)
