"""kill -9 at every step of a sale: afterwards all has ended as if nothing had happened."""

import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from catalog.inventory.models import StockMovement
from catalog.inventory.services import hold
from catalog.partner.models import StockRecord
from orders.checkout.closing import lapse_order
from orders.order.models import Order
from orders.paying.services import receive_payment
from orders.payment.models import Payment
from orders.refunds.rules import Reason
from orders.refunds.services import Asked, Wanted, request_refunds
from shop.actors import SYSTEM
from shop.idempotency.models import IdempotentRequest
from shop.jobs.services import defer
from shop.mail.models import Mail
from shop.mail.samples import SAMPLES
from shop.mail.services import send
from shop.storefronts.models import Storefront
from shop.storefronts.queries import default_storefront
from tests.api import Api
from tests.concurrency.servers import Answer, Caller
from tests.concurrency.shop import check_out
from tests.factories import make_key, make_maker, make_member, make_piece, make_variant, stock
from tests.faults.mortals import MortalShop
from tests.faults.state import assert_all_is_well, at_stripe, sale
from tests.orders.steps import signature

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("faults")]

SKU = "BAND-1"
Action = Callable[[Caller], Answer]


@pytest.fixture(autouse=True)
def bands(empty_queue: None) -> None:
    make_piece("band", make_variant(SKU, stock=90))


def at_order(placed: dict[str, Any], path: str, **body: str) -> Action:
    """The same press of the button, however often it is sent."""
    order = placed["order"]
    address = f"/store/orders/{order['number']}/{path}"
    headers = {"Benchpin_Order_Token": order["access_token"], "Idempotency_Key": str(uuid.uuid4())}
    return lambda caller: caller.call("POST", address, body, **headers)


def at_studio(order: Order, path: str, *scopes: str, body: Any = None) -> Action:
    """A maker's tool does this to an order of the maker's."""
    maker = make_maker()
    key = make_key(make_member("maker@example.com", maker=maker), *scopes)
    headers = {"Authorization": f"Bearer {key}", "Idempotency_Key": str(uuid.uuid4())}
    address = f"/studio/makers/{maker.public_id}/orders/{order.number}/{path}"
    return lambda caller: caller.call("POST", address, body or {}, **headers)


def row(placed: dict[str, Any]) -> Order:
    return Order.objects.get(number=placed["order"]["number"])


def lease_over() -> None:
    """A minute later."""
    IdempotentRequest.objects.update(lease_until=timezone.now() - timedelta(seconds=1))


def carried_out(shop: MortalShop, action: Action, fate: dict[str, str]) -> Answer:
    """With a fate: at a server that dies of it, and then again at another, as a buyer or Stripe does."""
    if fate:
        assert shop.dies(action, **fate), f"{fate} was never reached: {shop.words()}"
        lease_over()
    return shop.do(action)


def worked_off(shop: MortalShop, fate: dict[str, str]) -> None:
    if fate:
        assert shop.worker_dies(**fate), f"{fate} was never reached: {shop.words()}"
    shop.work_on()


def paid_at_stripe(shop: MortalShop) -> dict[str, Any]:
    placed = shop.placed(SKU)
    shop.pay(placed["payment"]).raise_for_status()
    return placed


def webhook(shop: MortalShop, placed: dict[str, Any]) -> Action:
    """Stripe tells that the order is paid."""
    intent = Payment.objects.get(order__number=placed["order"]["number"]).intent_id
    found = [each for each in at_stripe(shop.stripe, "events") if each["data"]["object"]["id"] == intent]
    [event] = [each for each in found if each["type"] == "payment_intent.succeeded"]
    signed = signature(json.dumps(event).encode())
    return lambda caller: caller.call("POST", "/hooks/stripe", event, Stripe_Signature=signed)


# What is done, with a fate or without


def checking_out(shop: MortalShop, **fate: str) -> Order:
    [basket] = shop.ready_baskets(1, SKU)
    answer = carried_out(shop, partial(check_out, basket=basket, key=str(uuid.uuid4())), fate)
    assert answer.status == 201, answer
    placed = answer.json()
    shop.pay(placed["payment"]).raise_for_status()
    assert shop.do(at_order(placed, f"payments/{placed['payment']['id']}/refresh")).json()["status"] == "paid"
    return row(placed)


def coming_back_from_paying(shop: MortalShop, **fate: str) -> Order:
    placed = paid_at_stripe(shop)
    answer = carried_out(shop, at_order(placed, f"payments/{placed['payment']['id']}/refresh"), fate)
    assert answer.json()["status"] == "paid", answer
    return row(placed)


