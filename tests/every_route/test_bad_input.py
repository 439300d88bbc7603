"""Bad input on every endpoint: refused by name, with a request id, as problem+json, and nothing changed.

Routes come from the URL patterns and fields from the OpenAPI document, so that a new endpoint is tried, too.
"""

import copy
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import jsonschema
import pytest
from django.http import HttpResponse

from catalog.catalogue.models import Product
from catalog.collections.models import Collection
from config.pages import all_errors
from tests import openapi
from tests.api import Api
from tests.factories import make_piece, make_variant
from tests.fakes.local_stripe import LocalStripe
from tests.people import RAW, undone
from tests.routes import Route, routes
from tests.scene import (
    HOOK,
    Everything,
    Thing,
    body_for,
    content_type_for,
    encoded,
    filled,
    headers_for,
    rows_written,
    signed,
    snapshot,
    things_for,
)

# /v1/auth is another library's, and has tests of its own.
DOORS = [route for route in routes() if openapi.operation(route) and route.door]
READS = [route for route in DOORS if route.method == "GET"]
# An upload takes no JSON: what is refused there stands in its own tests.
WRITES = [route for route in DOORS if route.method in ("POST", "PATCH", "PUT") and str(route) not in RAW]
KEYED = [route for route in DOORS if route.method == "POST" and route.door.takes_idempotency_key]
WITH_FIELDS = [route for route in DOORS if openapi.body_schema(route) and str(route) != HOOK]
WITH_PARAMETERS = [route for route in DOORS if "<" in route.path]
ADDRESSES = sorted({route.path for route in routes() if not route.path.startswith("/v1/auth/")})
KNOWN_CODES = {error.code: error for error in all_errors()}


class Raw:
    """JSON text that no Python value stands for."""

    def __init__(self, text: str) -> None:
        self.text = text


NUMBERS = {
    "zero": 0, "minus one": -1, "half": 0.5, "two point zero": 2.0, "2**63": 2**63, "-2**63 - 1": -(2**63) - 1,
    "10**400": Raw("1" + "0" * 400), "1e999": Raw("1e999"), "-0.0": -0.0, "NaN": Raw("NaN"), "digits": "2",
    "huge number in words": "9" * 400, "1e999 in words": "1e999", "NaN in words": "NaN",
    "infinity in words": "Infinity",
}  # fmt: skip
TEXTS = {
    "blank": "  ", "long": "x" * 100_000, "lone surrogate": Raw(r'"\ud800"'), "noncharacter": "\uffff",
    "right to left": "\u202e", "line breaks": "a\r\nSet-Cookie: b", "markup": "<script>alert(1)</script>",
    "quotes": "'; DROP TABLE order_order; --",
}  # fmt: skip
# One of each, which every field gets.
KINDS = {
    "null": None, "true": True, "one": 1, "beyond every number": Raw("1" + "0" * 400), "empty": "", "word": "surprise",
    "NUL": "a\0b", "list": [], "list of one": ["x"], "object": {}, "nested": [[{}]],
}  # fmt: skip
# As deep as a body of the allowed size can be.
DEEP, DEEPEST_OBJECT = 100_000, 40_000
UNREADABLE = {
    "half an object": b"{", "two objects": b"{}{}", "broken UTF-8": b'{"a": "\xff"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "encoded surrogate": b'{"a": "\xed\xa0\x80"}', "escaped lone surrogate": rb'{"a": "\ud800"}',
    "NUL byte": b'{"a": "\0"}',
    "NaN": b'{"a": NaN}', "infinity": b'{"a": Infinity}', "single quotes": b"{'a': 1}", "comment": b"{} // no",
    "trailing comma": b'{"a": 1,}', "form": b"a=1&b=2", "markup": b"<a/>", "list": b"[]", "string": b'"a"',
    "null": b"null",
    "number": b"1", "true": b"true", "deep lists": b"[" * DEEP + b"]" * DEEP,
    "deep objects": b'{"a":' * DEEPEST_OBJECT + b"1" + b"}" * DEEPEST_OBJECT,
    "deep within": b'{"a":' + b"[" * DEEP + b"]" * DEEP + b"}", "byte order mark": b"\xef\xbb\xbf{}",
}  # fmt: skip
STRANGE_PARTS = [
    "%00", "a%00b", "%2500", "x" * 5000, "%2e%2e", "..%2f..%2fetc%2fpasswd", "%ff", "%ed%a0%80", "%F0%9F%92%8D",
    "null", "-1",
    "0", "%27%20OR%201%3D1--", "%0d%0aSet-Cookie:a", "%20", "*", "%E2%80%AE", "{id}", ";a=b", "%25", "%zz",
]  # fmt: skip
EVIL_HOSTS = [
    "evil.example",
    "localhost.evil.example",
    "evil.example:80",
    "a b",
    "localhost@evil.example",
    "[::1",
    "\0",
    "",
]


