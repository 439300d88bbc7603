"""Variants through the studio's door."""

from typing import Any

import pytest

from catalog.catalogue.models import Product
from catalog.inventory.models import StockMovement
from catalog.partner.models import StockRecord
from shop.audit.models import AuditEntry
from tests.api import Api
from tests.catalog.bench import Bench, last_entry, problem, refused_fields, ring, usd
from tests.factories import stock

pytestmark = pytest.mark.django_db

SEVEN, EIGHT = {"size": "7"}, {"size": "8"}


@pytest.fixture
def bench() -> Bench:
    return Bench()


def add(bench: Bench, piece: dict[str, Any], **values: Any) -> Any:
    return bench.api.post(bench.path(piece, "variants"), {**ring("MOON-8"), **values})


class TestAdd:
    def test_another_size(self, bench: Bench) -> None:
        piece = bench.create(variants=[ring(options=SEVEN)])
        answer = add(bench, piece, options={"Size": "8"})
        assert answer.status_code == 201
        variant = answer.json()
        assert (variant["sku"], variant["options"], variant["title"]) == ("MOON-8", EIGHT, "8")
        assert bench.read(piece).json()["variants"] == [*piece["variants"], variant]
        again = bench.api.get(bench.path(piece, "variants", variant["id"]))
        assert (again.json(), again["ETag"]) == (variant, answer["ETag"])
        entry = last_entry("variant.created")
        assert (entry.object, entry.after["product"], entry.after["sku"]) == (variant["id"], piece["id"], "MOON-8")
        movement = StockMovement.objects.get(stockrecord__partner_sku="MOON-8")
        assert (movement.quantity, movement.reference) == (5, f"studio:{bench.member.user.public_id}")

    def test_it_is_for_sale_at_once(self, bench: Bench, api: Api) -> None:
        piece = bench.published(variants=[ring(options=SEVEN)])
        add(bench, piece, options=EIGHT)
        assert api.basket(MOON_8=1)["lines"][0]["options"] == EIGHT

    def test_a_sku_names_one_variant_of_the_maker(self, bench: Bench) -> None:
        piece = bench.create(variants=[ring(options=SEVEN)])
        refused = add(bench, piece, sku="MOON-7", options=EIGHT)
        assert (problem(refused), refused_fields(refused)) == ((409, "duplicate_sku"), {"sku": "duplicate_sku"})
        assert piece["variants"][0]["id"] in refused.json()["errors"][0]["message"]
        twice = bench.try_create(title="Sun", variants=[ring("SUN", options=SEVEN), ring("SUN", options=EIGHT)])
        assert refused_fields(twice) == {"variants.0.sku": "duplicate_sku", "variants.1.sku": "duplicate_sku"}
        taken = bench.try_create(title="Sun", variants=[ring("SUN", options=SEVEN), ring("MOON-7", options=EIGHT)])
        assert refused_fields(taken) == {"variants.1.sku": "duplicate_sku"}
        assert StockRecord.objects.count() == 1
        assert Product.objects.pieces().count() == 1
        assert Bench(maker="birch").try_create(variants=[ring("MOON-7")]).status_code == 201

    @pytest.mark.parametrize(
        ("options", "code"), [(SEVEN, "same_options"), ({}, "other_options"), ({"length": "8"}, "other_options")]
    )
    def test_variants_can_be_told_apart(self, bench: Bench, options: dict[str, str], code: str) -> None:
        piece = bench.create(variants=[ring(options=SEVEN)])
        refused = add(bench, piece, options=options)
        assert (problem(refused), refused_fields(refused)) == ((422, "invalid_input"), {"options": code})
        assert bench.read(piece).json() == piece

    BAD: dict[str, tuple[dict[str, Any], str]] = {
        "no SKU": ({"sku": ""}, "sku"),
        "a SKU too long": ({"sku": "x" * 129}, "sku"),
        "a SKU with a tab": ({"sku": "a\tb"}, "sku"),
        "NUL in the SKU": ({"sku": "a\0"}, "sku"),
        "a price as a number": ({"price": 180}, "price"),
        "no amount": ({"price": {"currency": "USD"}}, "price.amount"),
        "free": ({"price": usd("0.00")}, "price.amount"),
        "below zero": ({"price": usd("-1.00")}, "price.amount"),
        "finer than a cent": ({"price": usd("1.001")}, "price.amount"),
        "more than a column holds": ({"price": usd("100000000.00")}, "price.amount"),
        "no number": ({"price": usd("NaN")}, "price.amount"),
        "another currency": ({"price": {"amount": "5.00", "currency": "EUR"}}, "price.currency"),
        "a crossed out price below": ({"compare_at_price": usd("180.00")}, "compare_at_price"),
        "four options": ({"options": dict.fromkeys("abcd", "1")}, "options"),
        "an option twice": ({"options": {"Ring size": "7", "ring-size": "8"}}, "options"),
        "an option without a name": ({"options": {"!": "7"}}, "options"),
        "an option's name too long": ({"options": {"x" * 129: "7"}}, "options"),
        "an option without a value": ({"options": {"size": ""}}, "options.size"),
        "a number for a value": ({"options": {"size": 7}}, "options.size"),
        "a value too long": ({"options": {"size": "7" * 256}}, "options.size"),
        "an unknown metal": ({"metal": "mithril"}, "metal"),
        "a weight as a number": ({"weight_g": 4.2}, "weight_g"),
        "no weight": ({"weight_g": "0"}, "weight_g"),
        "too fine a weight": ({"weight_g": "1.0001"}, "weight_g"),
        "too heavy": ({"weight_g": "1000000.001"}, "weight_g"),
        "three years at the bench": ({"lead_time_days": 1_000}, "lead_time_days"),
        "a barcode too long": ({"barcode": "1" * 65}, "barcode"),
        "less than nothing in stock": ({"stock": {"count": -1, "policy": "stock"}}, "stock.count"),
        "more than a column counts": ({"stock": {"count": 2**31, "policy": "stock"}}, "stock.count"),
        "an unknown policy": ({"stock": {"count": 1, "policy": "dropship"}}, "stock.policy"),
        "held by hand": ({"stock": {"count": 1, "policy": "stock", "held": 1}}, "stock.held"),
        "an unknown field": ({"partner_sku": "x"}, "partner_sku"),
        "a parent": ({"product": "prd_x"}, "product"),
    }

    @pytest.mark.parametrize("name", BAD)
    def test_bad_input(self, bench: Bench, name: str) -> None:
        values, field = self.BAD[name]
        piece = bench.create(variants=[])
        answer = add(bench, piece, **values)
        assert problem(answer) == (422, "invalid_input"), answer.content
        assert field in refused_fields(answer), answer.content
        assert bench.read(piece).json() == piece

    def test_not_to_anothers_piece(self, bench: Bench) -> None:
        foreign = Bench(maker="birch")
        piece = foreign.create()
        assert problem(add(bench, piece, options=EIGHT)) == (404, "not_found")
        assert foreign.read(piece).json() == piece

    def test_a_published_one_of_a_kind_gets_no_second(self, bench: Bench) -> None:
        one = {"count": 1, "policy": "stock"}
        piece = bench.published(one_of_a_kind=True, variants=[ring(options=SEVEN, stock=one)])
        assert problem(add(bench, piece, options=EIGHT)) == (409, "needed_while_published")
        assert bench.read(piece).json() == piece
        assert add(bench, piece, options=EIGHT, stock={"count": 0, "policy": "stock"}).status_code == 201


