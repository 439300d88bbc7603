"""The local Stripe: the real SDK against the real process."""

import http.client
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import stripe

from shop.local_stripe.api import HANDLERS
from shop.local_stripe.contract import API_VERSION, OPERATIONS
from tests.contract import stripe_contract
from tests.fakes.local_stripe import ROOT, LocalStripe

SECRET = "whsec_test"
VISA = "pm_card_visa"
ENABLED = "automatic_payment_methods[enabled]"


class Endpoint:
    """A webhook endpoint that keeps what it gets."""

    def __init__(self) -> None:
        self.received: list[tuple[str, str]] = []
        self.answers: list[int] = []
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                endpoint.received.append((body, self.headers["Stripe-Signature"]))
                self.send_response(endpoint.answers.pop(0) if endpoint.answers else 200)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/webhooks/stripe"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def types(self) -> list[str]:
        return [json.loads(body)["type"] for body, _ in self.received]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def process() -> Iterator[LocalStripe]:
    with LocalStripe() as server:
        yield server


@pytest.fixture
def server(process: LocalStripe) -> LocalStripe:
    process.control("down", mode=None)
    process.control("webhooks", url=None)
    process.reset()
    return process


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    endpoint = Endpoint()
    yield endpoint
    endpoint.close()


@pytest.fixture
def hooked(server: LocalStripe, endpoint: Endpoint) -> LocalStripe:
    server.control("webhooks", url=endpoint.url, secret=SECRET)
    return server


@pytest.fixture
def v1(server: LocalStripe) -> Any:
    return client(server).v1


def client(server: LocalStripe, key: str = "sk_test_demo", retries: int = 0) -> stripe.StripeClient:
    return stripe.StripeClient(key, base_addresses={"api": server.url}, max_network_retries=retries)


def create(v1: Any, options: dict[str, Any] | None = None, **params: Any) -> Any:
    return v1.payment_intents.create({"amount": 5000, "currency": "usd", **params}, options or {})


def paid(v1: Any, **params: Any) -> Any:
    return create(v1, confirm=True, payment_method=VISA, **params)


def key(name: str) -> dict[str, Any]:
    return {"idempotency_key": name}


def until(condition: Callable[[], Any], seconds: float = 10) -> Any:
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.005)
    return value


def raw(server: LocalStripe, method: str, path: str, *, key: str = "sk_test_demo", **form: Any) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    connection.request(method, path, urlencode(form), headers)
    response = connection.getresponse()
    text = response.read()
    connection.close()
    return response.status, json.loads(text) if text.startswith(b"{") else (text, response.headers)


def refused(call: Callable[[], Any], kind: type[stripe.StripeError] = stripe.InvalidRequestError) -> Any:
    with pytest.raises(kind) as caught:
        call()
    return caught.value


# The contract


def test_contract_is_the_installed_sdk() -> None:
    assert stripe_contract.TARGET.read_text() == stripe_contract.rendered()


def test_every_operation_of_the_contract_is_served() -> None:
    assert HANDLERS.keys() == OPERATIONS.keys()


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({"payment_method_types": ["card"]}, "parameter_unknown", "payment_method_types"),
        ({"shipping": {"name": "A", "address": {}, "x": "1"}}, "parameter_unknown", "shipping[x]"),
        ({"amount": "10.5"}, "parameter_invalid_integer", "amount"),
        ({"amount": 49}, "amount_too_small", "amount"),
        ({"amount": 100_000_000}, "amount_too_large", "amount"),
        ({"currency": "USD"}, None, "currency"),
        ({"capture_method": "later"}, "parameter_invalid_enum", "capture_method"),
        ({"confirm": "yes"}, "parameter_invalid_boolean", "confirm"),
        ({"automatic_payment_methods": {"allow_redirects": "never"}}, "parameter_missing", ENABLED),
        ({"metadata": {"k" * 41: "v"}}, None, f"metadata[{'k' * 41}]"),
        ({"customer": "cus_none"}, "resource_missing", "customer"),
        ({"payment_method": "pm_none"}, "resource_missing", "payment_method"),
        ({"transfer_data": {"destination": "acct_1"}}, "local_stripe_unsupported", "transfer_data"),
    ],
)
def test_wrong_parameters_are_refused(v1: Any, params: Any, code: str | None, param: str | None) -> None:
    error = refused(lambda: create(v1, **params))
    assert (error.http_status, error.code, error.param) == (400, code, param)


def test_missing_parameter(server: LocalStripe) -> None:
    status, answer = raw(server, "POST", "/v1/payment_intents", amount=100)
    assert status == 400
    assert answer["error"]["code"] == "parameter_missing"
    assert answer["error"]["param"] == "currency"


def test_unknown_url_and_unknown_object(server: LocalStripe, v1: Any) -> None:
    assert raw(server, "GET", "/v1/nothing")[0] == 404
    error = refused(lambda: v1.payment_intents.retrieve("pi_none"))
    assert (error.http_status, error.code) == (404, "resource_missing")


