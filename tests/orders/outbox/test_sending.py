"""Writes to Stripe: the key is stored before it is sent, and what may have happened is never asked for blindly."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from orders.outbox.models import CommandKind, StripeCommand
from orders.outbox.rules import KEY_LASTS, SEARCHABLE_AFTER
from orders.outbox.services import learn, send
from shop.stripe_gateway import StripeRefusedError, StripeUnreachableError
from tests.api import Api
from tests.factories import make_piece
from tests.fakes.local_stripe import LocalStripe
from tests.orders.steps import answers_lost, cancel, down, intents, token, up

pytestmark = pytest.mark.django_db

A_DAY = timedelta(hours=24)


@dataclass(frozen=True)
class Made:
    id: str


class Far:
    """The other end: `keys` are those it was sent, `then` is what it answers."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.stored: list[StripeCommand] = []
        self.then: Made | Exception = Made("pi_1")
        self.made: Made | None = None
        self.looked_up = 0

    def call(self, key: str) -> Made:
        self.keys.append(key)
        self.stored.append(StripeCommand.objects.get())
        if isinstance(self.then, Exception):
            raise self.then
        return self.then

    def find(self) -> Made | None:
        self.looked_up += 1
        return self.made

    def send(self, amount: str = "5.00") -> Made:
        return send(CommandKind.CANCEL_INTENT, "pay_1", params={"amount": amount}, call=self.call, find=self.find)

    def send_in_vain(self, then: Exception) -> None:
        self.then = then
        with pytest.raises(type(then)):
            self.send()
        self.then = Made("pi_1")


def later(span: timedelta) -> Any:
    return time_machine.travel(timezone.now() + span, tick=False)


def command() -> tuple[Any, ...]:
    return StripeCommand.objects.values_list("version", "status", "tries", "result_id", "error").get()


LOST = StripeUnreachableError("no answer")
REFUSED = StripeRefusedError("nope", "It may not be.")


def test_it_is_stored_as_unknown_before_it_is_sent() -> None:
    far = Far()
    assert far.send().id == "pi_1"
    assert (far.stored[0].key, far.stored[0].status) == (far.keys[0], "unknown")
    assert command() == (1, "done", 1, "pi_1", "")


def test_what_was_not_answered_stays_unknown_and_goes_out_again_under_its_key() -> None:
    far = Far()
    far.send_in_vain(LOST)
    assert command() == (1, "unknown", 1, "", "no answer")
    with later(KEY_LASTS - timedelta(minutes=1)):
        far.send()
    assert far.keys == ["cancel:pay_1:1"] * 2
    assert command() == (1, "done", 2, "pi_1", "")


def test_what_was_refused_goes_out_again_under_a_new_key() -> None:
    far = Far()
    far.send_in_vain(REFUSED)
    assert command() == (1, "refused", 1, "", "nope")
    far.send()
    assert far.keys == ["cancel:pay_1:1", "cancel:pay_1:2"]


@pytest.mark.parametrize("answered", [True, False])
def test_after_a_day_it_is_looked_up_first(answered: bool) -> None:
    far = Far()
    if answered:
        far.send()
    else:
        far.send_in_vain(LOST)
    far.made = Made("pi_found")
    with later(A_DAY):
        assert far.send().id == "pi_found"
    assert len(far.keys) == 1


def test_what_has_not_happened_after_a_day_is_sent_under_a_new_key() -> None:
    far = Far()
    far.send_in_vain(LOST)
    with later(A_DAY):
        far.send()
        assert (far.keys, far.looked_up) == (["cancel:pay_1:1", "cancel:pay_1:2"], 1)
        far.send()
    assert far.keys[2:] == ["cancel:pay_1:2"]


def test_other_parameters_are_looked_up_and_then_have_another_key() -> None:
    far = Far()
    far.send_in_vain(LOST)
    with later(SEARCHABLE_AFTER):
        far.send(amount="6.00")
    assert (far.keys, far.looked_up) == (["cancel:pay_1:1", "cancel:pay_1:2"], 1)
    assert StripeCommand.objects.get().params == {"amount": "6.00"}


