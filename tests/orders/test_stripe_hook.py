"""Stripe's webhook: verified, kept once, answered at once, worked off by a job."""

import json
import logging
import time
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.jobs import Job

from orders.order.models import Order
from orders.payment.models import StripeEvent
from orders.payment.services import PaymentMismatch
from shop.stripe_gateway import StripeUnreachableError
from tests.api import Api
from tests.factories import make_piece
from tests.fakes.local_stripe import LocalStripe
from tests.orders.steps import BANK, at_stripe, deliver, events, intent_id, pay, read_order, signature

pytestmark = pytest.mark.django_db

Placed = dict[str, Any]
RunJobs = Callable[[], int]


@pytest.fixture
def placed(api: Api, stripe_server: LocalStripe) -> Placed:
    make_piece("band")
    return api.placed(BAND_1=1)


@pytest.fixture
def succeeded(placed: Placed, stripe_server: LocalStripe) -> dict[str, Any]:
    """Stripe's event for the order's payment."""
    pay(stripe_server, placed["payment"])
    [event] = events(stripe_server, "payment_intent.succeeded")
    return event


def waiting_jobs() -> int:
    return ProcrastinateJob.objects.filter(task_name="orders.payment.process_event", status="todo").count()


def test_an_event_is_kept_and_answered_before_anything_is_done(
    api: Api, placed: Placed, succeeded: dict[str, Any], stripe_server: LocalStripe
) -> None:
    asked = len(stripe_server.requests())
    answer = deliver(api, succeeded)
    assert (answer.status_code, answer.json()) == (200, {"received": True})
    event = StripeEvent.objects.get()
    assert (event.event_id, event.type) == (succeeded["id"], "payment_intent.succeeded")
    assert (event.object_id, event.processed_at) == (intent_id(placed["payment"]), None)
    assert waiting_jobs() == 1
    assert len(stripe_server.requests()) == asked
    assert read_order(api, placed["order"])["status"] == "awaiting_payment"


def test_its_job_settles_the_order(api: Api, placed: Placed, succeeded: dict[str, Any], run_jobs: RunJobs) -> None:
    deliver(api, succeeded)
    run_jobs()
    assert read_order(api, placed["order"])["status"] == "paid"
    assert StripeEvent.objects.get().processed_at is not None


def test_an_event_that_comes_twice_is_kept_once(api: Api, succeeded: dict[str, Any], run_jobs: RunJobs) -> None:
    assert [deliver(api, succeeded).status_code for _ in range(3)] == [200, 200, 200]
    assert (StripeEvent.objects.count(), waiting_jobs()) == (1, 1)
    run_jobs()
    assert deliver(api, succeeded).status_code == 200
    assert waiting_jobs() == 0


def test_a_job_that_runs_twice_works_once(
    api: Api, placed: Placed, succeeded: dict[str, Any], stripe_server: LocalStripe, run_jobs: RunJobs
) -> None:
    deliver(api, succeeded)
    run_jobs()
    ProcrastinateJob.objects.exists()
    asked = len(stripe_server.requests())
    from orders.payment.tasks import process_event

    process_event(event_id=succeeded["id"])
    assert len(stripe_server.requests()) == asked
    assert [step["status"] for step in read_order(api, placed["order"])["timeline"]] == ["awaiting_payment", "paid"]


def test_events_out_of_order_end_alike(api: Api, placed: Placed, stripe_server: LocalStripe, run_jobs: RunJobs) -> None:
    pay(stripe_server, placed["payment"], BANK)
    stripe_server.control(f"payment_intents/{intent_id(placed['payment'])}/finish")
    for kind in ("payment_intent.succeeded", "payment_intent.processing"):
        deliver(api, events(stripe_server, kind)[0])
        run_jobs()
    order = read_order(api, placed["order"])
    assert (order["status"], order["payments"][0]["status"]) == ("paid", "paid")


def test_an_event_is_a_hint_and_the_intent_is_the_truth(
    api: Api, placed: Placed, succeeded: dict[str, Any], stripe_server: LocalStripe, run_jobs: RunJobs
) -> None:
    other = api.placed(BAND_1=1)
    lie = json.loads(json.dumps(succeeded).replace(intent_id(placed["payment"]), intent_id(other["payment"])))
    assert deliver(api, lie).status_code == 200
    run_jobs()
    assert read_order(api, other["order"])["status"] == "awaiting_payment"


SIGNATURES: dict[str, Callable[[bytes], str | None]] = {
    "missing": lambda body: None,
    "empty": lambda body: "",
    "nonsense": lambda body: "nonsense",
    "no time": lambda body: signature(body).partition(",")[2],
    "no hash": lambda body: signature(body).partition(",")[0],
    "another secret": lambda body: signature(body, secret="whsec_of_somebody_else"),
    "another body": lambda body: signature(body + b" "),
    "too old": lambda body: signature(body, at=time.time() - 301),
    "another scheme": lambda body: signature(body).replace("v1=", "v0="),
    "moved time": lambda body: signature(body).replace("t=", "t=1"),
    "not ASCII": lambda body: "t=1,v1=é",
}


@pytest.mark.parametrize("kind", SIGNATURES)
def test_a_bad_signature_is_refused_and_nothing_is_kept(
    api: Api, placed: Placed, succeeded: dict[str, Any], kind: str
) -> None:
    body = json.dumps(succeeded).encode()
    header = SIGNATURES[kind](body)
    headers = {} if header is None else {"Stripe_Signature": header}
    answer = api.raw("POST", "/hooks/stripe", body, **headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_signature")
    assert (StripeEvent.objects.count(), waiting_jobs()) == (0, 0)


def test_a_signature_is_good_for_five_minutes(api: Api, succeeded: dict[str, Any]) -> None:
    assert deliver(api, succeeded, at=time.time() - 290).status_code == 200


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b"null", b'"x"', b"\xff", b'{"id": 1}', b'{"id": "evt_1"}'])
def test_a_signed_body_that_is_no_event_is_refused(api: Api, body: bytes) -> None:
    answer = api.raw("POST", "/hooks/stripe", body, Stripe_Signature=signature(body))
    assert (answer.status_code, answer.json()["code"]) in {(400, "malformed_request"), (400, "invalid_signature")}
    assert StripeEvent.objects.count() == 0