@pytest.mark.parametrize("api_key", ["", "nonsense", "sk_live_x"])
def test_without_a_test_key_nothing_is_answered(server: LocalStripe, api_key: str) -> None:
    status, answer = raw(server, "GET", "/v1/customers", key=api_key)
    assert (status, answer["error"]["type"]) == (401, "invalid_request_error")


def test_headers(server: LocalStripe) -> None:
    answer = client(server).raw_request("get", "/v1/customers")
    assert answer.headers["Stripe-Version"] == API_VERSION
    assert answer.headers["Request-Id"].startswith("req_")


# Payment intents


def test_an_intent_is_created_and_paid(v1: Any) -> None:
    intent = create(
        v1,
        automatic_payment_methods={"enabled": True},
        metadata={"payment": "pay_1"},
        transfer_group="order_1",
    )
    assert intent.status == "requires_payment_method"
    assert intent.client_secret.startswith(f"{intent.id}_secret_")
    assert (intent.livemode, intent.amount_received, intent.latest_charge) == (False, 0, None)
    intent = v1.payment_intents.confirm(
        intent.id, {"payment_method": VISA, "expand": ["latest_charge.balance_transaction"]}
    )
    charge = intent.latest_charge
    assert (intent.status, intent.amount_received) == ("succeeded", 5000)
    assert (charge.paid, charge.captured, charge.transfer_group) == (True, True, "order_1")
    assert charge.metadata.to_dict() == {"payment": "pay_1"}
    assert (charge.balance_transaction.fee, charge.balance_transaction.net) == (175, 4825)


def test_confirm_needs_a_payment_method(v1: Any) -> None:
    intent = create(v1)
    error = refused(lambda: v1.payment_intents.confirm(intent.id))
    assert error.code == "payment_intent_unexpected_state"
    v1.payment_intents.update(intent.id, {"payment_method": "pm_card_mastercard"})
    assert v1.payment_intents.retrieve(intent.id).status == "requires_confirmation"
    assert v1.payment_intents.confirm(intent.id).status == "succeeded"


@pytest.mark.parametrize(
    ("card", "code", "decline_code"),
    [
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", None),
    ],
)
def test_a_declined_card(v1: Any, card: str, code: str, decline_code: str | None) -> None:
    intent = create(v1)
    error = refused(lambda: v1.payment_intents.confirm(intent.id, {"payment_method": card}), stripe.CardError)
    assert (error.http_status, error.code, error.error.type) == (402, code, "card_error")
    assert error.error.to_dict().get("decline_code") == decline_code
    assert error.error.payment_intent.id == intent.id
    intent = v1.payment_intents.retrieve(intent.id)
    assert (intent.status, intent.payment_method) == ("requires_payment_method", None)
    assert intent.last_payment_error.code == code
    intent = v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_amex"})
    assert (intent.status, intent.last_payment_error) == ("succeeded", None)


def test_cancel(v1: Any) -> None:
    intent = v1.payment_intents.cancel(create(v1).id, {"cancellation_reason": "abandoned"})
    assert (intent.status, intent.cancellation_reason) == ("canceled", "abandoned")
    assert intent.canceled_at >= intent.created
    for call in (v1.payment_intents.cancel, v1.payment_intents.confirm):
        error = refused(lambda call=call: call(intent.id))  # type: ignore[misc]
        assert (error.http_status, error.code) == (400, "payment_intent_unexpected_state")
        assert error.error.payment_intent.status == "canceled"


def test_what_succeeded_cannot_be_cancelled_or_changed(v1: Any) -> None:
    intent = paid(v1)
    assert refused(lambda: v1.payment_intents.cancel(intent.id)).error.payment_intent.status == "succeeded"
    error = refused(lambda: v1.payment_intents.update(intent.id, {"amount": 6000}))
    assert error.code == "payment_intent_unexpected_state"
    changed = v1.payment_intents.update(intent.id, {"metadata": {"order": "1"}, "description": "Ring"})
    assert (changed.description, changed.metadata.order) == ("Ring", "1")


def test_metadata_is_merged(v1: Any) -> None:
    intent = create(v1, metadata={"a": "1", "b": "2"})
    v1.payment_intents.update(intent.id, {"metadata": {"b": "", "c": "3"}, "amount": 7000})
    intent = v1.payment_intents.retrieve(intent.id)
    assert (intent.metadata.to_dict(), intent.amount) == ({"a": "1", "c": "3"}, 7000)


def test_manual_capture(v1: Any) -> None:
    intent = paid(v1, capture_method="manual")
    assert (intent.status, intent.amount_capturable, intent.amount_received) == ("requires_capture", 5000, 0)
    error = refused(lambda: v1.payment_intents.capture(intent.id, {"amount_to_capture": 5001}))
    assert error.code == "amount_too_large"
    intent = v1.payment_intents.capture(intent.id, {"amount_to_capture": 3000, "expand": ["latest_charge"]})
    assert (intent.status, intent.amount_received, intent.amount_capturable) == ("succeeded", 3000, 0)
    assert intent.latest_charge.amount_captured == 3000
    assert refused(lambda: v1.refunds.create({"payment_intent": intent.id, "amount": 3001})).param == "amount"


