"""A customer's own profile."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.http import HttpResponse

from tests.api import Api
from tests.factories import api_of, make_key, make_member, make_user
from tests.orders.documented import DocumentedApi

pytestmark = pytest.mark.django_db
HOME = "/store/customer"


@pytest.fixture
def ada() -> DocumentedApi:
    return DocumentedApi(**api_of(make_user()).headers)


def refused(answer: HttpResponse) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_who_is_signed_in(ada: DocumentedApi) -> None:
    answer = ada.get(HOME)
    user = make_user()
    assert answer.json() == {
        "id": user.public_id,
        "email": "ada@example.com",
        "email_verified": True,
        "first_name": "",
        "last_name": "",
        "phone": "",
        "created_at": answer.json()["created_at"],
    }
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_an_address_that_is_not_verified_shows_as_such(ada: DocumentedApi) -> None:
    EmailAddress.objects.update(verified=False)
    assert ada.get(HOME).json()["email_verified"] is False


def test_what_is_given_changes_and_the_rest_stays(ada: DocumentedApi) -> None:
    ada.patch(HOME, {"first_name": "Ada", "last_name": "Lovelace", "phone": "+1 503 555 0100"})
    changed = ada.patch(HOME, {"first_name": "Augusta"}).json()
    assert (changed["first_name"], changed["last_name"], changed["phone"]) == ("Augusta", "Lovelace", "+1 503 555 0100")
    assert ada.get(HOME).json() == changed
    assert ada.patch(HOME, {}).json() == changed


def test_a_stale_change_is_refused(ada: DocumentedApi) -> None:
    seen = ada.get(HOME).headers["ETag"]
    changed = ada.patch(HOME, {"first_name": "Ada"}, If_Match=seen)
    assert (changed.status_code, changed.headers["ETag"]) == (200, ada.get(HOME).headers["ETag"])
    assert refused(ada.patch(HOME, {"first_name": "Byron"}, If_Match=seen)) == (412, "stale_version")
    assert ada.get(HOME).json()["first_name"] == "Ada"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"first_name": 1}, "first_name"),
        ({"first_name": None}, "first_name"),
        ({"last_name": "x" * 101}, "last_name"),
        ({"last_name": "a\0b"}, "last_name"),
        ({"phone": "call me"}, "phone"),
        ({"email": "eve@example.com"}, "email"),
        ({"is_staff": True}, "is_staff"),
        ({"id": "usr_1"}, "id"),
    ],
)
def test_bad_input_is_refused_by_name(ada: DocumentedApi, body: dict[str, Any], field: str) -> None:
    before = ada.get(HOME).json()
    answer = ada.patch(HOME, {"first_name": "Ada", **body})
    assert refused(answer) == (422, "invalid_input")
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert ada.get(HOME).json() == before


def test_a_guest_has_no_profile() -> None:
    guest = DocumentedApi()
    assert refused(guest.get(HOME)) == (401, "sign_in_required")
    assert refused(guest.patch(HOME, {"first_name": "Eve"})) == (401, "sign_in_required")
    assert refused(DocumentedApi(X_Session_Token="forged").get(HOME)) == (401, "invalid_credentials")


def test_a_key_is_no_customer() -> None:
    secret = make_key(make_member("owner@example.com"), "products.read")
    tool = DocumentedApi(Authorization=f"Bearer {secret}")
    assert refused(tool.get(HOME)) == (403, "person_required")
    assert refused(tool.patch(HOME, {"first_name": "Eve"})) == (403, "person_required")


def test_a_false_storefront_key_is_not_overlooked(ada: DocumentedApi) -> None:
    assert refused(ada.get(HOME, Benchpin_Key="pk_none")) == (401, "invalid_storefront_key")


def test_a_cookie_needs_proof_of_where_the_change_comes_from() -> None:
    api = Api()
    api.client.handler.enforce_csrf_checks = True
    api.client.cookies["sessionid"] = api_of(make_user()).headers["X_Session_Token"]
    assert api.get(HOME).status_code == 200
    assert refused(api.patch(HOME, {"first_name": "Eve"})) == (403, "csrf_failed")
    assert api.get(HOME).json()["first_name"] == ""