def taking_a_webhook(shop: MortalShop, **fate: str) -> Order:
    placed = paid_at_stripe(shop)
    assert carried_out(shop, webhook(shop, placed), fate).status == 200
    shop.work_on()
    return row(placed)


def working_a_webhook_off(shop: MortalShop, **fate: str) -> Order:
    placed = paid_at_stripe(shop)
    assert shop.do(webhook(shop, placed)).status == 200
    worked_off(shop, fate)
    return row(placed)


def cancelling(shop: MortalShop, **fate: str) -> Order:
    placed = shop.placed(SKU)
    answer = carried_out(shop, at_order(placed, "cancel"), fate)
    assert answer.json()["status"] == "cancelled", answer
    return row(placed)


def lapsing(shop: MortalShop, **fate: str) -> Order:
    placed = shop.placed(SKU)
    overdue(placed)
    defer("orders.checkout.lapse", timestamp=0)
    worked_off(shop, fate)
    return row(placed)


def overdue(placed: dict[str, Any]) -> None:
    Order.objects.filter(number=placed["order"]["number"]).update(hold_expires_at=timezone.now())


def giving_late_money_back(shop: MortalShop, **fate: str) -> Order:
    """The order lapsed without its intent, whose answer was lost; the piece went to somebody else; then money came."""
    sku = f"ONE-{uuid.uuid4().hex[:8]}"
    make_piece(sku.lower(), make_variant(sku, stock=1))
    shop.stripe.control("faults", action="drop_after", path="/v1/payment_intents$", times=1000)
    placed = shop.placed(sku)
    shop.stripe.control("faults", "DELETE")
    overdue(placed)
    lapse_order(row(placed).pk)
    hold({stock(sku).pk: 1}, reference="somebody-else")
    [intent] = [
        each
        for each in at_stripe(shop.stripe, "payment_intents")
        if each["metadata"]["order"] == placed["order"]["number"]
    ]
    shop.pay({**placed["payment"], "client_secret": intent["client_secret"]}).raise_for_status()
    worked_off(shop, fate)
    return row(placed)


def refunding(shop: MortalShop, of: str = "shipping", **fate: str) -> Order:
    """Its maker gives back a paid order's shipping, or as much for no certain piece."""
    placed = paid_at_stripe(shop)
    shop.do(at_order(placed, f"payments/{placed['payment']['id']}/refresh"))
    body = {of: {"amount": "12.00", "currency": "USD"}, "reason": "customer_request"}
    action = at_studio(row(placed), "refunds", "orders.read", "orders.refund", body=body)
    answer = carried_out(shop, action, fate)
    assert answer.status == 201, answer
    shop.work_on()
    return row(placed)


def take_transfers() -> None:
    values = {"name": "Shop", "all_makers": True, "providers": ["stripe", "manual"]}
    Storefront.objects.update_or_create(is_default=True, defaults=values)


def placed_by_hand() -> dict[str, Any]:
    """An order that is to be paid by a bank transfer."""
    take_transfers()
    return Api().placed("manual", BAND_1=1)


def receiving(shop: MortalShop, **fate: str) -> Order:
    """Its maker says that the transfer has come."""
    placed = placed_by_hand()
    path = f"payments/{placed['payment']['id']}/receive"
    answer = carried_out(shop, at_studio(row(placed), path, "payments.receive"), fate)
    assert (answer.status, answer.json()["status"]) == (200, "paid"), answer
    return row(placed)


def giving_back_by_hand(shop: MortalShop, **fate: str) -> Order:
    """Its maker says that the shipping of an order paid by hand has been given back."""
    order = row(placed_by_hand())
    receive_payment(order.payments.get().pk, actor=SYSTEM)
    wanted = Wanted(shipping=Asked(Decimal("12.00"), "USD"))
    [refund] = request_refunds(
        order, maker=make_maker(), wanted=wanted, reason=Reason.GOODWILL, note="", actor=SYSTEM, claim=None
    )
    action = at_studio(order, f"refunds/{refund.public_id}/given-back", "orders.refund")
    answer = carried_out(shop, action, fate)
    assert (answer.status, answer.json()["status"]) == (200, "succeeded"), answer
    return order


