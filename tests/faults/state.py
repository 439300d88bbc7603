"""How a sale has ended: everything of it that matters, without what differs from one sale to the next."""

from typing import Any

import requests
from procrastinate.contrib.django.models import ProcrastinateJob

from catalog.inventory.models import StockMovement
from orders.invariants.queries import findings
from orders.ledger.models import LedgerEntry
from orders.order.models import Order
from orders.outbox.models import StripeCommand
from orders.payment.models import StripeEvent
from shop.audit.models import AuditEntry
from tests.fakes.local_stripe import LocalStripe
from tests.faults.mortals import MortalShop

# A job that comes too early, as while Stripe is still busy with the call before it, comes again.
ATTEMPTS = 3


def at_stripe(server: LocalStripe, what: str) -> list[dict[str, Any]]:
    answer = requests.get(f"{server.url}/v1/{what}", params={"limit": 100}, auth=("sk_test_tests", ""), timeout=10)
    return list(answer.json()["data"])


def sale(server: LocalStripe, order: Order) -> dict[str, Any]:
    """The order, its money here and at Stripe, its stock, and what of it is still unknown."""
    intents = [each for each in at_stripe(server, "payment_intents") if each["metadata"].get("order") == order.number]
    ids = {each["id"] for each in intents}
    payments = order.payments.order_by("pk")
    audited = [order.public_id, *payments.values_list("public_id", flat=True), *refunds_of(order)]
    return {
        "order": order.status,
        "steps": list(order.status_changes.order_by("pk").values_list("new_status", flat=True)),
        "basket": order.basket.status if order.basket else None,
        "payments": list(payments.values_list("status", "amount", "refunded")),
        "given back": list(order.refunds.order_by("pk").values_list("status", "amount", "reason")),
        "audit": list(AuditEntry.objects.filter(object__in=audited).order_by("pk").values_list("action", flat=True)),
        "stock": list(
            StockMovement.objects.filter(reference=order.number).order_by("pk").values_list("kind", "quantity")
        ),
        "ledger": sorted(
            LedgerEntry.objects.filter(transaction__order=order).values_list("transaction__kind", "account", "amount")
        ),
        "intents": [(each["status"], each["amount_received"]) for each in intents],
        "refunds": [
            (each["status"], each["amount"]) for each in at_stripe(server, "refunds") if each["payment_intent"] in ids
        ],
        "unknown": StripeCommand.objects.filter(about__in=payments.values("public_id"), status="unknown").count(),
        "events left": StripeEvent.objects.filter(object_id__in=ids, processed_at=None).count(),
    }


def refunds_of(order: Order) -> list[str]:
    return list(order.refunds.values_list("public_id", flat=True))


def assert_all_is_well(shop: MortalShop) -> None:
    """Every job can be done, and nothing is broken that must never break."""
    left = ProcrastinateJob.objects.exclude(status="succeeded")
    for _ in range(ATTEMPTS):
        shop.work_on()
        if not left.filter(status="todo").exists():
            break
    found = list(left.values_list("task_name", "status", "attempts"))
    assert found == [], found
    assert [str(finding) for finding in findings()] == []