@pytest.fixture
def api(db: None, stripe_server: LocalStripe) -> Api:
    return Api()


@pytest.fixture
def thing(api: Api, guest: Thing, everything: Everything, request: pytest.FixtureRequest) -> Thing:
    return things_for(_route_of(request), guest, everything)


def _route_of(request: pytest.FixtureRequest) -> Route | None:
    callspec = getattr(request.node, "callspec", None)
    return callspec.params.get("route") if callspec else None


class Sender:
    """Sends one request after another and sees to it that each refusal is a proper one that changed nothing."""

    def __init__(self, api: Api, thing: Thing) -> None:
        self.api = api
        self.thing = thing
        self.after_a_change()

    def send(
        self, route: Route, body: bytes | None = None, *, path: str = "", query: str = "",
        content_type: str = "", headers: dict[str, str] | None = None, **meta: str,
    ) -> HttpResponse:  # fmt: skip
        if body is None:
            body = encoded(route, self.thing.basket, self.thing.things)
        given = headers_for(route, self.thing.token, self.thing.sign_in)
        if str(route) == HOOK:
            given["Stripe-Signature"] = signed(body)
        given |= headers or {}
        address = path or filled(route.path, self.thing.all_paths)
        with_query = f"{address}?{query}" if query else address
        answer: HttpResponse = self.api.client.generic(
            route.method, with_query, body, content_type or content_type_for(route), headers=given, **meta
        )
        return answer

    def refused(self, route: Route, what: str, **request: Any) -> HttpResponse:
        answer = self.send(route, **request)
        assert 400 <= answer.status_code < 500, (what, answer.status_code, answer.content[:500])
        assert_problem(answer, what)
        self.assert_unchanged(what)
        return answer

    def assert_unchanged(self, what: str) -> None:
        written = rows_written()
        if written != self.written:
            assert snapshot() == self.before, f"{what} was refused and yet changed something"
            self.written = written

    def after_a_change(self) -> None:
        self.before = snapshot()
        self.written = rows_written()


@pytest.fixture
def sender(api: Api, thing: Thing) -> Sender:
    return Sender(api, thing)


def assert_problem(answer: HttpResponse, what: Any = "") -> dict[str, Any]:
    """RFC 9457, our members, a code that is in the list of errors, and no HTML."""
    assert answer["Content-Type"] == "application/problem+json", (what, answer.content[:300])
    problem: dict[str, Any] = answer.json()
    assert problem.keys() >= {"type", "title", "status", "code", "detail", "errors", "request_id"}
    assert problem["status"] == answer.status_code == KNOWN_CODES[problem["code"]].status, what
    assert problem["request_id"] == answer["X-Request-Id"] != "", what
    assert all(error.keys() == {"field", "code", "message"} for error in problem["errors"])
    assert "<" not in problem["detail"], what
    return problem


def assert_documented(route: Route, answer: HttpResponse, what: Any = "") -> None:
    code = answer.json()["code"]
    assert code in openapi.documented_codes(route, answer.status_code), (what, answer.status_code, code)