def turning_to_transfer(shop: MortalShop, **fate: str) -> Order:
    """The buyer would rather pay by hand, and the money comes."""
    take_transfers()
    placed = shop.placed(SKU)
    answer = carried_out(shop, at_order(placed, "payments", provider="manual"), fate)
    assert (answer.status, answer.json()["provider"]) == (201, "manual"), answer
    receive_payment(Payment.objects.get(public_id=answer.json()["id"]).pk, actor=SYSTEM)
    # What became of the first intent is asked for within minutes.
    Payment.objects.update(created_at=timezone.now() - timedelta(minutes=10))
    defer("orders.reconcile.payments", timestamp=0)
    shop.work_on()
    return row(placed)


def turning_to_card(shop: MortalShop, **fate: str) -> Order:
    """The buyer would rather pay by card, and does."""
    placed = placed_by_hand()
    answer = carried_out(shop, at_order(placed, "payments", provider="stripe"), fate)
    assert (answer.status, answer.json()["provider"]) == (201, "stripe"), answer
    shop.pay(answer.json()).raise_for_status()
    refreshed = shop.do(at_order(placed, f"payments/{answer.json()['id']}/refresh"))
    assert refreshed.json()["status"] == "paid", refreshed
    return row(placed)


SETTLING = (
    "after shop.stripe_gateway.retrieve_intent",
    "before orders.payment.services.settle",
    "after orders.payment.services.lock_payment",
    "after orders.order.services.lock_order",
    "after orders.ledger.services.post",
    "before orders.order.services.mark_paid",
    "after orders.order.services.mark_paid",
    "after orders.payment.services.settle",
)
ENDING = (
    "before orders.paying.services.stop_payment",
    "after orders.outbox.services._about_to_send",
    "after shop.stripe_gateway.cancel_intent",
    "after orders.paying.services.stop_payment",
    "after orders.paying.services.mark_ended",
    "after orders.order.services.end_unpaid",
    "after orders.basket.services.reopen",
    "after orders.checkout.closing._end",
)
POINTS: dict[Callable[..., Order], tuple[str, ...]] = {
    checking_out: (
        "before shop.idempotency.services.claim_request",
        "after shop.idempotency.services.claim_request",
        "before orders.checkout.services.place_order",
        "after catalog.inventory.services.hold_locked",
        "after orders.basket.services.freeze",
        "after orders.payment.services.new_payment",
        "after orders.checkout.services.place_order",
        "after orders.outbox.services._about_to_send",
        "after shop.stripe_gateway.create_intent",
        "after orders.outbox.services.create_intent",
        "after orders.payment.services.ensure_intent",
        "before shop.idempotency.services.store_answer",
        "after shop.idempotency.services.store_answer",
    ),
    coming_back_from_paying: SETTLING,
    taking_a_webhook: (
        "after shop.stripe_gateway.read_event",
        "after shop.jobs.services.defer",
        "after orders.payment.services.receive_event",
    ),
    working_a_webhook_off: ("before orders.payment.services.settle_intent", *SETTLING),
    cancelling: ENDING,
    lapsing: ("before orders.checkout.closing.lapse_order", *ENDING, "after orders.checkout.closing.lapse_order"),
    refunding: (
        "before orders.refunds.services.request_refunds",
        "after orders.refunds.services.create_refund",
        "after orders.refunds.services.request_refunds",
        "before shop.idempotency.services.store_answer",
        "before shop.stripe_gateway.create_refund",
        "after shop.stripe_gateway.create_refund",
        "before orders.refunds.following.note_refund",
        "after orders.refunds.following.note_refund",
        "after shop.idempotency.services.store_answer",
    ),
    receiving: (
        "before orders.paying.services.receive_payment",
        "after orders.payment.services.lock_payment",
        "after orders.order.services.lock_order",
        "after orders.ledger.services.post",
        "after orders.order.services.mark_paid",
        "after orders.paying.services.receive_payment",
        "before shop.idempotency.services.store_answer",
        "after shop.idempotency.services.store_answer",
        "before shop.doors.Door._finish",
    ),
    giving_back_by_hand: (
        "before orders.refunds.following.mark_given_back",
        "after orders.refunds.following._locked",
        "after orders.ledger.services.post",
        "after orders.refunds.following._move",
        "after orders.refunds.following.mark_given_back",
        "before shop.idempotency.services.store_answer",
        "after shop.idempotency.services.store_answer",
        "before shop.doors.Door._finish",
    ),
    turning_to_transfer: (
        "before orders.paying.services.pay_due",
        "after shop.stripe_gateway.retrieve_intent",
        "after orders.outbox.services._about_to_send",
        "after shop.stripe_gateway.cancel_intent",
        "after orders.paying.services.stop_payment",
        "after orders.paying.services.mark_ended",
        "after orders.paying.services.end_payment",
        "after orders.payment.services.new_payment",
        "after orders.paying.services._add_payment",
        "before shop.idempotency.services.store_answer",
        "after shop.idempotency.services.store_answer",
    ),
    turning_to_card: (
        "after orders.paying.services.end_payment",
        "after orders.paying.services._add_payment",
        "after shop.stripe_gateway.create_intent",
        "after orders.payment.services.ensure_intent",
        "before shop.idempotency.services.store_answer",
        "after shop.idempotency.services.store_answer",
    ),
    giving_late_money_back: (
        "after orders.payment.services.settle",
        "before orders.refunds.following.send_refund",
        "before shop.stripe_gateway.create_refund",
        "after shop.stripe_gateway.create_refund",
        "before orders.refunds.following.note_refund",
        "after orders.refunds.following.note_refund",
        "after orders.refunds.following.send_refund",
    ),
}


