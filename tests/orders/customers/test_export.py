"""A customer takes their data along."""

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.utils import timezone

from shop.mail.models import Mail
from shop.mail.services import send
from shop.storefronts.queries import default_storefront
from tests.api import ADDRESS, Api
from tests.factories import make_key, make_maker, make_member, make_piece, make_storefront
from tests.fakes.local_stripe import LocalStripe
from tests.orders.customers.steps import bought, customer, person, refused
from tests.orders.documented import DocumentedApi

pytestmark = pytest.mark.django_db
HOME = "/store/customer/export"


@pytest.fixture(autouse=True)
def piece(stripe_server: LocalStripe) -> None:
    make_piece("band")


def files(api: Api) -> dict[str, Any]:
    answer = api.get(HOME)
    assert answer.status_code == 200, answer.content
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        assert packed.testzip() is None
        return {name: json.loads(packed.read(name)) for name in packed.namelist()}


def test_everything_there_is(api: DocumentedApi) -> None:
    ada = customer()
    ada.patch("/store/customer", {"first_name": "Ada", "phone": "+1 503 555 0100"})
    address = ada.post("/store/customer/addresses", ADDRESS).json()
    size = ada.post("/store/customer/ring-sizes", {"label": "Thumb", "inner_circumference_mm": "60"}).json()
    order = bought(ada, BAND_1=1)
    basket = ada.basket(BAND_1=2)
    make_member("ada@example.com", "bench_jeweler", maker=make_maker("birch"))
    Authenticator.objects.create(user=person(), type=Authenticator.Type.TOTP, data={"secret": "the-secret-of-totp"})
    send("already_registered", to="ada@example.com", context={}, storefront=default_storefront())
    found = files(ada)
    assert set(found) == {
        "profile.json", "addresses.json", "ring_sizes.json", "orders.json", "baskets.json", "sign_ins.json",
        "teams.json", "second_factors.json", "mails.json",
    }  # fmt: skip
    assert found["profile.json"].items() >= ada.get("/store/customer").json().items()
    assert found["profile.json"]["emails"] == [{"email": "ada@example.com", "verified": True, "primary": True}]
    assert (found["addresses.json"], found["ring_sizes.json"]) == ([address], [size])
    assert found["orders.json"] == [ada.get(f"/store/orders/{order['number']}").json()]
    assert found["baskets.json"] == [basket]
    assert [(row["ip"], row["user_agent"]) for row in found["sign_ins.json"]] == [("192.0.2.7", "A browser")]
    assert [(row["maker"], row["roles"]) for row in found["teams.json"]] == [("birch", ["bench_jeweler"])]
    assert [row["type"] for row in found["second_factors.json"]] == ["totp"]
    assert [(row["template"], row["to"]) for row in found["mails.json"]] == [("already_registered", "ada@example.com")]


def test_no_secret_is_in_it() -> None:
    ada = customer()
    Authenticator.objects.create(user=person(), type=Authenticator.Type.TOTP, data={"secret": "the-secret-of-totp"})
    found = json.dumps(files(ada))
    assert "the-secret-of-totp" not in found
    assert person().password not in found
    assert ada.headers["X_Session_Token"] not in found


def test_nothing_of_others_is_in_it() -> None:
    eve = customer("eve@example.com")
    eve.post("/store/customer/addresses", ADDRESS)
    bought(eve, email="eve@example.com", BAND_1=1)
    eve.basket(BAND_1=1)
    send("already_registered", to="eve@example.com", context={}, storefront=default_storefront())
    make_member("eve@example.com")
    found = files(customer())
    assert found.pop("profile.json")["email"] == "ada@example.com"
    assert len(found.pop("sign_ins.json")) == 1
    assert not any(found.values())


def test_the_answer_is_a_file_that_nobody_keeps() -> None:
    answer = customer().get(HOME)
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="benchpin-{person().public_id}.zip"'


@pytest.mark.parametrize("accepted", ["application/zip", "application/json", "*/*"])
def test_whatever_is_accepted_a_zip_is_answered(accepted: str) -> None:
    assert customer().get(HOME, Accept=accepted).headers["Content-Type"] == "application/zip"


def test_orders_of_every_storefront_are_in_it() -> None:
    window = make_storefront(owner=make_maker())
    there = customer(Benchpin_Key=window.publishable_key)
    numbers = [bought(api, BAND_1=1)["number"] for api in (there, customer())]
    assert [order["number"] for order in files(there)["orders.json"]] == numbers


def test_a_sign_in_of_a_while_ago_is_confirmed_first() -> None:
    ada = customer()
    with time_machine.travel(timezone.now() + timedelta(seconds=301)):
        assert refused(ada.get(HOME)) == (403, "confirmation_required")
    assert Mail.objects.count() == 0


def test_guests_and_keys_have_nothing_to_take_along() -> None:
    assert refused(DocumentedApi().get(HOME)) == (401, "sign_in_required")
    tool = DocumentedApi(Authorization=f"Bearer {make_key(make_member('owner@example.com'), 'products.read')}")
    assert refused(tool.get(HOME)) == (403, "person_required")
