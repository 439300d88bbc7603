"""The OpenAPI document: valid, complete, kept promises; and the shop does what it says, whatever is sent."""

import copy
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from drf_spectacular.validation import validate_schema
from schemathesis.core.parameters import ParameterLocation

from tests import openapi
from tests.contract.compatibility import breaking_changes
from tests.fakes.local_stripe import LocalStripe
from tests.openapi import Json
from tests.people import undone
from tests.routes import Route, routes
from tests.scene import HOOK, Everything, Thing, body_for, headers_for, known_values, signed, things_for

# More by hand, to look for defects: FUZZ=2000 pytest tests/every_route/test_openapi.py
EXAMPLES = int(os.environ.get("FUZZ", "16"))
# /v1/auth is another library's, and has tests of its own.
DOORS = [route for route in routes() if openapi.operation(route) and route.door]
NO_DOORS = {"/v1/health", "/v1/openapi.json", "/v1/docs", "/v1/docs/errors"}


def operations() -> Iterator[tuple[str, Json]]:
    """Ours: those of sign-in are as their library publishes them."""
    for path, methods in openapi.document()["paths"].items():
        for method, operation in methods.items():
            if not path.startswith("/v1/auth/"):
                yield f"{method.upper()} {path}", operation


# The document itself


def test_the_document_is_valid() -> None:
    assert openapi.document()["openapi"] == "3.1.1"
    validate_schema(openapi.document())


def test_every_route_is_in_the_document() -> None:
    missing = {route.path for route in routes() if not openapi.operation(route)}
    assert {path for path in missing if not path.startswith("/v1/auth/")} == NO_DOORS


def test_each_operation_is_complete() -> None:
    for name, operation in operations():
        assert re.fullmatch(r"[a-z]+(_[a-z]+)+", operation["operationId"]), name
        assert operation["tags"] and operation["description"], name
        assert {"400", "406", "429", "503"} <= operation["responses"].keys(), name
        assert any(status.startswith("2") for status in operation["responses"]), name


def test_operation_ids_are_unique() -> None:
    ids = [operation["operationId"] for path in openapi.document()["paths"].values() for operation in path.values()]
    assert len(ids) == len(set(ids))


def test_each_refusal_is_a_problem_with_its_codes() -> None:
    for name, operation in operations():
        for status, answer in operation["responses"].items():
            if status.startswith(("4", "5")):
                [(kind, content)] = answer["content"].items()
                assert kind == "application/problem+json", (name, status)
                problem, codes = content["schema"]["allOf"]
                assert problem["$ref"].endswith("/ProblemOutput"), (name, status)
                assert codes["properties"]["code"]["enum"], (name, status)


def test_what_is_named_is_used() -> None:
    """A shape that nothing refers to is a leftover; one that is missing breaks generated clients."""
    text = json.dumps(openapi.document())
    named = set(openapi.document()["components"]["schemas"])
    assert set(re.findall(r"#/components/schemas/(\w+)", text)) == named


# The promise


def test_todays_document_only_adds_to_the_promised_one() -> None:
    promised = json.loads(openapi.PROMISED.read_text())
    assert breaking_changes(promised, openapi.document()) == []


BASKET = "/v1/store/baskets/{basket_id}"


def _schema(document: Json, name: str) -> Json:
    return dict[str, Any](document["components"]["schemas"])[name]  # type: ignore[no-any-return]


BREAKING: dict[str, tuple[Callable[[Json], Any], str]] = {
    "a path is gone": (lambda new: new["paths"].pop(BASKET), f"GET {BASKET}: is gone"),
    "a method is gone": (lambda new: new["paths"][BASKET].pop("patch"), f"PATCH {BASKET}: is gone"),
    "another operation id": (
        lambda new: new["paths"][BASKET]["get"].update(operationId="get_basket"),
        f"GET {BASKET}: operationId was store_baskets_retrieve",
    ),
    "an answer is gone": (lambda new: new["paths"][BASKET]["get"]["responses"].pop("404"), "answer 404 is gone"),
    "another content type": (
        lambda new: new["paths"][BASKET]["get"]["responses"]["200"].update(content={"text/plain": {}}),
        "application/json is gone",
    ),
    "a parameter is gone": (
        lambda new: new["paths"]["/v1/store/products"]["get"]["parameters"].clear(),
        "query parameter limit is gone",
    ),
    "a parameter is wanted": (
        lambda new: new["paths"]["/v1/store/products"]["get"]["parameters"].append(
            {"in": "query", "name": "shop", "required": True, "schema": {"type": "string"}}
        ),
        "query parameter shop has become required",
    ),
    "a field of an answer is gone": (
        lambda new: _schema(new, "BasketOutput")["properties"].pop("totals"),
        "200.totals: is gone",
    ),
    "a field of an answer is not always there": (
        lambda new: _schema(new, "BasketOutput")["required"].remove("totals"),
        "200.totals: is not always there any more",
    ),
    "a field of an answer may be null": (
        lambda new: _schema(new, "MoneyOutput")["properties"]["amount"].update(type=["string", "null"]),
        ".amount: was string, is null/string",
    ),
    "a field of an answer has another type": (
        lambda new: _schema(new, "MoneyOutput")["properties"]["amount"].update(type="number"),
        ".amount: was string, is number",
    ),
    "an error code is gone": (
        lambda new: new["paths"][BASKET]["patch"]["responses"]["409"]["content"]["application/problem+json"]["schema"][
            "allOf"
        ][1]["properties"]["code"].update(enum=["conflict"]),
        "409.code: ['basket_not_open'] is gone",
    ),
    "a field to send is gone": (
        lambda new: _schema(new, "NewLineInputRequest")["properties"].pop("sku"),
        "body.sku: is gone",
    ),
    "a field to send is wanted": (
        lambda new: _schema(new, "NewLineInputRequest").update(required=["sku"]),
        "body.sku: has become required",
    ),
    "a field to send is shorter": (
        lambda new: _schema(new, "NewLineInputRequest")["properties"]["sku"].update(maxLength=10),
        "body.sku: maxLength was 128, is 10",
    ),
    "a choice to send is gone": (
        lambda new: new["paths"]["/v1/store/products"]["get"]["parameters"][0]["schema"].update(enum=["a"]),
        "has become a choice",
    ),
}