def test_an_authorised_intent_can_be_cancelled(v1: Any) -> None:
    intent = paid(v1, capture_method="manual")
    intent = v1.payment_intents.cancel(intent.id, {"expand": ["latest_charge"]})
    assert (intent.status, intent.latest_charge.refunded) == ("canceled", True)


@pytest.mark.parametrize("card", ["pm_card_authenticationRequired", "pm_card_threeDSecure2Required"])
def test_authentication(server: LocalStripe, v1: Any, card: str) -> None:
    intent = create(v1, confirm=True, payment_method=card, return_url="http://shop.test/back?x=1")
    assert (intent.status, intent.next_action.type) == ("requires_action", "redirect_to_url")
    path = intent.next_action.redirect_to_url.url.removeprefix(server.url)
    assert raw(server, "GET", path)[0] == 200
    status, (_, headers) = raw(server, "POST", path)
    assert status == 303
    assert headers["Location"].startswith(f"http://shop.test/back?x=1&payment_intent={intent.id}")
    assert v1.payment_intents.retrieve(intent.id).status == "succeeded"
    assert raw(server, "POST", path)[0] == 409


def test_a_failed_authentication(server: LocalStripe, v1: Any) -> None:
    intent = create(v1, confirm=True, payment_method="pm_card_authenticationRequired")
    assert raw(server, "POST", f"/_authenticate/{intent.id}?outcome=fail")[0] == 200
    intent = v1.payment_intents.retrieve(intent.id)
    assert (intent.status, intent.next_action) == ("requires_payment_method", None)
    assert intent.last_payment_error.code == "payment_intent_authentication_failure"


def test_authentication_without_the_buyer_is_declined(v1: Any) -> None:
    error = refused(
        lambda: create(v1, confirm=True, payment_method="pm_card_authenticationRequired", off_session=True),
        stripe.CardError,
    )
    assert error.code == "authentication_required"


def test_processing_goes_on_when_told(server: LocalStripe, v1: Any) -> None:
    def slow(name: str) -> Any:
        return create(v1, confirm=True, payment_method=f"pm_usBankAccount_{name}")

    good, bad, told = slow("success"), slow("insufficientFunds"), slow("success")
    assert good.status == "processing"
    assert refused(lambda: v1.payment_intents.cancel(good.id)).code == "payment_intent_unexpected_state"
    server.control(f"payment_intents/{good.id}/finish")
    server.control(f"payment_intents/{bad.id}/finish")
    server.control(f"payment_intents/{told.id}/finish", outcome="fail")
    assert v1.payment_intents.retrieve(good.id).amount_received == 5000
    assert v1.payment_intents.retrieve(bad.id).last_payment_error.code == "insufficient_funds"
    assert v1.payment_intents.retrieve(told.id).status == "requires_payment_method"


def test_processing_ends_after_its_delay(server: LocalStripe, v1: Any) -> None:
    server.control("processing", delay=0.05)
    intent = create(v1, confirm=True, payment_method="pm_usBankAccount_success")
    until(lambda: v1.payment_intents.retrieve(intent.id).status == "succeeded")


@pytest.mark.parametrize("level", ["elevated", "highest"])
def test_risk(v1: Any, level: str) -> None:
    intent = create(v1, confirm=True, payment_method=f"pm_card_riskLevel{level.title()}", expand=["latest_charge"])
    assert intent.latest_charge.outcome.risk_level == level


def test_search_by_metadata(v1: Any) -> None:
    intents = [create(v1, metadata={"payment": f"pay_{n}", "shop": "s"}) for n in range(3)]
    found = v1.payment_intents.search({"query": "metadata['payment']:'pay_1' AND currency:'usd'"})
    assert [intent.id for intent in found.data] == [intents[1].id]
    pages = v1.payment_intents.search({"query": "metadata['shop']:'s'", "limit": 2})
    assert (pages.has_more, len(list(pages.auto_paging_iter()))) == (True, 3)
    assert refused(lambda: v1.payment_intents.search({"query": "nonsense"})).param == "query"


# A publishable key, as Stripe.js has it


def test_a_publishable_key_confirms_its_intent_and_sees_no_metadata(server: LocalStripe, v1: Any) -> None:
    intent = create(v1, metadata={"internal": "note"})
    path = f"/v1/payment_intents/{intent.id}"
    public = {"key": "pk_test_demo", "client_secret": intent.client_secret}
    status, answer = raw(server, "GET", f"{path}?client_secret={intent.client_secret}", key="pk_test_demo")
    assert (status, answer["status"]) == (200, "requires_payment_method")
    status, error = raw(server, "POST", f"{path}/confirm", **public, payment_method="pm_card_visa_chargeDeclined")
    assert (status, "metadata" in json.dumps(error)) == (402, False)
    status, answer = raw(server, "POST", f"{path}/confirm", **public, payment_method=VISA)
    assert (status, answer["status"], "metadata" in json.dumps(answer)) == (200, "succeeded", False)


