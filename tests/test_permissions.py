"""Who may do what: every route x every kind of caller. A route without a row fails; denied means nothing changed.

A new role is a new column: its name in ROLES, what it knows in `knowledge`, and its status in each row.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.http import HttpResponse

from tests.api import Api
from tests.fakes.local_stripe import LocalStripe
from tests.routes import Route, routes
from tests.scene import HOOK, Thing, encoded, filled, headers_for, make_thing, open_shop, signed, snapshot

pytestmark = pytest.mark.django_db

# anonymous  knows addresses and order numbers, has no token, and guesses ids
# holder     knows the basket's id and the order's token
# other      has a basket and an order of their own, and tries them on somebody else's
# expired    is the holder, too late
# forged     has the basket's id and the order's token with one character changed
ROLES = ("anonymous", "holder", "other", "expired", "forged")

# fmt: off
TABLE = {
    # what                                                        anonymous holder other expired forged
    "GET /v1/health":                                                 (200, 200, 200, 200, 200),
    "GET /v1/openapi.json":                                           (200, 200, 200, 200, 200),
    "GET /v1/docs":                                                   (200, 200, 200, 200, 200),
    "GET /v1/docs/errors":                                            (200, 200, 200, 200, 200),
    "GET /v1/store/products":                                         (200, 200, 200, 200, 200),
    "GET /v1/store/products/<str:slug>":                              (200, 200, 200, 200, 200),
    "GET /v1/store/categories":                                       (200, 200, 200, 200, 200),
    "GET /v1/store/makers":                                           (200, 200, 200, 200, 200),
    "GET /v1/store/makers/<str:slug>":                                (200, 200, 200, 200, 200),
    "POST /v1/store/baskets":                                         (201, 201, 201, 201, 201),
    # Whoever knows a basket's id has the basket: another's own id opens another's own basket.
    "GET /v1/store/baskets/<str:basket_id>":                          (404, 200, 200, 404, 404),
    "PATCH /v1/store/baskets/<str:basket_id>":                        (404, 200, 200, 404, 404),
    "POST /v1/store/baskets/<str:basket_id>/lines":                   (404, 201, 201, 404, 404),
    "PATCH /v1/store/baskets/<str:basket_id>/lines/<str:line_id>":    (404, 200, 404, 404, 404),
    "DELETE /v1/store/baskets/<str:basket_id>/lines/<str:line_id>":   (404, 200, 404, 404, 404),
    "GET /v1/store/baskets/<str:basket_id>/shipping-options":         (404, 200, 200, 404, 404),
    "POST /v1/store/baskets/<str:basket_id>/checkout":                (404, 201, 201, 404, 404),
    "GET /v1/store/orders/<str:number>":                              (401, 200, 404, 401, 404),
    "POST /v1/store/orders/<str:number>/cancel":                      (401, 200, 404, 401, 404),
    "POST /v1/store/orders/<str:number>/payments":                    (401, 201, 404, 401, 404),
    "POST /v1/store/orders/<str:number>/payments/<str:payment_id>/refresh": (401, 200, 404, 401, 404),
    # Here the capability is the signature over the body.
    "POST /v1/hooks/stripe":                                          (400, 200, 400, 400, 400),
}
# fmt: on


@dataclass
class Knowledge:
    """What a caller brings: values for the path, an order token, and how it signs a webhook."""

    path: dict[str, str]
    token: str | None
    signature: Callable[[bytes], str] = signed


@pytest.fixture
def api(db: None, stripe_server: LocalStripe) -> Api:
    return Api()


@pytest.fixture
def mine(api: Api) -> Thing:
    open_shop()
    return make_thing(api)


@pytest.fixture
def theirs(api: Api, mine: Thing) -> Thing:
    return make_thing(api)


def knowledge(role: str, mine: Thing, theirs: Thing) -> Knowledge:
    """What each role knows of `mine`."""
    match role:
        case "anonymous":
            return Knowledge({**mine.path, "basket_id": "bsk_" + "0" * 22}, None, lambda body: "")
        case "holder":
            return Knowledge(mine.path, mine.token)
        case "expired":
            return Knowledge(mine.path, mine.token, lambda body: signed(body, age_seconds=301))
        case "other":
            own_basket = {**mine.path, "basket_id": theirs.basket["id"]}
            return Knowledge(own_basket, theirs.token, lambda body: signed(body, secret="whsec_of_another_shop"))
        case "forged":
            path = {**mine.path, "basket_id": _forged(mine.basket["id"])}
            return Knowledge(path, _forged(mine.token), lambda body: _forged(signed(body)))
    raise ValueError(role)


def _forged(secret: str) -> str:
    return secret[:-1] + ("a" if secret[-1] != "a" else "b")


@contextmanager
def when(role: str) -> Iterator[None]:
    """The time at which the role calls: baskets live 30 days after their last change, tokens 180."""
    if role == "expired":
        with time_machine.travel(datetime.now(UTC) + timedelta(days=settings.ORDER_TOKEN_DAYS + 1), tick=True):
            yield
    else:
        yield


def call(api: Api, route: Route, known: Knowledge, basket: dict[str, Any]) -> HttpResponse:
    body = encoded(route, basket)
    headers = headers_for(route, known.token)
    if str(route) == HOOK:
        headers["Stripe-Signature"] = known.signature(body)
    path = filled(route.path, known.path)
    return api.client.generic(route.method, path, body, "application/json", headers=headers)


def test_every_route_has_a_row() -> None:
    assert {str(route) for route in routes()} == TABLE.keys()
    assert all(len(row) == len(ROLES) for row in TABLE.values())


@pytest.mark.parametrize("route", routes(), ids=str)
def test_access(api: Api, mine: Thing, theirs: Thing, route: Route) -> None:
    """Each role in turn, those who may change something last."""
    expected = dict(zip(ROLES, TABLE[str(route)], strict=True))
    for role in sorted(ROLES, key=lambda role: (expected[role] < 400, role == "holder")):
        known = knowledge(role, mine, theirs)
        basket = theirs.basket if role == "other" else mine.basket
        before = snapshot()
        with when(role):
            answer = call(api, route, known, basket)
        assert (role, answer.status_code) == (role, expected[role]), answer.content
        changed = before ^ snapshot()
        if answer.status_code >= 400:
            assert not changed, f"{role} was denied and yet changed something"
            assert_is_a_problem(answer)
        elif role != "holder":
            assert not any(mine.is_in(row) for row in changed), f"{role} changed what belongs to somebody else"
        if route.method == "GET":
            assert not changed


def assert_is_a_problem(answer: HttpResponse) -> None:
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Cache-Control"] == "private, no-store"


def test_the_snapshot_sees_a_change(api: Api, mine: Thing) -> None:
    before = snapshot()
    api.patch(f"/store/baskets/{mine.basket['id']}", {"gift_note": "Seen"})
    changed = before ^ snapshot()
    assert len(changed) == 2
    assert all(mine.is_in(row) for row in changed)
