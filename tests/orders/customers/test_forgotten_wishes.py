"""What a buyer wrote and sent for their pieces is taken along, and forgotten with them; what it cost stays."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from django.core.files.storage import storages

from catalog.personalization.models import Upload
from orders.customers.tasks import erase_finished
from orders.order.models import Line, Order
from shop.idempotency.models import IdempotentRequest
from tests.api import Api
from tests.factories import make_piece, make_variant
from tests.fakes.local_stripe import LocalStripe
from tests.orders.customers.steps import customer
from tests.orders.documented import DocumentedApi
from tests.orders.steps import token
from tests.people import tiny_picture

pytestmark = pytest.mark.django_db
WORDS = "Augusta"


def option(code: str, kind: str, **values: Any) -> dict[str, Any]:
    plain = {
        "code": code, "label": code, "help": "", "kind": kind, "required": False, "limits": {}, "choices": [],
        "price": {"kind": "fixed", "amount": "5.00"}, "lead_time_days": 0, "final_sale": False,
    }  # fmt: skip
    return {**plain, **values}


@pytest.fixture(autouse=True)
def band(stripe_server: LocalStripe) -> None:
    piece = make_piece("band", make_variant("BAND-1", stock=50))
    piece.personalization = [
        option("inside", "text", limits={"max_length": 12}), option("card", "gift_message", limits={"max_length": 99}),
        option("crest", "upload"), option("box", "choice", choices=[{"value": "oak", "label": "Oak", "price": None}]),
    ]  # fmt: skip
    piece.save(update_fields=["personalization"])


def send(api: Api, basket: dict[str, Any]) -> str:
    answer = api.raw("POST", f"/store/baskets/{basket['id']}/uploads", tiny_picture(), "image/png")
    return str(answer.json()["id"])


def asked(api: Api, basket: dict[str, Any]) -> dict[str, Any]:
    """The basket with a line that asks for everything, and a line that asks for nothing."""
    values = {"inside": WORDS, "card": f"For {WORDS},\nJo", "crest": send(api, basket), "box": "oak"}
    wishes = [{"option": code, "value": value} for code, value in values.items()]
    lines = f"/store/baskets/{basket['id']}/lines"
    assert api.post(lines, {"sku": "BAND-1", "personalization": wishes}).status_code == 201
    return dict(api.post(lines, {"sku": "BAND-1"}).json())


def ordered(api: Api) -> dict[str, Any]:
    answer = api.checkout(asked(api, api.ready_basket()))
    assert answer.status_code == 201, answer.content
    return dict(answer.json()["order"])


def erase(api: Api) -> None:
    answer = api.post("/store/customer/erasure", {"confirm": "ada@example.com"})
    assert answer.status_code == 200, answer.content


def kept_files() -> list[str]:
    return list(storages["uploads"].listdir("")[1])


def test_they_are_in_the_export() -> None:
    ada = customer()
    ordered(ada)
    asked(ada, ada.basket())
    with zipfile.ZipFile(io.BytesIO(ada.get("/store/customer/export").content)) as packed:
        for name in ("orders.json", "baskets.json"):
            [found] = orjson.loads(packed.read(name))
            values = {wish["option"]: wish for wish in found["lines"][0]["personalization"]}
            assert (values["inside"]["value"], values["card"]["value"]) == (WORDS, f"For {WORDS},\nJo")
            assert values["crest"]["file"]["content_type"] == "image/png"


def test_an_ended_order_keeps_options_and_prices_and_no_words(run_jobs: Callable[[], int]) -> None:
    ada = customer()
    shown = ordered(ada)
    assert ada.post(f"/store/orders/{shown['number']}/cancel").status_code == 200
    before = ada.get(f"/store/orders/{shown['number']}").json()["lines"]
    erase(ada)
    after = DocumentedApi().get(f"/store/orders/{shown['number']}", **token(shown)).json()["lines"]
    gone = {"value": "", "value_label": "", "file": None}
    wishes = [wish if wish["option"] == "box" else {**wish, **gone} for wish in before[0]["personalization"]]
    assert after == [{**before[0], "personalization": wishes}, before[1]]
    assert WORDS not in str(list(Line.objects.values_list("personalization", flat=True)))
    assert not Upload.objects.exists()
    assert len(kept_files()) == 1
    run_jobs()
    assert kept_files() == []


def test_an_open_order_keeps_them_until_it_has_ended(run_jobs: Callable[[], int]) -> None:
    ada = customer()
    shown = ordered(ada)
    left = send(ada, ada.basket())
    erase(ada)
    erase_finished(timestamp=0)
    run_jobs()
    # What was never ordered goes at once; what is to be made stays.
    assert not Upload.objects.filter(public_id=left).exists()
    [wish] = [wish for wish in shown["lines"][0]["personalization"] if wish["option"] == "crest"]
    assert kept_files() == [f"{wish['value']}.png"]
    assert Line.objects.order_by("pk")[0].personalization[0]["value"] == WORDS
    Order.objects.update(status="delivered")
    erase_finished(timestamp=0)
    run_jobs()
    assert Line.objects.order_by("pk")[0].personalization[0]["value"] == ""
    assert (Upload.objects.count(), kept_files()) == (0, [])


def test_a_file_that_a_later_order_needs_stays_with_it(run_jobs: Callable[[], int]) -> None:
    ada = customer()
    first = ordered(ada)
    assert ada.post(f"/store/orders/{first['number']}/cancel").status_code == 200
    second = ada.checkout(ada.get("/store/customer/basket").json())
    assert second.status_code == 201, second.content
    erase(ada)
    run_jobs()
    kept = {line.order.number: line.personalization for line in Line.objects.exclude(personalization=[])}
    assert {number: wishes[0]["value"] for number, wishes in kept.items()} == {
        first["number"]: "", second.json()["order"]["number"]: WORDS,
    }  # fmt: skip
    assert len(kept_files()) == 1


def test_a_stored_answer_to_an_upload_goes_too() -> None:
    ada = customer()
    basket = ada.basket()
    path = f"/store/baskets/{basket['id']}/uploads"
    ada.raw("POST", path, tiny_picture(), "image/png", Idempotency_Key="send-my-crest-once")

    assert any(b"upl_" in bytes(row.body or b"") for row in IdempotentRequest.objects.all())
    erase(ada)
    assert not any(b"upl_" in bytes(row.body or b"") for row in IdempotentRequest.objects.all())