def test_a_publishable_key_may_do_nothing_else(server: LocalStripe, v1: Any) -> None:
    intent = create(v1)
    confirm = f"/v1/payment_intents/{intent.id}/confirm"
    public = {"key": "pk_test_demo", "payment_method": VISA}
    status, answer = raw(server, "POST", confirm, **public, client_secret="pi_x_secret_y")
    assert (status, answer["error"]["param"]) == (400, "client_secret")
    assert raw(server, "POST", confirm, **public)[0] == 400
    assert raw(server, "POST", f"/v1/payment_intents/{intent.id}/cancel", key="pk_test_demo")[0] == 401
    assert raw(server, "GET", "/v1/payment_intents", key="pk_test_demo")[0] == 401
    assert v1.payment_intents.retrieve(intent.id).status == "requires_payment_method"


def test_curl_can_pay(server: LocalStripe, v1: Any) -> None:
    intent = create(v1)
    command = ["curl", "-s", f"{server.url}/v1/payment_intents/{intent.id}/confirm", "-u", "pk_test_demo:"]
    fields = ["-d", f"client_secret={intent.client_secret}", "-d", f"payment_method={VISA}"]
    answer = json.loads(subprocess.run([*command, *fields], capture_output=True, check=True).stdout)
    assert answer["status"] == "succeeded"


# Refunds, disputes


def test_refunds_never_exceed_the_charge(v1: Any) -> None:
    intent = paid(v1)
    first = v1.refunds.create({"payment_intent": intent.id, "amount": 2000, "metadata": {"refund": "1"}})
    assert (first.status, first.charge, first.amount) == ("succeeded", intent.latest_charge, 2000)
    error = refused(lambda: v1.refunds.create({"payment_intent": intent.id, "amount": 3001}))
    assert (error.http_status, error.param) == (400, "amount")
    rest = v1.refunds.create({"charge": intent.latest_charge, "expand": ["payment_intent", "charge"]})
    assert (rest.amount, rest.payment_intent.id, rest.charge.refunded) == (3000, intent.id, True)
    assert refused(lambda: v1.refunds.create({"payment_intent": intent.id})).code == "charge_already_refunded"
    charge = v1.charges.retrieve(intent.latest_charge, {"expand": ["refunds"]})
    assert (charge.amount_refunded, len(charge.refunds.data)) == (5000, 2)
    entries = v1.balance_transactions.list({"type": "refund"}).data
    assert sorted(entry.amount for entry in entries) == [-3000, -2000]
    assert {entry.fee for entry in entries} == {0}


def test_concurrent_refunds_never_exceed_the_charge(server: LocalStripe, v1: Any) -> None:
    intent = paid(v1)

    def refund(_: int) -> bool:
        try:
            client(server).v1.refunds.create({"payment_intent": intent.id, "amount": 1000})
        except stripe.InvalidRequestError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(refund, range(16))) == 5
    assert v1.charges.retrieve(intent.latest_charge).amount_refunded == 5000


def test_an_unpaid_intent_has_nothing_to_refund(v1: Any) -> None:
    intent = create(v1)
    assert refused(lambda: v1.refunds.create({"payment_intent": intent.id})).http_status == 400


def test_a_refund_can_be_pending_and_fail(server: LocalStripe, v1: Any) -> None:
    server.control("refunds", next_status="pending")
    intent = paid(v1)
    refund = v1.refunds.create({"payment_intent": intent.id})
    assert refund.status == "pending"
    server.control(f"refunds/{refund.id}", status="failed", failure_reason="lost_or_stolen_card")
    refund = v1.refunds.retrieve(refund.id)
    assert (refund.status, refund.failure_reason) == ("failed", "lost_or_stolen_card")
    charge = v1.charges.retrieve(intent.latest_charge)
    assert (charge.amount_refunded, charge.refunded) == (0, False)
    server.control("refunds", next_status="succeeded")
    assert v1.refunds.create({"payment_intent": intent.id}).amount == 5000


def test_a_refund_that_needs_the_buyer_can_be_cancelled(server: LocalStripe, v1: Any) -> None:
    server.control("refunds", next_status="requires_action")
    intent = paid(v1)
    refund = v1.refunds.cancel(v1.refunds.create({"payment_intent": intent.id}).id)
    assert refund.status == "canceled"
    assert v1.charges.retrieve(intent.latest_charge).amount_refunded == 0
    assert refused(lambda: v1.refunds.cancel(refund.id)).http_status == 400


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_disputes(server: LocalStripe, v1: Any, outcome: str) -> None:
    intent = paid(v1)
    dispute = server.control("disputes", payment_intent=intent.id, reason="product_not_received")
    assert v1.charges.retrieve(intent.latest_charge).disputed
    assert refused(lambda: v1.refunds.create({"payment_intent": intent.id})).code == "charge_disputed"
    changed = v1.disputes.update(dispute["id"], {"evidence": {"product_description": "a ring"}})
    assert changed.status == "under_review"
    server.control(f"disputes/{dispute['id']}/close", outcome=outcome)
    assert v1.disputes.retrieve(dispute["id"]).status == outcome
    moved = sum(entry.amount for entry in v1.balance_transactions.list({"type": "adjustment"}).data)
    assert moved == (0 if outcome == "won" else -5000)