class TestChange:
    def test_only_what_is_given_changes(self, bench: Bench) -> None:
        piece = bench.create(variants=[ring(options=SEVEN, barcode="123")])
        body = {"sku": "MOON-XL", "price": usd("190.00"), "compare_at_price": usd("200.00"), "weight_g": "5.5"}
        changed = bench.api.patch(bench.variant(piece), {**body, "metal": "bronze", "options": EIGHT}).json()
        assert changed == {**piece["variants"][0], **body, "metal": "bronze", "options": EIGHT, "title": "8"}
        entry = last_entry("variant.changed")
        assert entry.object == changed["id"]
        assert entry.before["price"] == usd("180.00")
        assert entry.after == {**body, "metal": "bronze", "options": EIGHT, "title": "8"}
        assert entry.before.keys() == entry.after.keys()

    def test_what_is_taken_back(self, bench: Bench) -> None:
        piece = bench.create(
            variants=[ring(weight_g="5", lead_time_days=3, metal="brass", compare_at_price=usd("999"))]
        )
        nothing = dict.fromkeys(("price", "compare_at_price", "weight_g", "lead_time_days", "metal"))
        changed = bench.api.patch(bench.variant(piece), nothing).json()
        assert {name: changed[name] for name in nothing} == nothing

    def test_a_name_of_its_own_stays(self, bench: Bench) -> None:
        piece = bench.create(variants=[ring(options=SEVEN, title="Ada's size")])
        assert bench.api.patch(bench.variant(piece), {"options": EIGHT}).json()["title"] == "Ada's size"
        assert bench.api.patch(bench.variant(piece), {"title": ""}).json()["title"] == "8"

    def test_its_stock_has_another_door(self, bench: Bench) -> None:
        piece = bench.create()
        refused = bench.api.patch(bench.variant(piece), {"stock": {"count": 9, "policy": "stock"}})
        assert refused_fields(refused) == {"stock": "unknown_field"}
        assert stock("MOON-7").num_in_stock == 5

    def test_a_stale_change(self, bench: Bench, api: Api) -> None:
        piece = bench.published()
        tag = bench.api.get(bench.variant(piece))["ETag"]
        api.placed(MOON_7=1)  # a sale is no change of the variant
        answer = bench.api.patch(bench.variant(piece), {"price": usd("190.00")}, If_Match=tag)
        assert answer.status_code == 200
        refused = bench.api.patch(bench.variant(piece), {"price": usd("200.00")}, If_Match=tag)
        assert problem(refused) == (412, "stale_version")
        assert problem(bench.api.delete(bench.variant(piece), If_Match=tag)) == (412, "stale_version")
        assert bench.api.get(bench.variant(piece)).json()["price"] == usd("190.00")
        assert answer["ETag"] == bench.api.get(bench.variant(piece))["ETag"]

    def test_a_sku_that_is_taken(self, bench: Bench) -> None:
        piece = bench.create(variants=[ring(options=SEVEN), ring("MOON-8", options=EIGHT)])
        refused = bench.api.patch(bench.variant(piece), {"sku": "MOON-8", "price": usd("1.00")})
        assert problem(refused) == (409, "duplicate_sku")
        assert bench.read(piece).json() == piece
        assert bench.api.patch(bench.variant(piece), {"sku": "MOON-7"}).status_code == 200

    def test_prices_that_do_not_go_together(self, bench: Bench) -> None:
        piece = bench.create(variants=[ring(compare_at_price=usd("200.00"))])
        refused = bench.api.patch(bench.variant(piece), {"price": usd("200.00")})
        assert refused_fields(refused) == {"compare_at_price": "not_above_price"}
        assert bench.read(piece).json() == piece

    def test_options_of_another(self, bench: Bench) -> None:
        piece = bench.create(variants=[ring(options=SEVEN), ring("MOON-8", options=EIGHT)])
        refused = bench.api.patch(bench.variant(piece), {"options": EIGHT})
        assert refused_fields(refused) == {"options": "same_options"}
        assert bench.read(piece).json() == piece

    @pytest.mark.parametrize("body", [{"price": None}, {"status": "withdrawn"}])
    def test_the_last_one_for_sale_stays_so(self, bench: Bench, body: dict[str, Any]) -> None:
        piece = bench.published()
        refused = bench.api.patch(bench.variant(piece), body)
        assert problem(refused) == (409, "needed_while_published")
        assert refused_fields(refused) == {"variants": "no_price"}
        assert bench.read(piece).json() == piece

    def test_withdrawn_and_back(self, bench: Bench, api: Api) -> None:
        piece = bench.published(variants=[ring(options=SEVEN), ring("MOON-8", options=EIGHT)])
        withdrawn = bench.api.patch(bench.variant(piece), {"status": "withdrawn"})
        assert withdrawn.json()["status"] == "withdrawn"
        assert [variant["sku"] for variant in api.get("/store/products/moon-ring").json()["variants"]] == ["MOON-8"]
        assert bench.api.patch(bench.variant(piece), {"status": "active"}).json()["status"] == "active"
        assert len(api.get("/store/products/moon-ring").json()["variants"]) == 2

    def test_not_back_beside_one_of_the_same_options(self, bench: Bench) -> None:
        piece = bench.published(variants=[ring(options=SEVEN), ring("MOON-8", options=EIGHT)])
        bench.api.delete(bench.variant(piece))
        assert add(bench, piece, sku="MOON-7B", options=SEVEN).status_code == 201
        refused = bench.api.patch(bench.variant(piece), {"status": "active"})
        assert refused_fields(refused) == {"options": "same_options"}

    def test_not_anothers(self, bench: Bench) -> None:
        foreign, own = Bench(maker="birch"), bench.create()
        piece = foreign.create()
        through = {"id": own["id"], "variants": piece["variants"]}  # our piece, their variant
        for method in (bench.api.get, bench.api.delete):
            assert (
                problem(method(bench.variant(piece))) == problem(method(bench.variant(through))) == (404, "not_found")
            )
        for path in (bench.variant(piece), bench.variant(through)):
            assert problem(bench.api.patch(path, {"price": usd("1.00")})) == (404, "not_found")
            body = {"count": 0, "policy": "stock"}
            assert problem(bench.api.post(f"{path}/stock", body, Idempotency_Key="k")) == (404, "not_found")
        assert foreign.read(piece).json() == piece


