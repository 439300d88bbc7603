"""Idempotency-Key on every POST: read off the URL patterns, so that a new one keeps to it or says why not."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.utils import timezone

from catalog.inventory.models import StockMovement
from orders.ledger.models import LedgerEntry
from orders.order.models import Order
from orders.payment.models import Payment
from orders.refunds.models import Refund
from shop import doors
from shop.idempotency.models import IdempotentRequest
from shop.idempotency.services import NOT_KEPT
from tests.api import Api
from tests.fakes.local_stripe import LocalStripe
from tests.routes import Route, routes
from tests.scene import (
    Everything,
    Thing,
    content_type_for,
    encoded,
    filled,
    headers_for,
    rows_written,
    snapshot,
    things_for,
)

POSTS = [route for route in routes() if route.method == "POST" and not route.path.startswith("/v1/auth/")]
KEYED = [route for route in POSTS if route.door.takes_idempotency_key]
AT_ONCE = [route for route in KEYED if route.door.in_transaction]
MAKER = "/v1/studio/makers/<str:maker>"

# Those that take no key, and why. /v1/auth speaks another library's published spec, which has none.
WITHOUT_KEYS = {
    "POST /v1/studio/invitations/look": "It changes nothing.",
    "POST /v1/hooks/stripe": "Each event has an id, and is kept once by it.",
}
# Those that do not commit their deed and its answer together, and what makes sure that a repeated request does no more.
BY_ITSELF = {
    "POST /v1/store/baskets/<str:basket_id>/checkout": "The order knows the claim that placed it.",
    "POST /v1/store/orders/<str:number>/cancel": "An order is cancelled once.",
    "POST /v1/store/orders/<str:number>/payments": "One payment is open at a time; it is answered again.",
    "POST /v1/store/orders/<str:number>/payments/<str:payment_id>/refresh": "It settles once.",
    f"POST {MAKER}/orders/<str:number>/refunds": "The refunds know the claim that made them.",
    f"POST {MAKER}/imports": "What a file says is there already.",
}
# Those that move money or stock, and yet do not insist on a key.
NOT_INSISTING = {"POST /v1/store/orders/<str:number>/cancel": "Whoever cancels twice has cancelled."}
# What the scene's owner, who is the last one, cannot do, and tokens that open nothing: tried where they belong.
REFUSED = {
    "POST /v1/store/customer/erasure",
    f"POST {MAKER}/leave",
    f"POST {MAKER}/ownership-transfer/accept",
    "POST /v1/studio/invitations/accept",
}
MOVES = (Order, Payment, Refund, LedgerEntry, StockMovement)


class Killed(BaseException):
    """As kill -9: nothing that runs in the process catches it."""


Send = Callable[..., HttpResponse]


@pytest.fixture
def send(db: None, stripe_server: LocalStripe, guest: Thing, everything: Everything, route: Route) -> Send:
    """Sends the route's request, each time under the same key."""
    api = Api()
    thing = things_for(route, guest, everything)
    body = encoded(route, thing.basket, thing.things)
    headers = headers_for(route, thing.token, thing.sign_in) | {"Idempotency-Key": str(uuid.uuid4())}
    path = filled(route.path, thing.all_paths)

    def post(more: bytes = b"") -> HttpResponse:
        answer: HttpResponse = api.client.generic("POST", path, body + more, content_type_for(route), headers=headers)
        return answer

    return post


def moved() -> dict[Any, int]:
    return {model: model.objects.count() for model in MOVES}


def test_every_post_takes_a_key_or_says_why_not() -> None:
    assert {str(route) for route in POSTS if route not in KEYED} == WITHOUT_KEYS.keys()
    assert {str(route) for route in KEYED if route not in AT_ONCE} == BY_ITSELF.keys()


@pytest.mark.parametrize("route", KEYED, ids=str)
def test_repeated_it_is_answered_and_not_done_again(send: Send, route: Route) -> None:
    before = moved()
    first = send()
    assert (moved() != before and not route.door.idempotency_required) == (str(route) in NOT_INSISTING)
    assert (first.status_code >= 400) == (str(route) in REFUSED), first.content
    written = rows_written()
    again = send()
    assert (again.status_code, rows_written()) == (first.status_code, written)
    if first.status_code in NOT_KEPT:
        return
    assert again["Idempotent-Replayed"] == "true"
    other = send(b" ")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    IdempotentRequest.objects.update(status=None)
    running = send()
    assert (running.status_code, running.json()["code"]) == (409, "idempotency_in_progress")
    assert running["Retry-After"]
    assert rows_written() == written


@pytest.mark.parametrize("route", [route for route in KEYED if str(route) not in REFUSED], ids=str)
def test_killed_before_its_answer_is_kept_it_is_done_once(
    send: Send, route: Route, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*args: Any) -> bool:
        raise Killed

    before = snapshot()
    with monkeypatch.context() as patched:
        patched.setattr(doors.idempotency, "store_answer", die)
        with pytest.raises(Killed):
            send()
    if route in AT_ONCE:
        assert snapshot() == before
    done = moved()
    IdempotentRequest.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert send().status_code < 400
    if route not in AT_ONCE:
        assert moved() == done


@pytest.mark.parametrize("route", [route for route in AT_ONCE if str(route) not in REFUSED], ids=str)
def test_taken_over_meanwhile_it_changes_nothing(send: Send, route: Route, monkeypatch: pytest.MonkeyPatch) -> None:
    """It took longer than its lease, and another run has its claim: that one's deed counts."""
    keep, before = doors.idempotency.store_answer, snapshot()

    def keep_late(*args: Any) -> bool:
        IdempotentRequest.objects.update(owner="another run")
        return keep(*args)

    monkeypatch.setattr(doors.idempotency, "store_answer", keep_late)
    answer = send()
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_in_progress")
    assert snapshot() == before
    assert IdempotentRequest.objects.filter(owner="another run", status=None).exists()


@pytest.mark.parametrize("route", [route for route in AT_ONCE if route.path.endswith("<str:basket_id>/lines")], ids=str)
def test_control_where_nobody_asks_whose_the_claim_is_it_is_done_twice(
    send: Send, route: Route, monkeypatch: pytest.MonkeyPatch
) -> None:
    def keep_for_the_other(*args: Any) -> bool:
        IdempotentRequest.objects.update(owner="another run", lease_until=timezone.now() - timedelta(seconds=1))
        return True

    with monkeypatch.context() as patched:
        patched.setattr(doors.idempotency, "store_answer", keep_for_the_other)
        first = send().json()
    again = send().json()
    added = [sum(line["quantity"] for line in answer["lines"]) for answer in (first, again)]
    assert added[1] > added[0]