def test_a_disputed_card_and_giving_up(v1: Any) -> None:
    intent = create(v1, confirm=True, payment_method="pm_card_createDispute")
    (dispute,) = v1.disputes.list({"payment_intent": intent.id}).data
    assert v1.disputes.close(dispute.id).status == "lost"
    assert refused(lambda: v1.disputes.close(dispute.id)).http_status == 400


# Customers, accounts, transfers


def test_customers(v1: Any) -> None:
    customer = v1.customers.create({"email": "ann@example.com", "name": "Ann", "metadata": {"a": "1"}})
    v1.customers.update(customer.id, {"name": "Anna", "metadata": {"b": "2"}})
    customer = v1.customers.retrieve(customer.id)
    assert (customer.name, customer.metadata.to_dict()) == ("Anna", {"a": "1", "b": "2"})
    assert [found.id for found in v1.customers.list({"email": "ann@example.com"}).data] == [customer.id]
    intent = create(v1, customer=customer.id, expand=["customer"])
    assert intent.customer.email == "ann@example.com"
    assert v1.customers.delete(customer.id).deleted
    assert v1.customers.retrieve(customer.id).deleted
    assert refused(lambda: create(v1, customer=customer.id)).code == "resource_missing"


def onboarded(server: LocalStripe, v1: Any) -> Any:
    account = v1.accounts.create({"type": "express", "capabilities": {"transfers": {"requested": True}}})
    server.control(f"accounts/{account.id}/onboard")
    return v1.accounts.retrieve(account.id)


def test_an_account_is_onboarded_through_its_link(server: LocalStripe, v1: Any) -> None:
    account = v1.accounts.create(
        {"type": "express", "email": "m@example.com", "capabilities": {"transfers": {"requested": True}}}
    )
    assert (account.details_submitted, account.capabilities.transfers) == (False, "inactive")
    assert v1.accounts.update(account.id, {"metadata": {"maker": "1"}}).metadata.maker == "1"
    link = v1.account_links.create(
        {
            "account": account.id,
            "type": "account_onboarding",
            "refresh_url": "http://shop.test/again",
            "return_url": "http://shop.test/done",
        }
    )
    path = link.url.removeprefix(server.url)
    assert raw(server, "GET", path)[0] == 200
    status, (_, headers) = raw(server, "POST", path)
    assert (status, headers["Location"]) == (303, "http://shop.test/done")
    account = v1.accounts.retrieve(account.id)
    assert (account.payouts_enabled, account.capabilities.transfers) == (True, "active")


def test_transfers_never_exceed_their_charge(server: LocalStripe, v1: Any) -> None:
    account, intent = onboarded(server, v1), paid(v1, transfer_group="order_7")

    def transfer(amount: int, **more: Any) -> Any:
        params = {"amount": amount, "currency": "usd", "destination": account.id}
        return v1.transfers.create({**params, "source_transaction": intent.latest_charge, **more})

    first = transfer(3000, metadata={"allocation": "1"})
    assert (first.transfer_group, first.destination, first.amount_reversed) == ("order_7", account.id, 0)
    assert refused(lambda: transfer(2001)).param == "amount"
    assert transfer(2000).amount == 2000
    assert [each.amount for each in v1.transfers.list({"transfer_group": "order_7"}).data] == [2000, 3000]
    assert refused(lambda: transfer(1, destination="acct_none")).code == "resource_missing"
    assert refused(lambda: transfer(1, currency="eur")).param == "currency"
    assert refused(lambda: transfer(1, source_transaction="ch_none")).code == "resource_missing"


def test_a_transfer_needs_an_onboarded_account_and_a_balance(server: LocalStripe, v1: Any) -> None:
    new = v1.accounts.create({"type": "express", "capabilities": {"transfers": {"requested": True}}})
    params = {"amount": 100, "currency": "usd", "destination": new.id}
    assert refused(lambda: v1.transfers.create(params)).code == "insufficient_capabilities_for_transfer"
    server.control(f"accounts/{new.id}/onboard")
    assert refused(lambda: v1.transfers.create(params)).code == "balance_insufficient"
    paid(v1)
    assert v1.transfers.create(params).source_transaction is None


def test_reversals_never_exceed_their_transfer(server: LocalStripe, v1: Any) -> None:
    account, intent = onboarded(server, v1), paid(v1)
    transfer = v1.transfers.create(
        {
            "amount": 3000,
            "currency": "usd",
            "destination": account.id,
            "source_transaction": intent.latest_charge,
        }
    )
    reversals = v1.transfers.reversals
    first = reversals.create(transfer.id, {"amount": 1000, "metadata": {"refund": "1"}})
    assert (first.amount, first.transfer) == (1000, transfer.id)
    assert refused(lambda: reversals.create(transfer.id, {"amount": 2001})).param == "amount"
    assert reversals.create(transfer.id).amount == 2000
    assert refused(lambda: reversals.create(transfer.id)).http_status == 400
    transfer = v1.transfers.retrieve(transfer.id)
    assert (transfer.reversed, transfer.amount_reversed, len(transfer.reversals.data)) == (True, 3000, 2)
    assert reversals.retrieve(transfer.id, first.id).metadata.refund == "1"
    assert len(reversals.list(transfer.id).data) == 2


