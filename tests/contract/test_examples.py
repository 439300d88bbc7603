"""The API document's examples are real answers. `make examples` records them again."""

import json
import os
import uuid
from pathlib import Path
from typing import Any

import pytest
import requests
from drf_spectacular.generators import SchemaGenerator

from catalog.catalogue.models import ImageStatus, Product, ProductImage
from catalog.demo.drawing import draw
from catalog.demo.pieces import load_makers
from catalog.imports.services import import_product
from catalog.media.services import store_picture
from shop import schema
from tests.api import ADDRESS, Api
from tests.factories import make_maker
from tests.fakes.local_stripe import LocalStripe

pytestmark = pytest.mark.django_db
EXAMPLES = Path(schema.__file__).with_name("openapi_examples.json")
WITHOUT_EXAMPLE = {"hooks_stripe"}  # its body is Stripe's


class Recorder:
    """Calls a door and keeps what went in and came out under the operation's id."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.examples: dict[str, Any] = {}

    def call(self, operation: str, method: str, path: str, body: Any = None, **headers: str) -> Any:
        send = {"GET": self.api.get, "DELETE": self.api.delete}.get(method)
        answer = send(path, **headers) if send else getattr(self.api, method.lower())(path, body, **headers)
        assert answer.status_code in (200, 201), answer.content
        kept = {"status": str(answer.status_code), "response": answer.json()}
        self.examples[operation] = kept if not body else {**kept, "request": body}
        return answer.json()


def _hammered_band() -> Product:
    demo = load_makers()[0]
    maker = make_maker(
        demo.slug, name=demo.name, tagline=demo.tagline, story=demo.story, city=demo.city, state=demo.state
    )
    item = next(item for item in demo.products if item.handle == "hammered-band")
    import_product(item, maker=maker, source="demo")
    for picture in ProductImage.objects.filter(status=ImageStatus.PENDING):
        store_picture(image_id=picture.pk, data=draw(item, picture.display_order, size=1200))
    return Product.objects.get(slug=item.handle)


def _record(api: Api, stripe: LocalStripe) -> dict[str, Any]:
    _hammered_band()
    recorder = Recorder(api)
    call = recorder.call
    listed = call("store_products_list", "GET", "/store/products?category=rings&metal=sterling-silver")["results"][0]
    call("store_products_retrieve", "GET", f"/store/products/{listed['slug']}")
    call("store_categories_list", "GET", "/store/categories")
    call("store_makers_list", "GET", "/store/makers")
    call("store_makers_retrieve", "GET", f"/store/makers/{listed['maker']['slug']}")
    basket = f"/store/baskets/{call('store_baskets_create', 'POST', '/store/baskets', {})['id']}"
    line = call("store_basket_lines_create", "POST", f"{basket}/lines", {"sku": "HB-SS-7", "quantity": 2})["lines"][0][
        "id"
    ]
    call("store_basket_lines_update", "PATCH", f"{basket}/lines/{line}", {"quantity": 1})
    call("store_basket_shipping_options_list", "GET", f"{basket}/shipping-options")
    details = {"email": "ada@example.com", "shipping_address": ADDRESS, "shipping_option": "standard"}
    ready = call("store_baskets_update", "PATCH", basket, details)
    call("store_baskets_retrieve", "GET", basket)
    expected = {"version": ready["version"], "total": ready["totals"]["total"]}
    placed = call(
        "store_basket_checkout", "POST", f"{basket}/checkout", {"expected": expected}, Idempotency_Key=str(uuid.uuid4())
    )
    _orders(recorder, stripe, placed)
    emptied = api.basket(HB_SS_7=1)
    call("store_basket_lines_delete", "DELETE", f"/store/baskets/{emptied['id']}/lines/{emptied['lines'][0]['id']}")
    other = api.placed(HB_SS_7=1)["order"]
    call(
        "store_orders_cancel",
        "POST",
        f"/store/orders/{other['number']}/cancel",
        {},
        Benchpin_Order_Token=other["access_token"],
    )
    return recorder.examples


def _orders(recorder: Recorder, stripe: LocalStripe, placed: dict[str, Any]) -> None:
    order, payment = f"/store/orders/{placed['order']['number']}", placed["payment"]
    token = {"Benchpin_Order_Token": placed["order"]["access_token"]}
    key = {"Idempotency_Key": str(uuid.uuid4())}
    recorder.call("store_order_payments_create", "POST", f"{order}/payments", {}, **token, **key)
    requests.post(
        f"{stripe.url}/v1/payment_intents/{payment['client_secret'].split('_secret')[0]}/confirm",
        auth=(payment["publishable_key"], ""),
        data={"client_secret": payment["client_secret"], "payment_method": "pm_card_visa"},
        timeout=10,
    ).raise_for_status()
    recorder.call("store_order_payments_refresh", "POST", f"{order}/payments/{payment['id']}/refresh", {}, **token)
    recorder.call("store_orders_retrieve", "GET", order, **token)


def _shape(value: Any) -> Any:
    """Names and types without the values, which differ with every recording."""
    if isinstance(value, dict):
        return {name: _shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_shape(inner) for inner in value]
    return type(value).__name__


def test_the_examples_are_what_the_doors_answer(api: Api, stripe_server: LocalStripe) -> None:
    recorded = _record(api, stripe_server)
    if os.environ.get("RECORD_EXAMPLES"):
        EXAMPLES.write_text(json.dumps(recorded, indent=1, sort_keys=True) + "\n")
    assert _shape(recorded) == _shape(json.loads(EXAMPLES.read_text()))


def test_every_operation_has_its_examples() -> None:
    document = SchemaGenerator().get_schema(request=None, public=True)
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    for operation in operations:
        if operation["operationId"] in WITHOUT_EXAMPLE:
            continue
        done = next(answer for status, answer in operation["responses"].items() if status in ("200", "201"))
        assert "example" in done["content"]["application/json"], operation["operationId"]
        if "requestBody" in operation:
            assert "example" in operation["requestBody"]["content"]["application/json"], operation["operationId"]
