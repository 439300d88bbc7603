"""Disputes follow Stripe: what it says is written down, entered in the ledger and told to the makers."""

from decimal import Decimal

import structlog
from django.db.models import Q
from django.utils import timezone

from catalog.partner.models import Partner
from orders.disputes.events import DisputeClosed, DisputeOpened
from orders.disputes.models import Dispute
from orders.disputes.status import CLOSED, WITHDRAWN, DisputeStatus
from orders.ledger import rules as ledger
from orders.ledger.queries import order_shares, owed_to_buyer, shares_paid
from orders.ledger.rules import Entries, Kind
from orders.ledger.services import post
from orders.order.models import Order
from orders.order.services import lock_order
from orders.payment.services import lock_payment, paid_by
from shop import stripe_gateway
from shop.actors import SYSTEM
from shop.audit import services as audit
from shop.events.services import atomic, publish
from shop.stripe_gateway import Dispute as AtStripe

log = structlog.get_logger(__name__)


def follow_dispute(stripe_id: str) -> None:
    """What a webhook asks for: read the dispute and write down how it stands. A stranger's is none of our business."""
    found = stripe_gateway.retrieve_dispute(stripe_id)
    if (payment := paid_by(found.intent_id)) is not None:
        note_dispute(payment.pk, found)


@atomic()
def note_dispute(payment_pk: int, found: AtStripe) -> Dispute:
    """Bring the dispute to where it stands; called as often as anybody likes. One that is closed stays closed.

    Locks the payment, so that no refund of it begins meanwhile.
    """
    payment = lock_payment(payment_pk)
    order = lock_order(payment.order_id)
    status = _status(found)
    dispute = Dispute.objects.filter(stripe_id=found.id).first() or Dispute(payment=payment, stripe_id=found.id)
    is_new, was_closed = dispute.pk is None, dispute.status in CLOSED
    if was_closed:
        return dispute
    before = dispute.status
    dispute.status, dispute.reason = status, found.reason[:64]
    dispute.amount, dispute.currency = found.amount, found.currency
    dispute.opened_at, dispute.evidence_due_at = found.opened_at, found.evidence_due_at
    if status in CLOSED:
        dispute.closed_at = timezone.now()
    dispute.save()
    _enter(dispute, order, fee=found.fee)
    if before != status:
        _tell(dispute, order, before)
    if is_new:
        publish(DisputeOpened(dispute.pk))
    if status in CLOSED:
        publish(DisputeClosed(dispute.pk))
    return dispute


def _status(found: AtStripe) -> DisputeStatus:
    try:
        return DisputeStatus(found.status)
    except ValueError:
        # A word that is new to us: until it is known, the money counts as taken.
        log.error("dispute_status_unknown", dispute=found.id, status=found.status)
        return DisputeStatus.UNDER_REVIEW


def _enter(dispute: Dispute, order: Order, *, fee: Decimal) -> None:
    """In the ledger, each once: Stripe has taken the amount and a fee; it has come back, or is lost."""
    if dispute.status not in WITHDRAWN:
        return
    _post(dispute, order, Kind.DISPUTE_OPENED, ledger.dispute_opened(dispute.amount))
    _post(dispute, order, Kind.PROVIDER_FEE, ledger.provider_fee(fee))
    if dispute.status == DisputeStatus.WON:
        _post(dispute, order, Kind.DISPUTE_WON, ledger.dispute_won(dispute.amount))
    elif dispute.status == DisputeStatus.LOST:
        _post(dispute, order, Kind.DISPUTE_LOST, _lost(dispute, order))


def _post(dispute: Dispute, order: Order, kind: Kind, entries: Entries) -> None:
    post(key=f"{kind}:{dispute.public_id}", kind=kind, order=order, entries=entries, currency=dispute.currency)


def _lost(dispute: Dispute, order: Order) -> Entries:
    if dispute.payment.late:
        return ledger.late_money_lost(dispute.amount, owed=owed_to_buyer(order))
    return ledger.dispute_lost(_lost_shares(dispute.amount, order))


def _lost_shares(amount: Decimal, order: Order) -> ledger.Shares:
    """Out of whose shares it goes, the platform's among them: what is there first, at one rate for all.

    Where refunds have left less than that, what they had of the buyer's money.
    """
    there = shares_paid(order)
    covered = min(amount, sum(there.values(), Decimal(0)))
    lost = ledger.part_of_all(covered, there, order.currency)
    for holder, more in ledger.part(amount - covered, order_shares(order), order.currency).items():
        lost[holder] = lost.get(holder, Decimal(0)) + more
    return lost


def _tell(dispute: Dispute, order: Order, before: str) -> None:
    """Each maker whose pieces it is about finds it in the audit."""
    makers = Partner.objects.filter(Q(pk__in=order.lines.values("partner"))).order_by("pk")
    for maker in makers:
        audit.record(
            SYSTEM,
            "dispute.opened" if not before else "dispute.closed" if dispute.status in CLOSED else "dispute.changed",
            maker=maker.public_id,
            object=dispute.public_id,
            before={"status": before} if before else None,
            after={"status": dispute.status, "order": order.number, "reason": dispute.reason},
        )