# Lists, events


def test_lists_are_paged_newest_first(v1: Any) -> None:
    ids = [create(v1).id for _ in range(7)][::-1]

    def page(**params: Any) -> tuple[list[str], bool]:
        found = v1.payment_intents.list(params)
        return [intent.id for intent in found.data], found.has_more

    assert page(limit=3) == (ids[:3], True)
    assert page(limit=3, starting_after=ids[2]) == (ids[3:6], True)
    assert page(limit=3, starting_after=ids[5]) == (ids[6:], False)
    assert page(limit=3, ending_before=ids[5]) == (ids[2:5], True)
    assert page(limit=5, ending_before=ids[3]) == (ids[:3], False)
    everything = v1.payment_intents.list({"limit": 2}).auto_paging_iter()
    assert [intent.id for intent in everything] == ids
    assert refused(lambda: page(limit=101)).param == "limit"
    assert refused(lambda: page(starting_after="pi_none")).code == "resource_missing"


def test_expanding_in_a_list_and_what_cannot_be_expanded(v1: Any) -> None:
    paid(v1)
    (intent,) = v1.payment_intents.list({"expand": ["data.latest_charge.balance_transaction"]}).data
    assert intent.latest_charge.balance_transaction.type == "charge"
    (intent,) = v1.payment_intents.list().data
    assert isinstance(intent.latest_charge, str)
    assert refused(lambda: create(v1, expand=["nonsense"])).param == "expand"
    assert len(v1.payment_intents.list().data) == 1, "a refused call leaves nothing behind"


def test_events_tell_what_happened(server: LocalStripe, v1: Any) -> None:
    intent = create(v1, key("the-key"))
    refused(
        lambda: v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa_chargeDeclined"}),
        stripe.CardError,
    )
    v1.payment_intents.confirm(intent.id, {"payment_method": VISA})
    v1.refunds.create({"payment_intent": intent.id, "amount": 1000})
    events = v1.events.list({"limit": 100}).data
    assert [event.type for event in reversed(events)] == [
        "payment_intent.created",
        "charge.failed",
        "payment_intent.payment_failed",
        "charge.succeeded",
        "payment_intent.succeeded",
        "refund.created",
        "charge.refunded",
    ]
    created = events[-1]
    assert (created.api_version, created.request.idempotency_key) == (API_VERSION, "the-key")
    assert (created.data.object.id, created.data.object.status) == (intent.id, "requires_payment_method")
    assert v1.events.retrieve(created.id).id == created.id
    newer = v1.events.list({"ending_before": events[2].id, "limit": 10}).data
    assert [event.id for event in newer] == [events[0].id, events[1].id]
    (found,) = v1.events.list({"type": "charge.refunded"}).data
    assert found.data.object.amount_refunded == 1000
    assert len(v1.events.list({"types": ["charge.failed", "charge.refunded"]}).data) == 2
    now = server.control("clock", advance=1000)["now"]
    create(v1)
    assert len(v1.events.list({"created": {"gt": now - 500}}).data) == 1


# Idempotency


def test_the_same_key_gives_the_same_answer(server: LocalStripe, v1: Any) -> None:
    first, again = create(v1, key("k1")), create(v1, key("k1"))
    assert first.id == again.id
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert len(v1.payment_intents.list().data) == 1
    assert [request["replayed"] for request in server.requests("POST")] == [False, True]


def test_a_key_belongs_to_its_parameters(v1: Any) -> None:
    create(v1, key("k1"))
    error = refused(lambda: create(v1, key("k1"), description="x"), stripe.IdempotencyError)
    assert (error.http_status, error.error.type) == (400, "idempotency_error")


def test_a_refused_request_leaves_its_key_free_but_a_decline_is_kept(v1: Any) -> None:
    refused(lambda: create(v1, key("k1"), amount=1))
    assert create(v1, key("k1")).amount == 5000
    params = {"confirm": True, "payment_method": "pm_card_visa_chargeDeclined"}
    first, again = (refused(lambda: create(v1, key("k2"), **params), stripe.CardError) for _ in range(2))
    assert first.error.payment_intent.id == again.error.payment_intent.id
    assert again.headers["Idempotent-Replayed"] == "true"


def test_a_key_is_forgotten_after_a_day(server: LocalStripe, v1: Any) -> None:
    first = create(v1, key("k1"))
    server.control("clock", advance=24 * 3600 - 60)
    assert create(v1, key("k1")).id == first.id
    server.control("clock", advance=61)
    assert create(v1, key("k1")).id != first.id


