"""The ring sizes a customer keeps: inner circumferences."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.http import HttpResponse

from shop.accounts.models import RingSize
from shop.accounts.rules import MAX_RING_SIZES
from tests.factories import api_of, make_user
from tests.orders.documented import DocumentedApi

pytestmark = pytest.mark.django_db
HOME = "/store/customer/ring-sizes"
SIZE = {"label": "Left ring finger", "inner_circumference_mm": "54.4"}


@pytest.fixture
def ada() -> DocumentedApi:
    return DocumentedApi(**api_of(make_user()).headers)


@pytest.fixture
def eve() -> DocumentedApi:
    return DocumentedApi(**api_of(make_user("eve@example.com")).headers)


def kept(api: DocumentedApi, **values: Any) -> dict[str, Any]:
    answer = api.post(HOME, {**SIZE, **values})
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def listed(api: DocumentedApi) -> list[dict[str, Any]]:
    return list(api.get(HOME).json()["results"])


def refused(answer: HttpResponse) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_size_is_kept(ada: DocumentedApi) -> None:
    size = kept(ada, note="Snug in summer")
    assert size == {
        "id": size["id"],
        "label": "Left ring finger",
        "inner_circumference_mm": "54.40",
        "note": "Snug in summer",
    }
    assert listed(ada) == [size]
    assert RingSize.objects.get().inner_circumference_mm == Decimal("54.40")


@pytest.mark.parametrize(("given", "shown"), [("30", "30.00"), ("90", "90.00"), ("49.32", "49.32"), ("57.10", "57.10")])
def test_every_finger_fits(ada: DocumentedApi, given: str, shown: str) -> None:
    assert kept(ada, inner_circumference_mm=given)["inner_circumference_mm"] == shown


def test_a_change_leaves_the_rest(ada: DocumentedApi) -> None:
    size = kept(ada, note="Snug")
    changed = ada.patch(f"{HOME}/{size['id']}", {"inner_circumference_mm": "55"})
    assert changed.json() == {**size, "inner_circumference_mm": "55.00"}
    assert listed(ada) == [changed.json()]


def test_a_stale_change_is_refused(ada: DocumentedApi) -> None:
    answer = ada.post(HOME, SIZE)
    path, seen = f"{HOME}/{answer.json()['id']}", answer.headers["ETag"]
    assert ada.patch(path, {"note": "Snug"}, If_Match=seen).status_code == 200
    assert refused(ada.patch(path, {"note": "Loose"}, If_Match=seen)) == (412, "stale_version")
    assert refused(ada.delete(path, If_Match=seen)) == (412, "stale_version")
    assert [size["note"] for size in listed(ada)] == ["Snug"]


def test_a_size_is_deleted(ada: DocumentedApi) -> None:
    size = kept(ada)
    assert ada.delete(f"{HOME}/{size['id']}").status_code == 204
    assert listed(ada) == []


def test_there_is_an_end_to_fingers(ada: DocumentedApi) -> None:
    for _ in range(MAX_RING_SIZES):
        kept(ada)
    assert refused(ada.post(HOME, SIZE)) == (409, "too_many_ring_sizes")
    assert len(listed(ada)) == MAX_RING_SIZES


def test_another_persons_size_is_not_there(ada: DocumentedApi, eve: DocumentedApi) -> None:
    size = kept(ada)
    for path in (f"{HOME}/{size['id']}", f"{HOME}/rsz_none"):
        assert refused(eve.patch(path, {"note": "Mine"})) == (404, "not_found")
        assert refused(eve.delete(path)) == (404, "not_found")
    assert (listed(ada), listed(eve)) == ([size], [])


def test_a_guest_has_none() -> None:
    assert refused(DocumentedApi().get(HOME)) == (401, "sign_in_required")
    assert refused(DocumentedApi().post(HOME, SIZE)) == (401, "sign_in_required")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"inner_circumference_mm": "29.99"}, "inner_circumference_mm"),
        ({"inner_circumference_mm": "90.01"}, "inner_circumference_mm"),
        ({"inner_circumference_mm": "54.444"}, "inner_circumference_mm"),
        ({"inner_circumference_mm": 54.4}, "inner_circumference_mm"),
        ({"inner_circumference_mm": "NaN"}, "inner_circumference_mm"),
        ({"inner_circumference_mm": "5e1"}, "inner_circumference_mm"),
        ({"inner_circumference_mm": "7 US"}, "inner_circumference_mm"),
        ({"inner_circumference_mm": "٥٤"}, "inner_circumference_mm"),
        ({"label": ""}, "label"),
        ({"label": "x" * 51}, "label"),
        ({"note": "x" * 201}, "note"),
        ({"us_size": "7"}, "us_size"),
    ],
)
def test_bad_input_is_refused_by_name(ada: DocumentedApi, change: dict[str, Any], field: str) -> None:
    size = kept(ada)
    for answer in (ada.post(HOME, {**SIZE, **change}), ada.patch(f"{HOME}/{size['id']}", change)):
        assert refused(answer) == (422, "invalid_input")
        assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert listed(ada) == [size]


def test_the_database_refuses_what_is_no_finger(ada: DocumentedApi) -> None:
    kept(ada)
    for length in ("29.99", "90.01"):
        with pytest.raises(IntegrityError), transaction.atomic():
            RingSize.objects.update(inner_circumference_mm=Decimal(length))
