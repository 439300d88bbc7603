"""A maker says what may be asked of a piece."""

from typing import Any

import pytest

from tests.api import Api
from tests.catalog.bench import Bench, last_entry, problem, refused_fields, usd

pytestmark = pytest.mark.django_db

INSIDE = {
    "code": "inside", "label": "Inside of the band", "kind": "text", "limits": {"max_length": 12, "fonts": ["script"]},
    "price": {"kind": "per_character", "amount": usd("2.00")}, "lead_time_days": 5, "final_sale": True,
}  # fmt: skip


def put(bench: Bench, piece: dict[str, Any], *options: Any, **headers: str) -> Any:
    return bench.api.put(bench.path(piece, "personalization"), {"options": list(options)}, **headers)


def test_what_is_set_is_read_and_shown(api: Api) -> None:
    bench = Bench()
    piece = bench.published()
    answer = put(bench, piece, INSIDE)
    assert answer.status_code == 200, answer.content
    [option] = answer.json()["options"]
    assert option["price"] == {"kind": "per_character", "amount": usd("2.00"), "percent": None}
    assert (option["required"], option["choices"], option["help"]) == (False, [], "")
    again = bench.api.get(bench.path(piece, "personalization"))
    assert (again.json(), again["ETag"]) == (answer.json(), answer["ETag"])
    assert api.get(f"/store/products/{piece['slug']}").json()["personalization"] == [option]
    entry = last_entry("product.personalization_changed")
    assert (entry.before, entry.after["options"][0]["code"]) == ({"options": []}, "inside")


def test_a_list_that_somebody_else_changed_is_not_overwritten() -> None:
    bench = Bench()
    piece = bench.create()
    tag = bench.api.get(bench.path(piece, "personalization"))["ETag"]
    assert put(bench, piece, INSIDE, If_Match=tag).status_code == 200
    assert problem(put(bench, piece, If_Match=tag)) == (412, "stale_version")
    assert len(bench.api.get(bench.path(piece, "personalization")).json()["options"]) == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"limits": {}}, "options.0.limits.max_length"),
        ({"limits": {"max_length": 0}}, "options.0.limits.max_length"),
        ({"kind": "tattoo"}, "options.0.kind"),
        ({"code": "Inside!"}, "options.0.code"),
        ({"price": {"kind": "fixed"}}, "options.0.price.amount"),
        ({"price": {"kind": "percent", "amount": usd("2.00")}}, "options.0.price.percent"),
        (
            {"price": {"kind": "fixed", "amount": {"amount": "2.00", "currency": "EUR"}}},
            "options.0.price.amount.currency",
        ),
        ({"surprise": 1}, "options.0.surprise"),
        ({"label": "a\nb"}, "options.0.label"),
    ],
)
def test_bad_offers(values: dict[str, Any], field: str) -> None:
    bench = Bench()
    piece = bench.create()
    answer = put(bench, piece, {**INSIDE, **values})
    assert problem(answer) == (422, "invalid_input")
    assert field in refused_fields(answer)
    assert bench.api.get(bench.path(piece, "personalization")).json() == {"options": []}


def test_too_many_options() -> None:
    bench = Bench()
    assert put(bench, bench.create(), *[{**INSIDE, "code": f"c{n}"} for n in range(21)]).status_code == 422


def test_a_ring_that_is_made_on_request_offers_it(api: Api) -> None:
    bench = Bench()
    piece = bench.published()
    sizes = {"from_mm": "49.3", "to_mm": "62.1", "made_on_request": True, "price_per_size_above": usd("15.00")}
    changed = bench.api.patch(bench.path(piece), {"product_type": "ring", "ring_sizes": sizes})
    assert changed.status_code == 200, changed.content
    put(bench, piece, INSIDE)
    shown = api.get(f"/store/products/{piece['slug']}").json()["personalization"]
    assert [option["code"] for option in shown] == ["inside", "ring_size_on_request"]
    assert shown[1]["price"] == {"kind": "per_size_above", "amount": usd("15.00"), "percent": None}
    # It is not the maker's to keep in the list.
    assert len(bench.api.get(bench.path(piece, "personalization")).json()["options"]) == 1
    answer = put(bench, piece, {**INSIDE, "code": "ring_size_on_request"})
    assert refused_fields(answer) == {"options.0.code": "reserved"}


def test_a_price_by_size_and_an_upload() -> None:
    bench = Bench()
    piece = bench.create()
    limits = {"unit": "inch", "from": "16", "to": "30", "step": "1", "above": "20"}
    length = {"code": "length", "label": "Length", "kind": "size", "limits": limits}
    length["price"] = {"kind": "per_size_above", "amount": usd("4.00")}
    answer = put(bench, piece, length, {"code": "crest", "label": "Crest", "kind": "upload"})
    assert answer.status_code == 200, answer.content
    assert [option["limits"] for option in answer.json()["options"]] == [limits, {}]