@pytest.mark.parametrize("name", BREAKING)
def test_a_broken_promise_is_seen(name: str) -> None:
    break_it, words = BREAKING[name]
    new = copy.deepcopy(openapi.document())
    break_it(new)
    found = breaking_changes(openapi.document(), new)
    assert any(words in change for change in found), found


def test_additions_break_nothing() -> None:
    new = copy.deepcopy(openapi.document())
    new["paths"]["/v1/store/new"] = {"get": {"operationId": "new_list", "responses": {}}}
    _schema(new, "BasketOutput")["properties"]["gift_wrap"] = {"type": "boolean"}
    _schema(new, "NewLineInputRequest")["properties"]["note"] = {"type": "string"}
    new["paths"][BASKET]["get"]["responses"]["410"] = {"description": "Gone"}
    assert breaking_changes(openapi.document(), new) == []


# The shop does what the document says


@pytest.fixture
def thing(db: None, guest: Thing, everything: Everything, stripe_server: LocalStripe, route: Route) -> Thing:
    return things_for(route, guest, everything)


def fuzzed(route: Route) -> Any:
    """The operation of a route as schemathesis knows it."""
    return _fuzzed_document()[re.sub(r"<str:(\w+)>", r"{\1}", route.path)][route.method]


@cache
def _fuzzed_document() -> Any:
    config = schemathesis.Config.from_dict(
        {
            "checks": {
                # Who is let in stands in the permission table; here a sign-in is taken for a generated one.
                "ignored_auth": {"enabled": False},
                # 412: the document cannot say which tags are today's. 413: nor how long the whole body is.
                "negative_data_rejection": {"expected-statuses": [400, 401, 404, 406, 409, 412, 413, 415, 422]},
                # 400, 422: what no schema can say, such as a signature, or a state that is not one of the country's.
                "positive_data_acceptance": {"expected-statuses": ["2xx", 304, 400, 401, 404, 409, 412, 422]},
            }
        }
    )
    schema = schemathesis.openapi.from_dict(openapi.document(), config=config)
    schema.app = get_wsgi_application()
    return schema


@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("route", DOORS, ids=str)
def test_answers_are_as_documented(thing: Thing, route: Route, mode: schemathesis.GenerationMode) -> None:
    """No crash; status, content type, headers and body as documented, for what fits the document and what does not."""

    @hypothesis.settings(
        max_examples=EXAMPLES, derandomize=True, deadline=None, database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )  # fmt: skip
    @hypothesis.given(case=fuzzed(route).as_strategy(generation_mode=mode))
    def check(case: schemathesis.Case) -> None:
        aim(case, route, thing)
        with connection_kept(), undone():
            case.call_and_validate()

    # Where every string fits there is nothing to get wrong.
    nothing_to_try = [hypothesis.errors.Unsatisfiable] if mode.is_negative else []
    with suppress(*nothing_to_try):
        check()


def aim(case: schemathesis.Case, route: Route, thing: Thing) -> None:
    """Three of four go to what is there, by who may, with a body that fits it: else nearly all would end as 404."""
    if hash_of(case) % 4 == 0:
        return
    if not is_negative(case, ParameterLocation.PATH):
        known = known_values(route.path, thing.all_paths)
        case.path_parameters = {name: known[name] for name in case.path_parameters or {}}
    if is_negative(case, ParameterLocation.HEADER):
        return
    case.headers.update(headers_for(route, thing.token, thing.sign_in))
    case.headers.pop("If-Match", None)
    if isinstance(case.body, dict) and not is_negative(case, ParameterLocation.BODY) and hash_of(case) % 2:
        case.body = body_for(route, thing.basket, thing.things)
    if str(route) == HOOK and isinstance(case.body, dict):
        case.headers["Stripe-Signature"] = signed(json.dumps(case.body).encode())


def hash_of(case: schemathesis.Case) -> int:
    return sum(repr((case.body, case.query, case.path_parameters)).encode())


def is_negative(case: schemathesis.Case, location: ParameterLocation) -> bool:
    return case.meta is not None and case.meta.is_negative_at(location)


@contextmanager
def connection_kept() -> Iterator[None]:
    """Called as a WSGI application, Django would close the connection that the test's transaction is on."""
    ends = (request_started, request_finished)
    for end in ends:
        end.disconnect(close_old_connections)
    try:
        yield
    finally:
        for end in ends:
            end.connect(close_old_connections)
