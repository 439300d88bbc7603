"""The addresses a customer keeps."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.http import HttpResponse

from shop.accounts.models import Address
from shop.accounts.rules import MAX_ADDRESSES
from tests.api import ADDRESS
from tests.factories import api_of, make_user
from tests.orders.documented import DocumentedApi

pytestmark = pytest.mark.django_db
HOME = "/store/customer/addresses"
UNSAID = dict.fromkeys(("company", "line2", "phone", "label"), "")
FULL = {**ADDRESS, **UNSAID, "default_shipping": False, "default_billing": False}


@pytest.fixture
def ada() -> DocumentedApi:
    return DocumentedApi(**api_of(make_user()).headers)


@pytest.fixture
def eve() -> DocumentedApi:
    return DocumentedApi(**api_of(make_user("eve@example.com")).headers)


def kept(api: DocumentedApi, **values: Any) -> dict[str, Any]:
    answer = api.post(HOME, {**ADDRESS, **values})
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def listed(api: DocumentedApi) -> list[dict[str, Any]]:
    return list(api.get(HOME).json()["results"])


def refused(answer: HttpResponse) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_an_address_is_kept(ada: DocumentedApi) -> None:
    address = kept(ada, label="Home")
    assert address == {**FULL, "label": "Home", "id": address["id"]}
    assert address["id"].startswith("adr_")
    assert listed(ada) == [address]
    assert ada.get(f"{HOME}/{address['id']}").json() == address


def test_one_default_for_each_purpose(ada: DocumentedApi) -> None:
    first = kept(ada, default_shipping=True, default_billing=True)
    second = kept(ada, default_shipping=True)
    third = kept(ada)
    ada.patch(f"{HOME}/{third['id']}", {"default_billing": True})
    assert [(a["id"], a["default_shipping"], a["default_billing"]) for a in listed(ada)] == [
        (first["id"], False, False),
        (second["id"], True, False),
        (third["id"], False, True),
    ]
    ada.patch(f"{HOME}/{second['id']}", {"default_shipping": False})
    assert not any(address["default_shipping"] for address in listed(ada))


def test_the_defaults_of_others_stay(ada: DocumentedApi, eve: DocumentedApi) -> None:
    theirs = kept(eve, default_shipping=True)
    kept(ada, default_shipping=True)
    assert listed(eve) == [theirs]


def test_the_database_refuses_a_second_default(ada: DocumentedApi) -> None:
    kept(ada, default_shipping=True, default_billing=True)
    kept(ada)
    for default in ("default_shipping", "default_billing"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Address.objects.update(**{default: True})


def test_a_change_leaves_the_rest(ada: DocumentedApi) -> None:
    address = kept(ada, label="Home", line2="Unit 2", default_billing=True)
    changed = ada.patch(f"{HOME}/{address['id']}", {"line1": "2 Side Street"}).json()
    assert changed == {**address, "line1": "2 Side Street"}
    assert listed(ada) == [changed]


def test_a_stale_change_is_refused(ada: DocumentedApi) -> None:
    path = f"{HOME}/{kept(ada)['id']}"
    seen = ada.get(path).headers["ETag"]
    assert ada.patch(path, {"label": "Home"}, If_Match=seen).status_code == 200
    assert refused(ada.patch(path, {"label": "Work"}, If_Match=seen)) == (412, "stale_version")
    assert refused(ada.delete(path, If_Match=seen)) == (412, "stale_version")
    assert [address["label"] for address in listed(ada)] == ["Home"]


def test_an_address_is_deleted(ada: DocumentedApi) -> None:
    address = kept(ada)
    assert ada.delete(f"{HOME}/{address['id']}").status_code == 204
    assert listed(ada) == []
    assert refused(ada.delete(f"{HOME}/{address['id']}")) == (404, "not_found")


def test_the_address_book_is_full_one_day(ada: DocumentedApi, eve: DocumentedApi) -> None:
    for _ in range(MAX_ADDRESSES):
        kept(ada)
    assert refused(ada.post(HOME, ADDRESS)) == (409, "too_many_addresses")
    assert len(listed(ada)) == MAX_ADDRESSES
    kept(eve)


def test_another_persons_address_is_not_there(ada: DocumentedApi, eve: DocumentedApi) -> None:
    address = kept(ada)
    for path in (f"{HOME}/{address['id']}", f"{HOME}/adr_none"):
        assert refused(eve.get(path)) == (404, "not_found")
        assert refused(eve.patch(path, {"label": "Mine"})) == (404, "not_found")
        assert refused(eve.delete(path)) == (404, "not_found")
    assert (listed(ada), listed(eve)) == ([address], [])


def test_a_guest_has_none() -> None:
    guest = DocumentedApi()
    assert refused(guest.get(HOME)) == (401, "sign_in_required")
    assert refused(guest.post(HOME, ADDRESS)) == (401, "sign_in_required")
    assert not Address.objects.exists()


BAD = [
    ({"first_name": ""}, "first_name", "blank"),
    ({"line1": 7}, "line1", "invalid"),
    ({"city": "x" * 101}, "city", "max_length"),
    ({"country": "usa"}, "country", "invalid"),
    ({"state": "ZZ"}, "state", "unknown_state"),
    ({"postal_code": "9720"}, "postal_code", "invalid_postal_code"),
    ({"phone": "none"}, "phone", "invalid"),
    ({"label": "x" * 51}, "label", "max_length"),
    ({"default_shipping": "yes"}, "default_shipping", "invalid"),
    ({"default_billing": None}, "default_billing", "null"),
    ({"user": 1}, "user", "unknown_field"),
]


@pytest.mark.parametrize(("change", "field", "code"), BAD)
def test_bad_input_is_refused_by_name(ada: DocumentedApi, change: dict[str, Any], field: str, code: str) -> None:
    address = kept(ada)
    for answer in (ada.post(HOME, {**ADDRESS, **change}), ada.patch(f"{HOME}/{address['id']}", change)):
        assert refused(answer) == (422, "invalid_input")
        assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(field, code)]
    assert listed(ada) == [address]


def test_what_is_missing_is_named(ada: DocumentedApi) -> None:
    answer = ada.post(HOME, {})
    assert {error["field"] for error in answer.json()["errors"]} == {
        "first_name", "last_name", "line1", "city", "country",
    }  # fmt: skip


def test_an_address_abroad_may_be_kept(ada: DocumentedApi) -> None:
    assert kept(ada, country="DE", state="", postal_code="10115", city="Berlin")["country"] == "DE"


@pytest.mark.parametrize("count", [1, MAX_ADDRESSES])
def test_the_list_costs_the_same_for_one_and_for_all(
    ada: DocumentedApi, count: int, django_assert_num_queries: Callable[[int], Any]
) -> None:
    for _ in range(count):
        kept(ada)
    with django_assert_num_queries(4):  # session, person, storefront, addresses
        assert len(listed(ada)) == count
