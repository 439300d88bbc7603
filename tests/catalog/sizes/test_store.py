"""The door for ring sizes: one size in every system, and a chart."""

import pytest

from tests.api import Api

pytestmark = pytest.mark.django_db


def test_one_size_in_every_system(api: Api) -> None:
    answer = api.get("/store/ring-sizes?from=US&size=7")
    assert answer.status_code == 200
    [row] = answer.json()["results"]
    assert (row["inner_circumference_mm"], row["inner_diameter_mm"]) == ("54.42", "17.32")
    assert {size["system"]: (size["size"], size["exact"]) for size in row["sizes"]} == {
        "US": ("7", True), "UK": ("N½", False), "EU": ("54", False), "CH": ("14", False), "JP": ("14", False),
    }  # fmt: skip
    assert row["sizes"][1] == {
        "system": "UK", "countries": ["UK", "AU"], "size": "N½", "exact": False,
        "inner_circumference_mm": "54.38", "inner_diameter_mm": "17.31",
    }  # fmt: skip


def test_a_country_stands_for_its_system(api: Api) -> None:
    by_code = api.get("/store/ring-sizes?from=CH&size=14").json()
    assert api.get("/store/ring-sizes?from=IT&size=14").json() == by_code
    assert by_code["results"][0]["inner_circumference_mm"] == "54.00"


def test_a_chart(api: Api) -> None:
    rows = api.get("/store/ring-sizes").json()["results"]
    us = [row["sizes"][0]["size"] for row in rows]
    assert (us[0], us[1], us[14], us[-1]) == ("0", "0½", "7", "20½")
    assert all(row["sizes"][0]["exact"] for row in rows)


def test_it_is_for_everybody_to_keep(api: Api, django_assert_num_queries: object) -> None:
    answer = api.get("/store/ring-sizes")
    assert answer["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert api.get("/store/ring-sizes", If_None_Match=answer["ETag"]).status_code == 304


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("from=US", "from", "incomplete"),
        ("size=7", "size", "incomplete"),
        ("from=US&size=N", "size", "unknown_size"),
        ("from=XX&size=7", "from", "invalid_choice"),
        ("from=UK&size=Z%2B1", "size", "unknown_size"),
    ],
)
def test_what_is_refused(api: Api, query: str, field: str, code: str) -> None:
    answer = api.get(f"/store/ring-sizes?{query}")
    assert answer.status_code == 422
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(field, code)]
