"""A parameter that a door does not know is refused by name, at every door."""

import pytest

from tests.api import Api
from tests.factories import make_maker, make_piece

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "path", ["/store/products", "/store/products/band", "/store/categories", "/store/makers", "/store/makers/alder"]
)
def test_an_unknown_parameter_is_named(api: Api, path: str) -> None:
    make_piece("band", maker=make_maker("alder"))
    answer = api.get(f"{path}?colour=red")
    assert answer.status_code == 422
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [("colour", "unknown_field")]


def test_a_basket_takes_none_either(api: Api) -> None:
    assert api.get(f"/store/baskets/{api.basket()['id']}?expand=maker").status_code == 422


@pytest.mark.parametrize("limit", ["%2B5", "٣", "5.0", "", " 5"])
def test_a_number_is_written_in_plain_digits(api: Api, limit: str) -> None:
    answer = api.get(f"/store/products?limit={limit}")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "limit")