@pytest.mark.parametrize("doing", POINTS, ids=lambda doing: doing.__name__)
def test_dying_at_any_step_changes_nothing(shop: MortalShop, doing: Callable[..., Order]) -> None:
    expected = sale(shop.stripe, doing(shop))
    for point in POINTS[doing]:
        assert (point, sale(shop.stripe, doing(shop, crash_at=point))) == (point, expected)
    assert_all_is_well(shop)


# What is no sale


def counted(shop: MortalShop, **fate: str) -> tuple[bool, int]:
    """A maker's tool counts five and repeats its request; of what was counted two leave the shelf meanwhile.

    Whether the dead server had taken the count, and what is there at the end.
    """
    sku = f"PIN-{uuid.uuid4().hex[:8]}"
    piece = make_piece(sku.lower(), make_variant(sku, stock=1))
    key = make_key(make_member("maker@example.com", maker=piece.maker), "stock.edit", "products.read")
    variant = stock(sku).product
    path = f"/studio/makers/{piece.maker.public_id}/products/{piece.public_id}/variants/{variant.public_id}/stock"
    headers = {"Authorization": f"Bearer {key}", "Idempotency_Key": str(uuid.uuid4())}

    def count(caller: Caller) -> Answer:
        return caller.call("POST", path, {"count": 5, "policy": "stock"}, **headers)

    assert shop.dies(count, **fate), shop.words()
    taken = bool(StockRecord.objects.filter(partner_sku=sku, num_in_stock=5).update(num_in_stock=3))
    lease_over()
    answer = shop.do(count)
    assert answer.status == 200, answer
    return taken, stock(sku).num_in_stock


COUNTING = {
    "before catalog.inventory.services.count_stock": (False, 5),
    "after catalog.inventory.services.set_stock": (False, 5),
    "after catalog.inventory.services.count_stock": (False, 5),
    # The count and its answer are committed together.
    "before shop.idempotency.services.store_answer": (False, 5),
    "after shop.idempotency.services.store_answer": (False, 5),
    "before shop.doors.Door._finish": (True, 3),
}


def test_dying_while_stock_is_counted_counts_it_once(shop: MortalShop) -> None:
    assert {point: counted(shop, crash_at=point) for point in COUNTING} == COUNTING
    assert StockMovement.objects.filter(reference__startswith="studio:").count() == len(COUNTING)


def mailed(shop: MortalShop, **fate: str) -> list[str]:
    """A mail is sent by a worker that dies; the ids of what has reached the mail server."""
    name = next(iter(SAMPLES))
    mail = send(name, to="ada@example.com", context=SAMPLES[name], storefront=default_storefront())
    assert shop.worker_dies(**fate), shop.words()
    Mail.objects.update(claimed_until=None)  # as long as a claim lasts
    shop.work_on()
    mail.refresh_from_db()
    assert mail.sent_at
    names = [path.name for path in shop.nursery.outbox.glob("*.eml")]
    return [name.partition("-")[2] for name in names if mail.public_id in name]


MAILING = {
    "before shop.mail.services.deliver": 1,
    "after shop.mail.services._claim": 1,
    "before shop.mail.services._hand_over": 1,
    # The mail server has it, and nobody knows: it is sent again, and a mail program shows it once.
    "after shop.mail.services._hand_over": 2,
    "after shop.mail.services.deliver": 1,
}


def test_dying_while_a_mail_is_sent_sends_it_at_least_once(shop: MortalShop) -> None:
    for point, times in MAILING.items():
        sent = mailed(shop, crash_at=point)
        assert (point, len(sent), len(set(sent))) == (point, times, 1)
