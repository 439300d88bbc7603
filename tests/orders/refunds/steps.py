"""What a maker's team does with what was sold, in tests."""

import uuid
from typing import Any

from django.http import HttpResponse

from orders.order.models import Order
from orders.payment.models import Payment
from orders.payment.services import settle_intent
from tests.api import Api
from tests.factories import api_of, make_maker, make_member
from tests.fakes.local_stripe import LocalStripe
from tests.orders.documented import DocumentedApi
from tests.orders.steps import intent_id, pay


def team(maker: str = "alder", role: str = "owner") -> DocumentedApi:
    """Somebody of a maker's, with every answer held against the API document."""
    member = make_member(f"{role}@{maker}.example", role, maker=make_maker(maker))
    return DocumentedApi(**api_of(member).headers)


def bought(server: LocalStripe, api: Api | None = None, **lines: int) -> dict[str, Any]:
    """A paid order as checkout answered it, `{order, payment}`."""
    placed = (api or DocumentedApi()).placed(**lines)
    pay(server, placed["payment"])
    settle_intent(intent_id(placed["payment"]))
    return placed


def paid_by_hand(placed: dict[str, Any]) -> None:
    """The order's payment as if it had been made at the fair."""
    Payment.objects.filter(order__number=placed["order"]["number"]).update(provider="manual")


def home(placed: dict[str, Any], maker: str = "alder") -> str:
    return f"/studio/makers/{maker}/orders/{placed['order']['number']}"


def refund(api: Api, placed: dict[str, Any], *, maker: str = "alder", key: str = "", **wanted: Any) -> HttpResponse:
    body = {"reason": "customer_request", **wanted}
    return api.post(f"{home(placed, maker)}/refunds", body, Idempotency_Key=key or str(uuid.uuid4()))


def post(api: Api, path: str, body: Any = None) -> HttpResponse:
    return api.post(path, body or {}, Idempotency_Key=str(uuid.uuid4()))


def pieces(placed: dict[str, Any], *quantities: int) -> list[dict[str, Any]]:
    """So many of each of the order's lines, in their order; none where 0."""
    lines = zip(placed["order"]["lines"], quantities, strict=False)
    return [{"line": line["id"], "quantity": quantity} for line, quantity in lines if quantity]


def usd(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "USD"}


def problem(answer: HttpResponse) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def payment_of(placed: dict[str, Any]) -> Payment:
    return Payment.objects.get(order__number=placed["order"]["number"])


def order_of(placed: dict[str, Any]) -> Order:
    return Order.objects.get(number=placed["order"]["number"])