def test_a_key_in_use_is_a_conflict(server: LocalStripe, v1: Any) -> None:
    server.control("faults", action="hang", seconds=30)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(create, client(server).v1, key("k1"))
        until(lambda: server.requests("POST"))
        error = refused(lambda: create(v1, key("k1")), stripe.APIError)
        assert (error.http_status, error.error.code) == (409, "idempotency_key_in_use")
        server.control("faults", "DELETE")
        assert create(client(server, retries=5).v1, key("k1")).id == slow.result().id


def test_many_threads_with_one_key_make_one_intent(server: LocalStripe, v1: Any) -> None:
    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(create, client(server, retries=5).v1, key("k1")) for _ in range(24)]
        assert len({call.result().id for call in calls}) == 1
    assert len(v1.payment_intents.list().data) == 1


# Faults


def test_work_done_without_an_answer_is_found_again(server: LocalStripe, v1: Any) -> None:
    server.control("faults", action="drop_after", method="POST", path="/v1/payment_intents$")
    refused(lambda: create(v1, key("k1")), stripe.APIConnectionError)
    (only,) = v1.payment_intents.list().data
    assert create(v1, key("k1")).id == only.id
    assert len(v1.payment_intents.list().data) == 1


def test_the_sdk_retries_through_a_lost_answer(server: LocalStripe, v1: Any) -> None:
    server.control("faults", action="drop_after")
    intent = paid(client(server, retries=2).v1)
    assert [each.id for each in v1.payment_intents.list().data] == [intent.id]


def test_dropped_before_the_work(server: LocalStripe, v1: Any) -> None:
    server.control("faults", action="drop")
    refused(lambda: create(v1), stripe.APIConnectionError)
    assert v1.payment_intents.list().data == []


def test_answers_with_an_error(server: LocalStripe, v1: Any) -> None:
    server.control("faults", action="error", status=500, times=2)
    server.control("faults", action="error", status=429, path="refunds")
    server.control("faults", action="error", status=400, code="balance_insufficient", path="reversals")
    assert refused(lambda: create(v1), stripe.APIError).http_status == 500
    assert refused(lambda: create(v1), stripe.APIError).http_status == 500
    assert create(v1).status == "requires_payment_method"
    refused(v1.refunds.list, stripe.RateLimitError)
    assert refused(lambda: v1.transfers.reversals.create("tr_1")).code == "balance_insufficient"


def test_a_time_out_after_the_work(server: LocalStripe, v1: Any) -> None:
    server.control("faults", action="hang_after", seconds=30)
    impatient = stripe.StripeClient(
        "sk_test_demo",
        base_addresses={"api": server.url},
        http_client=stripe.RequestsClient(timeout=0.1),
    )
    refused(lambda: create(impatient.v1, key("k1")), stripe.APIConnectionError)
    assert len(v1.payment_intents.list().data) == 1
    server.control("faults", "DELETE")


def test_down(server: LocalStripe, v1: Any) -> None:
    server.control("down", mode="503")
    assert refused(lambda: create(v1), stripe.APIError).http_status == 503
    server.control("down", mode="close")
    refused(lambda: create(v1), stripe.APIConnectionError)
    server.control("down", mode=None)
    assert create(v1).status == "requires_payment_method"


@pytest.mark.parametrize(
    "text",
    [
        b"nonsense\r\n\r\n",
        b"GET /v1/customers HTTP/9.9\r\n\r\n",
        b"POST /v1/customers HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /v1/customers HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
        b"POST /v1/customers HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /v1/customers HTTP/1.1\r\nContent-Length: 2\r\n\r\n\xff\xfe",
        b"POST /v1/customers HTTP/1.1\r\nContent-Length: 5\r\n\r\na[b=c",
        b"POST /v1/customers HTTP/1.1\r\nContent-Length: 7\r\n\r\na=1&a[b",
        b"POST /v1/customers HTTP/1.1\r\nAuthorization: Basic %%%\r\nContent-Length: 0\r\n\r\n",
        b"POST /_control/faults HTTP/1.1\r\nContent-Length: 1\r\n\r\n[",
        b"POST /_control/nothing HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
        b"BREW //[ HTTP/1.1\r\n\r\n",
        b"GET //[ HTTP/1.1\r\n\r\n",
    ],
)
def test_broken_input_is_answered_in_stripes_shape(server: LocalStripe, v1: Any, text: bytes) -> None:
    connection = http.client.socket.create_connection(("127.0.0.1", server.port), timeout=10)
    with connection:
        connection.sendall(text)
        connection.shutdown(http.client.socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith((b"HTTP/1.1 4", b"HTTP/1.1 50")), head
    assert json.loads(body)["error"]["message"]
    assert create(v1).status == "requires_payment_method"


def test_a_request_is_answered_quickly(v1: Any) -> None:
    intent = create(v1)
    started = time.perf_counter()
    for _ in range(100):
        v1.payment_intents.retrieve(intent.id)
    # With the time of the SDK, on a busy machine: far above the usual 1.3 ms.
    assert (time.perf_counter() - started) / 100 < 0.02


# Webhooks


def test_webhooks_are_signed_and_in_order(hooked: LocalStripe, endpoint: Endpoint, v1: Any) -> None:
    intent = paid(v1)
    hooked.wait_delivered()
    assert endpoint.types() == ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]
    for body, header in endpoint.received:
        event = stripe.Webhook.construct_event(body, header, SECRET)
        assert (event.livemode, event.api_version) == (False, API_VERSION)
        assert client(hooked).construct_event(body, header, SECRET).id == event.id
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(body, header, "whsec_other")
    assert json.loads(endpoint.received[-1][0])["data"]["object"]["id"] == intent.id