def test_a_change_would_be_seen(sender: Sender) -> None:
    """Control: counting what is written misses nothing that the rows themselves would show."""
    sender.assert_unchanged("Nothing")
    with undone():
        make_piece("one-more", make_variant("ONE-MORE"))
        with pytest.raises(AssertionError, match="One more was refused and yet changed something"):
            sender.assert_unchanged("One more")
    sender.assert_unchanged("What is undone")
    Product.objects.update(title="Another")
    with pytest.raises(AssertionError, match="A title was refused"):
        sender.assert_unchanged("A title")
    sender.after_a_change()
    Collection.objects.all().delete()
    with pytest.raises(AssertionError, match="A deletion was refused"):
        sender.assert_unchanged("A deletion")


# The body


def with_value(body: Any, path: tuple[str, ...], value: Any) -> bytes:
    """The body as JSON text with one field replaced."""
    changed = copy.deepcopy(body)
    inner = changed
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = "<here>" if isinstance(value, Raw) else value
    text = json.dumps(changed)
    return (text.replace('"<here>"', value.text) if isinstance(value, Raw) else text).encode()


def fields(
    schema: dict[str, Any], body: Any, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Every field of a body, however deep, with its schema."""
    for name, inner in openapi.resolved(schema).get("properties", {}).items():
        here = (*path, name)
        yield here, inner
        if isinstance(body, dict) and isinstance(body.get(name), dict):
            yield from fields(inner, body[name], here)


def objects(schema: dict[str, Any], body: Any) -> Iterator[tuple[str, ...]]:
    """Where an object with names of ours stands in a body, the body itself first."""
    yield ()
    for path, inner in fields(schema, body):
        value = body
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        if isinstance(value, dict) and openapi.resolved(inner).get("properties"):
            yield path


def fits(schema: dict[str, Any], value: Any) -> bool:
    """Whether the document allows a value, once the blanks around a string are taken off as the doors do."""
    whole = {**schema, "components": openapi.document()["components"]}
    taken = value.strip() if isinstance(value, str) else value
    return bool(jsonschema.Draft202012Validator(whole).is_valid(taken))


def strange_values(schema: dict[str, Any]) -> dict[str, Any]:
    """Of each kind one, and all of the kind that the field is of: whoever takes no number takes none of them.

    A field whose kind the document does not say, or that takes numbers in words, gets everything.
    """
    found = openapi.resolved(schema)
    of_kind = {"integer": NUMBERS, "number": NUMBERS, "boolean": {}, "object": {}, "array": {}, "string": TEXTS}
    kinds = {name for name in listed(found.get("type")) if name != "null"}
    if not kinds or "format" in found or "pattern" in found:
        return KINDS | NUMBERS | TEXTS
    return {**KINDS, **{what: value for name in kinds for what, value in of_kind[name].items()}}


def listed(kind: Any) -> list[str]:
    """What a schema's `type` says, which is one name or several."""
    return kind if isinstance(kind, list) else [kind] if kind else []


@pytest.mark.parametrize("route", WITH_FIELDS, ids=str)
def test_strange_values_in_each_field(sender: Sender, route: Route) -> None:
    """What the document does not allow is refused by the field's name; what it allows never breaks anything."""
    schema = openapi.body_schema(route) or {}
    body = body_for(route, sender.thing.basket, sender.thing.things)
    for path, inner in fields(schema, body):
        for name, value in strange_values(inner).items():
            what = f"{'.'.join(path)} = {name}"
            answer = sender.send(route, with_value(body, path, value))
            assert answer.status_code < 500, (what, answer.content)
            if answer.status_code >= 400:
                problem = assert_problem(answer, what)
                assert_documented(route, answer, what)
                sender.assert_unchanged(what)
                if answer.status_code == 422 and problem["code"] == "invalid_input":
                    assert_names_the_field(route, problem, path)
            else:
                assert not isinstance(value, Raw) and fits(inner, value), f"{what} was accepted"
                sender.after_a_change()


# A name that makes no slug asks for one; a variant that was made a moment ago has the same options.
NAMED_INSTEAD = {
    "POST /v1/studio/makers": "slug",
    "POST /v1/studio/makers/<str:maker>/vouchers": "code",
    "POST /v1/studio/makers/<str:maker>/products/<str:product>/variants": "options",
}


def assert_names_the_field(route: Route, problem: dict[str, Any], path: tuple[str, ...]) -> None:
    name = ".".join(path)
    named = [error["field"] for error in problem["errors"]]
    # An object that is empty or none names what it lacks; two fields that exclude each other name one of them.
    instead = {"variant", NAMED_INSTEAD.get(str(route))}
    assert any(field == name or field.startswith(f"{name}.") or field in instead for field in named), (name, named)


@pytest.mark.parametrize("route", WITH_FIELDS, ids=str)
def test_unknown_fields_are_named(sender: Sender, route: Route) -> None:
    schema = openapi.body_schema(route) or {}
    body = body_for(route, sender.thing.basket, sender.thing.things)
    for path in objects(schema, body):
        known = {inner for inner, _ in fields(schema, body) if inner[:-1] == path}
        for name in ("surprise", "__proto__", "id", "price", "", "a\0b", "x" * 1000, "errors"):
            if (*path, name) in known:
                continue
            where = ".".join((*path, name)) if name else ".".join(path)
            answer = sender.refused(route, where, body=with_value(body, (*path, name), 1))
            found = {(error["field"], error["code"]) for error in answer.json()["errors"]}
            assert (answer.status_code, (where, "unknown_field") in found) == (422, True), (where, found)


@pytest.mark.parametrize(
    "route", [route for route in WRITES if route not in WITH_FIELDS and str(route) != HOOK], ids=str
)
def test_unknown_fields_are_named_where_none_are_taken(sender: Sender, route: Route) -> None:
    answer = sender.refused(route, "surprise", body=b'{"surprise": 1}')
    assert answer.json()["errors"][0].items() >= {"field": "surprise", "code": "unknown_field"}.items()


@pytest.mark.parametrize("route", WRITES, ids=str)
def test_bodies_that_cannot_be_read(sender: Sender, route: Route) -> None:
    for name, body in UNREADABLE.items():
        answer = sender.refused(route, name, body=body)
        assert answer.status_code == 400, (name, answer.content)
        codes = {"malformed_request", "invalid_signature"} if str(route) == HOOK else {"malformed_request"}
        assert answer.json()["code"] in codes, name
        assert_documented(route, answer, name)


@pytest.mark.parametrize("route", WRITES, ids=str)
def test_large_bodies(sender: Sender, route: Route) -> None:
    size = 5_000_000 if str(route) == HOOK else 1_000_000
    body = json.dumps({"gift_note": "x" * size}).encode()
    for headers in ({}, {"Idempotency-Key": ""}):
        answer = sender.refused(route, f"{size} bytes", body=body, headers=headers)
        if answer.json()["code"] != "invalid_idempotency_key":
            assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large"), headers
            assert_documented(route, answer)


@pytest.mark.parametrize("route", [route for route in KEYED if route in WRITES], ids=str)
def test_large_bodies_without_a_key(sender: Sender, route: Route) -> None:
    """The key's fingerprint reads the body first; without a key another reader does."""
    body = json.dumps({"gift_note": "x" * 1_000_000}).encode()
    answer = send_without_key(sender, route, body)
    assert answer.status_code in (400, 413)
    assert assert_problem(answer)["code"] in ("idempotency_key_required", "body_too_large")
    sender.assert_unchanged("1 MB")


def send_without_key(sender: Sender, route: Route, body: bytes) -> HttpResponse:
    headers = headers_for(route, sender.thing.token, sender.thing.sign_in)
    del headers["Idempotency-Key"]
    answer: HttpResponse = sender.api.client.generic(
        route.method, filled(route.path, sender.thing.all_paths), body, "application/json", headers=headers
    )
    return answer


@pytest.mark.parametrize("route", WRITES, ids=str)
def test_other_content_types(sender: Sender, route: Route) -> None:
    kinds = [
        "text/plain", "text/html", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data",
        "multipart/form-data; boundary=x", "application/octet-stream", "application/jsonx", "image/png", "nonsense",
        "a/b/c", ";", "/",
    ]  # fmt: skip
    for kind in kinds:
        answer = sender.refused(route, kind, content_type=kind)
        assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type"), kind
        assert_documented(route, answer, kind)


# Headers


@pytest.mark.parametrize("route", DOORS, ids=str)
def test_only_json_is_served(sender: Sender, route: Route) -> None:
    if route.path.endswith(".xml"):
        return  # its name says what it is
    for wanted in (
        "text/html",
        "application/xml",
        "text/html, application/xhtml+xml",
        "image/*",
        "a",
        "/",
        ";;",
        "text/html;q=0",
    ):
        if wanted in {renderer.media_type for renderer in route.door.renderer_classes}:
            continue  # a door that serves pictures
        answer = sender.refused(route, wanted, headers={"Accept": wanted})
        assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable"), wanted
        assert_documented(route, answer, wanted)


@pytest.mark.parametrize("route", READS, ids=str)
def test_browsers_get_json(sender: Sender, route: Route) -> None:
    wanted = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    assert sender.send(route, headers={"Accept": wanted}).status_code == 200


@pytest.mark.parametrize("route", routes(), ids=str)
def test_foreign_hosts(sender: Sender, route: Route) -> None:
    for host in EVIL_HOSTS:
        answer = sender.refused(route, host, HTTP_HOST=host)
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request"), host


@pytest.mark.parametrize("route", READS, ids=str)
def test_a_forwarded_host_changes_no_link(sender: Sender, route: Route) -> None:
    answer = sender.send(route, headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "gopher"})
    assert answer.status_code == 200
    content = b"".join(answer)
    assert b"evil.example" not in content and b"gopher" not in content