class TestRemove:
    def test_of_a_draft(self, bench: Bench) -> None:
        piece = bench.create(variants=[ring(options=SEVEN), ring("MOON-8", options=EIGHT)])
        assert bench.api.delete(bench.variant(piece)).status_code == 204
        assert bench.read(piece).json()["variants"] == piece["variants"][1:]
        assert problem(bench.api.delete(bench.variant(piece))) == (404, "not_found")
        entry = last_entry("variant.removed")
        assert (entry.object, entry.before["sku"]) == (piece["variants"][0]["id"], "MOON-7")
        assert add(bench, piece, sku="MOON-7", options=SEVEN).status_code == 201

    def test_the_last_one_of_a_draft(self, bench: Bench) -> None:
        piece = bench.create()
        assert bench.api.delete(bench.variant(piece)).status_code == 204
        assert bench.read(piece).json()["variants"] == []

    def test_the_last_one_of_a_published_piece(self, bench: Bench) -> None:
        piece = bench.published()
        assert problem(bench.api.delete(bench.variant(piece))) == (409, "needed_while_published")
        assert bench.read(piece).json() == piece

    def test_of_a_published_piece_it_is_withdrawn(self, bench: Bench) -> None:
        piece = bench.published(variants=[ring(options=SEVEN), ring("MOON-8", options=EIGHT)])
        for _ in range(2):
            assert bench.api.delete(bench.variant(piece)).status_code == 204
        statuses = [variant["status"] for variant in bench.read(piece).json()["variants"]]
        assert statuses == ["withdrawn", "active"]
        assert AuditEntry.objects.filter(action="variant.withdrawn").count() == 1

    @pytest.mark.parametrize("is_ordered", [True, False])
    def test_what_a_shopper_has_is_withdrawn(self, bench: Bench, api: Api, is_ordered: bool) -> None:
        piece = bench.published()
        if is_ordered:
            order = api.placed(MOON_7=1)["order"]
            api.post(f"/store/orders/{order['number']}/cancel", Benchpin_Order_Token=order["access_token"])
        else:
            basket = api.basket(MOON_7=1)
        bench.unpublish(piece)
        assert bench.api.delete(bench.variant(piece)).status_code == 204
        [variant] = bench.read(piece).json()["variants"]
        assert variant == {**piece["variants"][0], "status": "withdrawn"}
        if not is_ordered:
            lines = api.get(f"/store/baskets/{basket['id']}").json()["lines"]
            assert [line["sku"] for line in lines] == ["MOON-7"]
