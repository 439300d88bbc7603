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
from catalog.collections.models import Collection
from catalog.demo.drawing import draw
from catalog.demo.pieces import load_makers
from catalog.imports.services import import_product
from catalog.media.services import store_picture
from shop import schema
from tests import openapi
from tests.api import ADDRESS, Api
from tests.factories import make_maker, make_voucher
from tests.fakes.local_stripe import LocalStripe
from tests.people import RAW, make_everything, raw_body, tiny_picture, undone
from tests.routes import Route, routes
from tests.scene import body_for, filled

pytestmark = pytest.mark.django_db
EXAMPLES = Path(schema.__file__).with_name("openapi_examples.json")
# No JSON of ours; Stripe's own body; what only one who was invited or offered can do, which the guide shows.
WITHOUT_EXAMPLE = {
    "hooks_stripe", "studio_invitations_accept", "studio_invitations_look", "studio_ownership_transfer_accept",
    "studio_members_leave", "store_products_json_ld", "store_sitemap_retrieve", "store_uploads_retrieve",
}  # fmt: skip


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

    def send_picture(self, operation: str, path: str) -> None:
        answer = self.api.raw("POST", path, tiny_picture(), "image/png")
        assert answer.status_code == 201, answer.content
        self.examples[operation] = {"status": "201", "response": answer.json()}


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


def _collect(maker: str) -> None:
    values = {"title": "Everyday", "slug": "everyday", "is_published": True}
    Collection.objects.create(maker=make_maker(maker), by_rule=True, product_type="ring", **values)


def _record(api: Api, stripe: LocalStripe) -> dict[str, Any]:
    _hammered_band()
    recorder = Recorder(api)
    call = recorder.call
    listed = call("store_products_list", "GET", "/store/products?category=rings&metal=sterling-silver")["results"][0]
    call("store_products_retrieve", "GET", f"/store/products/{listed['slug']}")
    call("store_products_related_list", "GET", f"/store/products/{listed['slug']}/related")
    _collect(listed["maker"]["slug"])
    call("store_collections_list", "GET", "/store/collections")
    call("store_collections_retrieve", "GET", "/store/collections/everyday")
    call("store_ring_sizes_list", "GET", "/store/ring-sizes?from=US&size=7")
    call("store_categories_list", "GET", "/store/categories")
    call("store_product_types_list", "GET", "/store/product-types")
    call("store_makers_list", "GET", "/store/makers")
    call("store_makers_retrieve", "GET", f"/store/makers/{listed['maker']['slug']}")
    basket = f"/store/baskets/{call('store_baskets_create', 'POST', '/store/baskets', {})['id']}"
    line = call("store_basket_lines_create", "POST", f"{basket}/lines", {"sku": "HB-SS-7", "quantity": 2})["lines"][0][
        "id"
    ]
    call("store_basket_lines_update", "PATCH", f"{basket}/lines/{line}", {"quantity": 1})
    make_voucher("WELCOME")
    call("store_basket_vouchers_create", "POST", f"{basket}/vouchers", {"code": "welcome"})
    call("store_basket_vouchers_delete", "DELETE", f"{basket}/vouchers/WELCOME")
    recorder.send_picture("store_basket_uploads_create", f"{basket}/uploads")
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
    _record_people(recorder)
    return recorder.examples


def _orders(recorder: Recorder, stripe: LocalStripe, placed: dict[str, Any]) -> None:
    order, payment = f"/store/orders/{placed['order']['number']}", placed["payment"]
    token = {"Benchpin_Order_Token": placed["order"]["access_token"]}
    key = {"Idempotency_Key": str(uuid.uuid4())}
    recorder.call("store_order_payments_create", "POST", f"{order}/payments", {"provider": "stripe"}, **token, **key)
    requests.post(
        f"{stripe.url}/v1/payment_intents/{payment['client_secret'].split('_secret')[0]}/confirm",
        auth=(payment["publishable_key"], ""),
        data={"client_secret": payment["client_secret"], "payment_method": "pm_card_visa"},
        timeout=10,
    ).raise_for_status()
    recorder.call("store_order_payments_refresh", "POST", f"{order}/payments/{payment['id']}/refresh", {}, **token)
    moved = {"shipping_address": {**ADDRESS, "line1": "2 Main Street"}}
    recorder.call("store_orders_update", "PATCH", order, moved, **token)
    recorder.call("store_orders_retrieve", "GET", order, **token)


def _record_people(recorder: Recorder) -> None:
    """What teams and customers do: each route once, on the same things, by a person who may do all of it."""
    sign_in, things = make_everything()
    person = Api(X_Session_Token=sign_in)
    for route in routes():
        operation = openapi.operation(route)
        if operation is None or operation["operationId"] in {*recorder.examples, *WITHOUT_EXAMPLE} or not route.door:
            continue
        body = None if route.method in ("GET", "DELETE") else body_for(route, {}, things)
        with undone():
            prepare(person, route)
            address = filled(route.path, things).removeprefix("/v1")
            data, kind = b"" if body is None else json.dumps(body).encode(), "application/json"
            if str(route) in RAW:
                data, kind = raw_body(str(route))
            headers = {"Idempotency-Key": str(uuid.uuid4())} if route.method == "POST" else {}
            answer = person.raw(route.method, address, data, kind, **headers)
        assert answer.status_code < 300, (str(route), answer.content)
        if answer.status_code == 204 or answer["Content-Type"] != "application/json":
            continue
        kept = {"status": str(answer.status_code), "response": _masked(answer.json())}
        recorder.examples[operation["operationId"]] = kept if not body else {**kept, "request": body}


def prepare(person: Api, route: Route) -> None:
    """What must be there before: an offered ownership, an own basket."""
    if route.path.endswith("/ownership-transfer") and route.method != "POST":
        member = person.get("/studio/makers/alder/members").json()["results"]
        taker = next(one["id"] for one in member if one["roles"] == ["instructor"])
        person.post("/studio/makers/alder/ownership-transfer", {"member": taker})
    if route.path.endswith("/erasure"):
        member = person.get("/studio/makers/alder/members").json()["results"]
        heir = next(one["id"] for one in member if one["roles"] == ["instructor"])
        assert person.patch(f"/studio/makers/alder/members/{heir}", {"roles": ["owner"]}).status_code == 200
    if route.path.endswith("/customer/basket") and route.method == "GET":
        person.post("/store/baskets")


def _masked(value: Any) -> Any:
    """An example shows no secret that could be one."""
    if isinstance(value, dict):
        return {name: "sk_..." if name == "secret" else _masked(inner) for name, inner in value.items()}
    return [_masked(inner) for inner in value] if isinstance(value, list) else value


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
    paths = {name: path for name, path in document["paths"].items() if not name.startswith("/v1/auth/")}
    for operation in [operation for path in paths.values() for operation in path.values()]:
        if operation["operationId"] in WITHOUT_EXAMPLE:
            continue
        done = next(answer for status, answer in operation["responses"].items() if status.startswith("2"))
        if "application/json" in done.get("content", {}):
            assert "example" in done["content"]["application/json"], operation["operationId"]
            taken = operation.get("requestBody", {}).get("content", {}).get("application/json")
            assert taken is None or "example" in taken or _takes_nothing(taken, document), operation["operationId"]


def _takes_nothing(taken: Any, document: Any) -> bool:
    name = taken["schema"].get("$ref", "").rpartition("/")[2]
    return bool(name) and not document["components"]["schemas"][name].get("properties")