def test_a_refused_webhook_is_sent_again(hooked: LocalStripe, endpoint: Endpoint, v1: Any) -> None:
    endpoint.answers[:] = [500, 302]
    create(v1)
    hooked.wait_delivered()
    assert endpoint.types() == ["payment_intent.created"] * 3


def test_a_webhook_waits_for_its_endpoint(server: LocalStripe, endpoint: Endpoint, v1: Any) -> None:
    server.control("webhooks", url="http://127.0.0.1:9/nobody", secret=SECRET)
    create(v1)
    until(lambda: server.webhooks()["pending"][0]["attempts"])
    server.control("webhooks", url=endpoint.url)
    server.control("webhooks/retry")
    server.wait_delivered()
    assert endpoint.types() == ["payment_intent.created"]


def test_webhooks_can_be_held_reordered_doubled_and_lost(hooked: LocalStripe, endpoint: Endpoint, v1: Any) -> None:
    hooked.control("webhooks", mode="hold")
    paid(v1)
    types = [pending["type"] for pending in hooked.webhooks()["pending"]]
    assert endpoint.received == []
    hooked.control("webhooks/drop", types=["charge.succeeded"])
    answers = hooked.control("webhooks/release", order="newest_first", copies=2)
    assert [answer["status"] for answer in answers] == [200] * 4
    assert endpoint.types() == [types[2], types[2], types[0], types[0]]
    assert hooked.webhooks()["pending"] == []
    hooked.control(f"events/{answers[0]['id']}/send", secret="whsec_wrong")
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(*endpoint.received[-1], SECRET)
    assert len(v1.events.list().data) == 3, "a lost webhook is still an event"


# The process


def test_everything_survives_a_restart_and_a_kill(tmp_path: Path, endpoint: Endpoint) -> None:
    state = tmp_path / "stripe.sqlite"
    options: dict[str, Any] = {"state": state, "webhook": endpoint.url, "webhook_secret": SECRET}
    with LocalStripe(**options) as first:
        first.control("webhooks", mode="hold")
        intent = paid(client(first).v1, options=key("k1"))
    with LocalStripe(**options) as second:
        assert create(client(second).v1, key("k1"), confirm=True, payment_method=VISA).id == intent.id
        refund = client(second).v1.refunds.create({"payment_intent": intent.id, "amount": 1000})
        second.kill()
    with LocalStripe(**options) as third:
        v1 = client(third).v1
        assert v1.refunds.retrieve(refund.id).amount == 1000
        assert v1.charges.retrieve(intent.latest_charge).amount_refunded == 1000
        before = [event.id for event in reversed(v1.events.list().data)]
        assert [pending["id"] for pending in third.webhooks()["pending"]] == before
        third.control("webhooks", mode="deliver")
        third.wait_delivered()
    assert [json.loads(body)["id"] for body, _ in endpoint.received] == before


def test_killed_in_the_middle_of_writing(tmp_path: Path) -> None:
    state = tmp_path / "stripe.sqlite"
    answered: list[str] = []

    def write(v1: Any) -> None:
        with pytest.raises(stripe.APIConnectionError):
            while True:
                answered.append(paid(v1).id)

    with LocalStripe(state=state) as first:
        writer = threading.Thread(target=write, args=(client(first).v1,))
        writer.start()
        until(lambda: len(answered) > 20)
        first.kill()
        writer.join()
    with LocalStripe(state=state) as second:
        v1 = client(second).v1
        intents = list(v1.payment_intents.list({"limit": 100}).auto_paging_iter())
        assert set(answered) <= {intent.id for intent in intents}
        assert {intent.status for intent in intents} == {"succeeded"}, "each request whole or not at all"


def test_it_starts_and_stops_quickly() -> None:
    started = time.monotonic()
    server = LocalStripe()
    middle = time.monotonic()
    create(client(server).v1)
    server.control("faults", action="hang", seconds=60)
    idle = http.client.HTTPConnection("127.0.0.1", server.port)
    idle.connect()
    server.close()
    assert server.process.returncode == 0
    # Usually 0.1 s and 0.03 s.
    assert middle - started < 2
    assert time.monotonic() - middle < 2


def test_a_taken_port_is_said_plainly(server: LocalStripe) -> None:
    command = [sys.executable, "-m", "shop.local_stripe", "--port", str(server.port)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
    assert ended.returncode == 1
    assert ended.stderr == f"Cannot listen on 127.0.0.1:{server.port}: Address already in use.\n"


def test_it_stands_on_the_standard_library_alone() -> None:
    code = "import sys, shop.local_stripe.server; print([m for m in ('stripe', 'django') if m in sys.modules])"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"