@pytest.mark.parametrize("route", routes(), ids=str)
def test_request_ids(sender: Sender, route: Route) -> None:
    # Half a body: what is refused has its id like what is done, and costs less.
    assert sender.send(route, b"{", headers={"X-Request-Id": "mine-1"})["X-Request-Id"] == "mine-1"
    for evil in ("a b", "a\r\nSet-Cookie: b=c", "x" * 129, "é", "<b>", ""):
        answer = sender.send(route, b"{", headers={"X-Request-Id": evil})
        assert re.fullmatch(r"req_\w{22}", answer["X-Request-Id"]), evil
        assert "Set-Cookie" not in answer


@pytest.mark.parametrize("route", KEYED, ids=str)
def test_idempotency_keys_that_cannot_be_used(sender: Sender, route: Route) -> None:
    for key in ("", "x" * 256, "key-é-0123456789", "key-\t-0123456789", "key\0-0123456789", "☃" * 20):
        answer = sender.refused(route, key, headers={"Idempotency-Key": key})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_idempotency_key"), key
        assert_documented(route, answer, key)


@pytest.mark.parametrize("route", [route for route in DOORS if "/baskets/<" in route.path], ids=str)
def test_strange_if_match(sender: Sender, route: Route) -> None:
    """A tag that is not today's is stale; a read does not mind."""
    parameters = (openapi.operation(route) or {}).get("parameters", [])
    checks = any(parameter["name"] == "If-Match" for parameter in parameters)
    for tag in ('"0"', "nonsense", "", ",", '"', 'W/"', "é", "9" * 5000, '"-1"', "\0"):
        if checks:
            answer = sender.refused(route, tag, headers={"If-Match": tag})
            assert (answer.status_code, answer.json()["code"]) == (412, "stale_version"), tag
            assert_documented(route, answer, tag)
        elif route.method == "GET":
            assert sender.send(route, headers={"If-Match": tag, "If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize("route", [route for route in DOORS if "/store/orders/<" in route.path], ids=str)
def test_strange_order_tokens(sender: Sender, route: Route) -> None:
    genuine = sender.thing.token
    strange = [
        ".", "a", "f" * 400 + ".a", f" {genuine} x", genuine.upper(), f"0x{genuine}", f"0{genuine}", f"{genuine}=",
        genuine * 2,
        genuine.partition(".")[0], "-1.a", "☃.☃", "\0", "x" * 100_000, "1e5." + genuine.partition(".")[2], "_1.a",
        "nan.a",
    ]  # fmt: skip
    for token in strange:
        answer = sender.refused(route, token, headers={"Benchpin-Order-Token": token})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), token
    answer = sender.refused(route, "empty", headers={"Benchpin-Order-Token": ""})
    assert (answer.status_code, answer.json()["code"]) == (401, "access_token_missing")
    assert_documented(route, answer)


@pytest.mark.parametrize(
    "signature", ["", "t=1", "t=x,v1=y", "v1=", "t=,v1=", "é", "\0", "t=1,v1=" + "0" * 100_000, "t=9" * 99]
)
def test_strange_signatures(sender: Sender, signature: str) -> None:
    route = Route(*HOOK.split())
    answer = sender.refused(route, signature, headers={"Stripe-Signature": signature})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_signature")


def event(**changes: Any) -> dict[str, Any]:
    return {"id": "evt_1", "type": "a", "created": 1, "data": {"object": {"id": "b"}}, **changes}


EVENTS = {
    "empty": {},
    "no id": {"type": "a", "data": {"object": {"id": "b"}}},
    "id is a number": event(id=1),
    "id is null": event(id=None),
    "id is empty": event(id=""),
    "id is long": event(id="e" * 256),
    "id has NUL": event(id="e\0"),
    "type is null": event(type=None),
    "type is a list": event(type=[]),
    "type is long": event(type="a" * 256),
    "no time": event(created=None),
    "time is a text": event(created="now"),
    "time is beyond all time": event(created=10**30),
    "data is a list": event(data=[]),
    "data is empty": event(data={}),
    "object is null": event(data={"object": None}),
    "object's id is an object": event(data={"object": {"id": {"a": 1}}}),
    "object's id is long": event(data={"object": {"id": "b" * 256}}),
    "object's id has NUL": event(data={"object": {"id": "\0"}}),
}


@pytest.mark.parametrize("name", EVENTS)
def test_strange_events_that_are_signed(sender: Sender, name: str) -> None:
    """Even with the right signature nothing breaks, and what is refused is not kept."""
    route = Route(*HOOK.split())
    sender.refused(route, name, body=json.dumps(EVENTS[name]).encode())


# The address


@pytest.mark.parametrize("route", WITH_PARAMETERS, ids=str)
def test_strange_parts_of_an_address(sender: Sender, route: Route) -> None:
    for parameter in re.findall(r"<str:(\w+)>", route.path):
        for part in STRANGE_PARTS:
            strange = {parameter: part, "waiting": part} if parameter == "number" else {parameter: part}
            path = filled(route.path, {**sender.thing.all_paths, **strange})
            answer = sender.refused(route, f"{parameter} = {part[:50]}", path=path)
            assert answer.status_code in (400, 404), (part, answer.content)
            assert_documented(route, answer, part)


@pytest.mark.parametrize("route", READS, ids=str)
def test_strange_queries(sender: Sender, route: Route) -> None:
    """A door refuses what it does not know, and NUL before that."""
    for query in ("a=%00", "%00=a", "%00"):
        assert sender.refused(route, query, query=query).status_code == 400
    for query in (
        "surprise=1",
        "surprise",
        "a[]=1",
        "=1",
        "&&&",
        "%ff=%ff",
        "%ed%a0%80",
        "x" * 100_000,
        "?",
        "a=1;b=2",
        "%zz=1",
    ):
        answer = sender.send(route, query=query)
        expected = 422 if query.strip("&") else 200
        assert answer.status_code == expected, (query[:50], answer.content[:500])
        if expected == 422:
            assert_problem(answer, query)
            assert_documented(route, answer, query)


@pytest.mark.parametrize("route", [route for route in READS if "?" not in route.path], ids=str)
def test_strange_values_in_each_parameter(sender: Sender, route: Route) -> None:
    known = [each for each in (openapi.operation(route) or {}).get("parameters", []) if each["in"] == "query"]
    strange = [value for value in (KINDS | NUMBERS | TEXTS).values() if isinstance(value, str) and "\0" not in value]
    for parameter in known:
        name = parameter["name"]
        twice = sender.refused(route, name, query=f"{name}=1&{name}=1")
        assert (twice.status_code, twice.json()["errors"][0]["field"]) == (422, name)
        for value in [
            *strange,
            "%FF",
            "%ED%A0%80",
            "0x10",
            "1_000",
            "１２",
            "+1",
            "1e2",
            "true",
            "null",
            "[]",
            "a" * 2000,
        ]:
            encoded_value = value if value.startswith("%") else quote(value)
            answer = sender.send(route, query=f"{name}={encoded_value}")
            assert answer.status_code in (200, 422), (name, value[:50], answer.content[:500])
            if answer.status_code == 422:
                problem = assert_problem(answer, (name, value[:50]))
                assert_documented(route, answer, value[:50])
                assert problem["code"] != "invalid_input" or problem["errors"][0]["field"] == name


@pytest.mark.parametrize("path", ADDRESSES)
def test_unknown_methods(sender: Sender, path: str) -> None:
    taken = {route.method for route in routes() if route.path == path}
    allowed = taken | ({"HEAD"} if "GET" in taken else set())
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW", "PROPFIND"):
        if method in allowed:
            continue
        answer = sender.send(Route(method, path), b"{}")
        assert answer.status_code == 405, (method, answer.content)
        assert set(answer["Allow"].split(", ")) == allowed, method
        assert answer["X-Request-Id"]
        if method != "HEAD":
            assert assert_problem(answer)["code"] == "method_not_allowed"
        sender.assert_unchanged(method)


@pytest.mark.parametrize(
    "route", [route for route in routes() if route.method == "GET" and not route.path.startswith("/v1/auth/")], ids=str
)
def test_head_is_get_without_the_body(sender: Sender, route: Route) -> None:
    answer, head = sender.send(route), sender.send(route._replace(method="HEAD"))
    assert (head.status_code, head.content) == (200, b"")
    for name in ("Content-Type", "ETag", "Cache-Control", "Vary"):
        assert head.get(name) == answer.get(name), name


@pytest.mark.parametrize(
    "path",
    [
        "/v1", "/v1/", "/v1/nope", "/v1/store", "/v1/store/", "/v1/store/nope", "/v1//store/products",
        "/v1/store/products/", "/v1/store/baskets/",
        "/v1/store/products/band/", "/v1/store/products/band/nope", "/v1/store/makers/", "/v1/health/", "/v1/docs/",
        "/v1/%2e%2e/store/products",
        "/v1/../admin", "/v1/hooks/stripe/", "/v1/hooks/paypal", "/v1/studio", "/v1/auth", "/v1/" + "x" * 5000,
        "/v1/%ff", "/v1/%ed%a0%80", "/v1/☃", "/v1/.env", "/v1/store/products.json", "/V1/store/products",
    ],
)  # fmt: skip
def test_unknown_addresses(api: Api, path: str) -> None:
    for method in ("GET", "POST", "PATCH", "DELETE", "OPTIONS", "BREW"):
        answer = api.client.generic(method, path, b"{}", "application/json")
        assert (answer.status_code, assert_problem(answer)["code"]) == (404, "not_found"), method