def test_what_was_sent_a_moment_ago_cannot_be_looked_up() -> None:
    """Stripe's search is a minute behind: that it finds nothing says nothing."""
    far = Far()
    far.send_in_vain(LOST)
    with later(A_DAY):
        StripeCommand.objects.update(last_sent_at=timezone.now())
        with pytest.raises(StripeUnreachableError):
            far.send()
    assert (len(far.keys), far.looked_up) == (1, 0)


def test_what_is_known_stays_known() -> None:
    """Two send it at once: one has its answer while the other still waits in vain."""
    far = Far()

    def answered_meanwhile(key: str) -> Made:
        far.send()
        raise LOST

    with pytest.raises(StripeUnreachableError):
        send(CommandKind.CANCEL_INTENT, "pay_1", params={"amount": "5.00"}, call=answered_meanwhile, find=far.find)
    assert command()[1:4:2] == ("done", "pi_1")


def test_what_was_seen_at_stripe_is_no_longer_unknown() -> None:
    far = Far()
    far.send_in_vain(LOST)
    learn(CommandKind.CANCEL_INTENT, "pay_1", "pi_seen")
    assert command() == (1, "done", 1, "pi_seen", "")


# With the local Stripe


@pytest.fixture
def basket(api: Api, stripe_server: LocalStripe) -> dict[str, Any]:
    make_piece("band")
    return api.ready_basket(BAND_1=1)


def test_a_checkout_leaves_its_command(api: Api, basket: dict[str, Any], stripe_server: LocalStripe) -> None:
    placed = api.checkout(basket).json()
    made = StripeCommand.objects.get()
    assert (made.kind, made.about, made.status) == ("pi", placed["payment"]["id"], "done")
    assert made.result_id == intents(stripe_server)[0]["id"]


def test_an_intent_that_was_lost_a_day_ago_is_found_and_not_made_again(
    api: Api, basket: dict[str, Any], stripe_server: LocalStripe, settings: Any
) -> None:
    settings.HOLD_MINUTES = 3 * 24 * 60
    answers_lost(stripe_server, "/v1/payment_intents$")
    placed = api.checkout(basket).json()
    up(stripe_server)
    stripe_server.control("clock", advance=25 * 3600)  # Stripe has forgotten the key
    with later(A_DAY):
        path = f"/store/orders/{placed['order']['number']}/payments"
        answer = api.post(path, Idempotency_Key="k", **token(placed["order"]))
    assert answer.json()["client_secret"] == intents(stripe_server)[0]["client_secret"]
    assert len(intents(stripe_server)) == 1


def test_control_sent_again_blindly_after_a_day_there_are_two(
    api: Api, basket: dict[str, Any], stripe_server: LocalStripe, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orders.outbox.services.key_is_remembered", lambda *times: True)
    test_an_intent_is_made_twice = test_an_intent_that_was_lost_a_day_ago_is_found_and_not_made_again
    with pytest.raises(AssertionError):
        test_an_intent_is_made_twice(api, basket, stripe_server, settings)
    assert len(intents(stripe_server)) == 2


def test_a_cancel_without_an_answer_is_repeated_under_its_key(
    api: Api, basket: dict[str, Any], stripe_server: LocalStripe
) -> None:
    placed = api.checkout(basket).json()
    down(stripe_server, "/cancel$")
    assert cancel(api, placed["order"]).status_code == 503
    assert StripeCommand.objects.get(kind="cancel").status == "unknown"
    up(stripe_server)
    assert cancel(api, placed["order"]).status_code == 200
    keys = {request["idempotency_key"] for request in stripe_server.requests("POST", "/cancel$")}
    assert keys == {f"cancel:{placed['payment']['id']}:1"}


@pytest.mark.parametrize("fault", [{"status": 409, "code": "idempotency_key_in_use"}, {"type": "idempotency_error"}])
def test_a_key_that_is_taken_says_nothing_of_what_came_of_it(
    api: Api, basket: dict[str, Any], stripe_server: LocalStripe, fault: dict[str, Any]
) -> None:
    order = {"action": "error", "path": "payment_intents$", "times": 3, "status": 400, **fault}
    stripe_server.control("faults", **order)
    assert api.checkout(basket).json()["payment"]["client_secret"] is None
    assert StripeCommand.objects.get().status == "unknown"
