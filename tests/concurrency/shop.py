"""Buyers of a running shop, and what they do at once."""

import threading
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests

from tests.api import ADDRESS
from tests.concurrency.servers import Answer, Caller, WebServer
from tests.fakes.local_stripe import LocalStripe

PREPARING = 8
PATIENCE_SECONDS = 60


class Shop:
    """A running shop and its Stripe."""

    def __init__(self, web: WebServer, stripe: LocalStripe) -> None:
        self.web = web
        self.stripe = stripe

    def caller(self) -> Caller:
        return Caller(self.web.port)

    def ready_baskets(self, count: int, sku: str) -> list[dict[str, Any]]:
        """Baskets of one piece that lack nothing for checkout."""
        with ThreadPoolExecutor(PREPARING) as pool:
            return list(pool.map(self._ready_basket, [sku] * count))

    def _ready_basket(self, sku: str) -> dict[str, Any]:
        details = {"email": "ada@example.com", "shipping_address": ADDRESS, "shipping_option": "standard"}
        with self.caller() as caller:
            basket = caller.call("POST", "/store/baskets", {}).json()
            path = f"/store/baskets/{basket['id']}"
            caller.call("POST", f"{path}/lines", {"sku": sku, "quantity": 1})
            answer = caller.call("PATCH", path, details)
            assert answer.status == 200, answer
            return dict(answer.json())

    def read_basket(self, basket: dict[str, Any]) -> dict[str, Any]:
        with self.caller() as caller:
            return dict(caller.call("GET", f"/store/baskets/{basket['id']}").json())

    def placed(self, sku: str) -> dict[str, Any]:
        """A placed order: `{order, payment}` as checkout answers it."""
        with self.caller() as caller:
            answer = check_out(caller, self._ready_basket(sku))
        assert answer.status == 201, answer
        return dict(answer.json())

    def pay(self, payment: dict[str, Any]) -> requests.Response:
        """The buyer's browser confirms the payment at Stripe."""
        secret = payment["client_secret"]
        return requests.post(
            f"{self.stripe.url}/v1/payment_intents/{secret.split('_secret')[0]}/confirm",
            auth=(payment["publishable_key"], ""),
            data={"client_secret": secret, "payment_method": "pm_card_visa"},
            timeout=PATIENCE_SECONDS,
        )

    def read_order(self, order: dict[str, Any]) -> dict[str, Any]:
        with self.caller() as caller:
            answer = caller.call("GET", f"/store/orders/{order['number']}", Benchpin_Order_Token=order["access_token"])
        assert answer.status == 200, answer
        return dict(answer.json())

    def all_at_once(self, actions: Sequence[Callable[[Caller], Answer]]) -> list[Answer]:
        """Each action in a thread and on an open connection of its own; none begins before all are ready."""
        barrier = threading.Barrier(len(actions), timeout=PATIENCE_SECONDS)

        def run(action: Callable[[Caller], Answer]) -> Answer:
            with self.caller() as caller:
                caller.connect()
                barrier.wait()
                return action(caller)

        with ThreadPoolExecutor(len(actions)) as pool:
            return list(pool.map(run, actions))


def check_out(caller: Caller, basket: dict[str, Any], key: str | None = None) -> Answer:
    expected = {"version": basket["version"], "total": basket["totals"]["total"]}
    path = f"/store/baskets/{basket['id']}/checkout"
    return caller.call("POST", path, {"expected": expected}, Idempotency_Key=key or str(uuid.uuid4()))


def outcomes(answers: Sequence[Answer]) -> Counter[tuple[int, str]]:
    """How often each (status, code) came."""
    return Counter((answer.status, answer.code) for answer in answers)