def test_without_a_secret_of_ours_nothing_is_believed(api: Api, succeeded: dict[str, Any], settings: Any) -> None:
    settings.STRIPE_WEBHOOK_SECRET = ""
    assert deliver(api, succeeded, secret="").status_code == 400
    assert StripeEvent.objects.count() == 0


def test_an_event_of_a_kind_we_do_not_know_is_kept_and_ignored(
    api: Api, placed: Placed, stripe_server: LocalStripe, run_jobs: RunJobs
) -> None:
    [event] = events(stripe_server, "payment_intent.created")
    deliver(api, event)
    run_jobs()
    kept = StripeEvent.objects.get()
    assert kept.type == "payment_intent.created"
    assert kept.processed_at is not None
    assert read_order(api, placed["order"])["status"] == "awaiting_payment"


def test_an_event_about_nothing_that_has_an_id_is_kept(api: Api, succeeded: dict[str, Any]) -> None:
    balance = {**succeeded, "id": "evt_balance", "type": "balance.available", "data": {"object": {"object": "balance"}}}
    assert deliver(api, balance).status_code == 200
    assert StripeEvent.objects.get().object_id == ""


def test_an_event_about_the_intent_of_a_stranger_is_ignored(
    api: Api, stripe_server: LocalStripe, run_jobs: RunJobs
) -> None:
    at_stripe(
        stripe_server, "POST", "payment_intents", amount=500, currency="usd", payment_method="pm_card_visa",
        confirm="true", return_url="https://shop.example",
    )  # fmt: skip
    [event] = events(stripe_server, "payment_intent.succeeded")
    deliver(api, event)
    run_jobs()
    assert Order.objects.count() == 0
    assert StripeEvent.objects.get().processed_at is not None


def test_a_job_that_cannot_reach_stripe_leaves_its_event_to_the_next_try(
    api: Api, placed: Placed, succeeded: dict[str, Any], stripe_server: LocalStripe, run_jobs: RunJobs
) -> None:
    deliver(api, succeeded)
    stripe_server.control("faults", action="drop", path="payment_intents", times=3)
    with pytest.raises(Exception, match="onnection"):
        run_jobs()
    assert StripeEvent.objects.get().processed_at is None
    from orders.payment.tasks import process_event

    process_event(event_id=succeeded["id"])
    assert read_order(api, placed["order"])["status"] == "paid"


def test_an_event_that_no_time_mends_is_a_dead_letter_at_once(
    api: Api, placed: Placed, stripe_server: LocalStripe, run_jobs: RunJobs
) -> None:
    """A person looks at it, and has it tried again at the dead letters."""
    at_stripe(stripe_server, "POST", f"payment_intents/{intent_id(placed['payment'])}", amount=100)
    pay(stripe_server, placed["payment"])
    deliver(api, events(stripe_server, "payment_intent.succeeded")[0])
    with pytest.raises(PaymentMismatch) as mismatch:
        run_jobs()
    retry = app.tasks["orders.payment.process_event"].retry_strategy
    job = Job(id=1, lock=None, queueing_lock=None, queue="default", task_name="t", attempts=0)
    assert retry.get_retry_decision(exception=mismatch.value, job=job) is None
    assert retry.get_retry_decision(exception=StripeUnreachableError(), job=job) is not None


def test_a_refusal_is_logged_once(api: Api, succeeded: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    body = json.dumps(succeeded).encode()
    for refused in (body, body + b" " * 5 * 1024 * 1024):
        caplog.clear()
        with caplog.at_level(logging.INFO):
            answer = api.raw("POST", "/hooks/stripe", refused, Stripe_Signature=signature(b"forged"))
        assert answer.status_code in (400, 413)
        assert len(caplog.records) == 1, caplog.text
    assert StripeEvent.objects.count() == 0


def test_a_signed_event_that_is_replayed_is_kept_once_and_later_refused(api: Api, succeeded: dict[str, Any]) -> None:
    body = json.dumps(succeeded).encode()
    header = signature(body)
    assert [api.raw("POST", "/hooks/stripe", body, Stripe_Signature=header).status_code for _ in range(2)] == [200, 200]
    with time_machine.travel(time.time() + 301):
        assert api.raw("POST", "/hooks/stripe", body, Stripe_Signature=header).status_code == 400
    assert (StripeEvent.objects.count(), waiting_jobs()) == (1, 1)


def test_the_same_hook_under_an_idempotency_key_is_answered_again(api: Api, succeeded: dict[str, Any]) -> None:
    body = json.dumps(succeeded).encode()
    headers = {"Stripe_Signature": signature(body), "Idempotency_Key": "a-key"}
    assert [api.raw("POST", "/hooks/stripe", body, **headers).status_code for _ in range(2)] == [200, 200]
    assert StripeEvent.objects.count() == 1


def test_a_body_that_is_not_json_is_refused_by_its_type(api: Api) -> None:
    answer = api.raw("POST", "/hooks/stripe", b"x=1", "application/x-www-form-urlencoded")
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_a_body_beyond_all_measure_is_refused(api: Api) -> None:
    body = json.dumps({"id": "evt_1", "padding": "x" * 300_000}).encode()
    answer = api.raw("POST", "/hooks/stripe", body, Stripe_Signature=signature(body))
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
