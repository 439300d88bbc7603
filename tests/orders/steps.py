"""What buyers, Stripe and the clock do in tests of orders."""

import hashlib
import hmac
import json
import time
import uuid
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import requests
import time_machine
from django.conf import settings
from django.utils import timezone

from orders.checkout.tasks import lapse_overdue
from orders.order.models import Order
from orders.payment.models import Payment
from tests.api import Api
from tests.fakes.local_stripe import LocalStripe

VISA = "pm_card_visa"
DECLINED = "pm_card_visa_chargeDeclinedInsufficientFunds"
SECURE = "pm_card_threeDSecure2Required"
BANK = "pm_usBankAccount_success"


def intent_id(payment: dict[str, Any]) -> str:
    return str(payment["client_secret"]).partition("_secret")[0]


def pay(server: LocalStripe, payment: dict[str, Any], method: str = VISA) -> dict[str, Any]:
    """The buyer's browser confirms the payment, with the publishable key and the client secret."""
    answer = requests.post(
        f"{server.url}/v1/payment_intents/{intent_id(payment)}/confirm",
        auth=(payment["publishable_key"], ""),
        data={"client_secret": payment["client_secret"], "payment_method": method},
        timeout=10,
    )
    return dict(answer.json())


def at_stripe(server: LocalStripe, method: str, path: str, **params: Any) -> dict[str, Any]:
    """A call with the secret key, as by the dashboard; not one of the gateway's."""
    answer = requests.request(
        method, f"{server.url}/v1/{path}", auth=(settings.STRIPE_SECRET_KEY, ""), data=params, timeout=10
    )
    return dict(answer.json())


def intents(server: LocalStripe) -> list[dict[str, Any]]:
    """Every intent there is at Stripe, oldest first."""
    return list(reversed(at_stripe(server, "GET", "payment_intents")["data"]))


def down(server: LocalStripe, path: str = "/v1/") -> None:
    """Calls to this path come to nothing until `up`."""
    server.control("faults", action="drop", path=path, times=1000)


def up(server: LocalStripe) -> None:
    server.control("faults", "DELETE")


def answers_lost(server: LocalStripe, path: str) -> None:
    """Calls to this path do their work, and the answer does not arrive, until `up`."""
    server.control("faults", action="drop_after", path=path, times=1000)


def token(order: dict[str, Any]) -> dict[str, str]:
    return {"Benchpin_Order_Token": order["access_token"]}


def read_order(api: Api, order: dict[str, Any]) -> dict[str, Any]:
    answer = api.get(f"/store/orders/{order['number']}", **token(order))
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def refresh(api: Api, order: dict[str, Any], payment: dict[str, Any]) -> dict[str, Any]:
    """The buyer is back from paying."""
    answer = api.post(f"/store/orders/{order['number']}/payments/{payment['id']}/refresh", **token(order))
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def cancel(api: Api, order: dict[str, Any]) -> Any:
    return api.post(f"/store/orders/{order['number']}/cancel", **token(order))


def read_basket(api: Api, order: dict[str, Any]) -> dict[str, Any]:
    """The basket that the order was placed from."""
    basket = Order.objects.get(number=order["number"]).basket
    return dict(api.get(f"/store/baskets/{basket.public_id}").json())


def payment_row(order: dict[str, Any]) -> Payment:
    return Payment.objects.get(order__number=order["number"])


def events(server: LocalStripe, kind: str) -> list[dict[str, Any]]:
    """Stripe's events of this type, oldest first."""
    found = at_stripe(server, "GET", "events", type=kind)["data"]
    return list(reversed(found))


def deliver(api: Api, event: dict[str, Any], secret: str = "", at: float | None = None) -> Any:
    """Stripe's webhook, signed as Stripe signs."""
    body = json.dumps(event).encode()
    return api.raw("POST", "/hooks/stripe", body, Stripe_Signature=signature(body, secret, at))


def signature(body: bytes, secret: str = "", at: float | None = None) -> str:
    moment = int(time.time() if at is None else at)
    digest = hmac.new((secret or settings.STRIPE_WEBHOOK_SECRET).encode(), f"{moment}.".encode() + body, hashlib.sha256)
    return f"t={moment},v1={digest.hexdigest()}"


def hold_over(minutes: int = 1) -> AbstractContextManager[Any]:
    """The time at which a hold that begins now has run out."""
    return time_machine.travel(timezone.now() + timedelta(minutes=settings.HOLD_MINUTES + minutes))


def lapse() -> None:
    """The job of every minute."""
    lapse_overdue(timestamp=0)


def pay_due(api: Api, order: dict[str, Any], provider: str | None = None) -> Any:
    """The buyer wants to pay, as before or in another way."""
    body = {"provider": provider} if provider else {}
    path = f"/store/orders/{order['number']}/payments"
    return api.post(path, body, Idempotency_Key=str(uuid.uuid4()), **token(order))
