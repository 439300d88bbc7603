"""Refunds follow their provider: asked of Stripe outside every transaction, then moved as it says.

Lock order: payment, then refund.
"""

from datetime import timedelta
from decimal import Decimal

import structlog
from django.db.models import F
from django.utils import timezone

from orders.ledger import rules as ledger
from orders.ledger.queries import entries_of
from orders.ledger.rules import PLACE, Account, Kind
from orders.ledger.services import post
from orders.outbox.rules import key_is_remembered
from orders.payment.models import Payment
from orders.payment.services import lock_payment, paid_by
from orders.refunds.events import RefundFailed, RefundSucceeded
from orders.refunds.models import Refund
from orders.refunds.queries import Left, left_of, open_at_stripe, part_of, shares_of
from orders.refunds.rules import Part, PartKind, Reason
from orders.refunds.services import create_refund
from orders.refunds.status import FROM_STRIPE, OPEN, RefundStatus, may_become
from shop import money, stripe_gateway
from shop.actors import SYSTEM, Actor
from shop.audit import services as audit
from shop.errors import DomainError
from shop.events.services import atomic, publish
from shop.stripe_gateway import Refund as AtStripe
from shop.stripe_gateway import StripeRefusedError, StripeUnreachableError

log = structlog.get_logger(__name__)
# A refund that was asked for just now has its own job.
LEFT_ALONE = timedelta(minutes=5)
ALREADY_REFUNDED = "charge_already_refunded"


class RefundNotManual(DomainError):
    code = "refund_not_manual"
    title = "This refund is not given back by hand"
    detail = "Its payment provider carries it out, or it has ended; its `status` says how it stands."


def send_refund(refund_pk: int) -> Refund:
    """Have the refund at Stripe, made once however often this is called.

    Raises StripeUnreachableError where it is not known what has become of it; then it is to be called again.
    """
    refund = Refund.objects.select_related("payment").get(pk=refund_pk)
    if refund.stripe_id or refund.status not in OPEN or refund.payment.provider != "stripe":
        return refund
    now = timezone.now()
    if refund.asked_at is None:
        Refund.objects.filter(pk=refund_pk, asked_at=None).update(asked_at=now)
    elif not key_is_remembered(refund.asked_at, now) and (found := _look_up(refund)):
        return note_refund(refund_pk, found)
    try:
        return note_refund(refund_pk, _ask(refund))
    except StripeRefusedError as error:
        found = _look_up(refund, unnamed=error.code == ALREADY_REFUNDED)
        return note_refund(refund_pk, found) if found else _note_refusal(refund_pk, error.code)


def send_at_once(refunds: list[Refund]) -> None:
    """Ask Stripe now, so that the answer tells how it went; where it is away the refunds' jobs try again."""
    try:
        for refund in refunds:
            send_refund(refund.pk)
    except StripeUnreachableError as error:
        log.warning("refund_waits", refund=refund.public_id, error=str(error))


def _ask(refund: Refund) -> AtStripe:
    return stripe_gateway.create_refund(
        str(refund.payment.intent_id),
        amount=refund.amount,
        currency=refund.currency,
        key=refund.key,
        metadata={"refund": refund.public_id},
    )


def _look_up(refund: Refund, *, unnamed: bool = False) -> AtStripe | None:
    """The refund as it is at Stripe by its metadata; else, where asked, one of its amount that is nobody's yet."""
    found = stripe_gateway.list_refunds(str(refund.payment.intent_id))
    if named := next((each for each in found if each.metadata.get("refund") == refund.public_id), None):
        return named
    taken = set(Refund.objects.filter(payment=refund.payment).values_list("stripe_id", flat=True))
    strangers = [each for each in found if each.id not in taken and "refund" not in each.metadata]
    return next((each for each in strangers if unnamed and each.amount == refund.amount), None)


@atomic()
def _note_refusal(refund_pk: int, code: str) -> Refund:
    """Stripe will not do it: its amount is free again."""
    refund = _locked(refund_pk)
    log.error("refund_refused", refund=refund.public_id, code=code)
    if refund.stripe_id is None:
        _move(refund, RefundStatus.FAILED, failure=code)
    return refund


def follow_refund(stripe_id: str) -> None:
    """What a webhook asks for: read the refund and write down how it stands; one made past us is written down, too."""
    found = stripe_gateway.retrieve_refund(stripe_id)
    refund = Refund.objects.filter(stripe_id=stripe_id).first()
    if refund is None:
        # The answer to its creation may have been lost on the way to us.
        refund = Refund.objects.filter(public_id=found.metadata.get("refund", ""), stripe_id=None).first()
    if refund is not None:
        note_refund(refund.pk, found)
    elif "refund" not in found.metadata and (payment := paid_by(found.intent_id)) is not None:
        _note_stranger(payment.pk, found)


@atomic()
def _note_stranger(payment_pk: int, found: AtStripe) -> None:
    """A refund that somebody made at Stripe: out of everybody's share by how much each has left.

    Raises RefundTooLarge while refunds of ours that Stripe will refuse are still counted: then try again later.
    """
    payment = lock_payment(payment_pk)
    if FROM_STRIPE.get(found.status) not in OPEN | {RefundStatus.SUCCEEDED}:
        return
    if Refund.objects.filter(stripe_id=found.id).exists():
        return
    order = payment.order
    parts = [] if payment.late else _out_of_all(found.amount, left_of(order), order.currency)
    refund = create_refund(payment, parts, found.amount, reason=Reason.AT_PROVIDER, stripe_id=found.id)
    audit.record(
        SYSTEM,
        "refund.found",
        object=refund.public_id,
        after={"order": order.number, "amount": money.shape(found.amount, found.currency)},
    )
    note_refund(refund.pk, found)


def _out_of_all(amount: Decimal, left: Left, currency: str) -> list[Part]:
    """For no certain piece, at one rate for everybody; what is more than is left is out of nobody's share."""
    whole = sum(left.shares.values(), Decimal(0))
    covered = min(amount, whole)
    back = ledger.at_rate(sum(left.added.values(), Decimal(0)), covered, of=whole, currency=currency)
    amounts, promotions = ledger.part(covered, left.shares, currency), ledger.part(back, left.added, currency)
    return [
        Part(
            PartKind.SHIPPING if holder.account == Account.SHIPPING else PartKind.GOODWILL,
            holder.maker,
            amounts.get(holder, Decimal(0)),
            promotion=promotions.get(holder, Decimal(0)),
        )
        for holder in amounts | promotions
    ]


@atomic()
def note_refund(refund_pk: int, found: AtStripe) -> Refund:
    """Bring the refund to where it stands at Stripe; called as often as anybody likes, with news of any age."""
    refund = _locked(refund_pk)
    if refund.stripe_id not in (None, found.id) or refund.amount != found.amount:
        log.error("refund_mismatch", refund=refund.public_id, at_stripe=found.id)
        return refund
    refund.stripe_id = found.id
    refund.save(update_fields=["stripe_id"])
    status = FROM_STRIPE.get(found.status, RefundStatus.PENDING)
    if may_become(refund.status, status):
        _move(refund, status, failure=found.failure)
    return refund


def _locked(refund_pk: int) -> Refund:
    """The refund with its payment, both locked."""
    payment_pk = Refund.objects.values_list("payment_id", flat=True).get(pk=refund_pk)
    payment = lock_payment(payment_pk)
    refund = Refund.objects.select_for_update(no_key=True).get(pk=refund_pk)
    refund.payment = payment
    return refund


def _move(refund: Refund, status: RefundStatus, *, failure: str = "") -> None:
    """A locked refund goes on by the table: what has succeeded is in the ledger, what has failed is free again."""
    before, refund.status = refund.status, status
    refund.failure = failure[:64]
    if status == RefundStatus.SUCCEEDED:
        refund.succeeded_at = timezone.now()
    refund.save(update_fields=["status", "failure", "succeeded_at"])
    if status == RefundStatus.SUCCEEDED:
        _enter(refund)
        publish(RefundSucceeded(refund.pk))
    elif status in (RefundStatus.FAILED, RefundStatus.CANCELLED):
        Payment.objects.filter(pk=refund.payment_id).update(refunded=F("refunded") - refund.amount)
        if before == RefundStatus.SUCCEEDED:
            _take_back(refund)
        publish(RefundFailed(refund.pk))


def _enter(refund: Refund) -> None:
    """In the ledger: out of the shares its parts name; of no share where the money came too late or for nobody."""
    place = PLACE[refund.payment.provider]
    shares = {} if refund.payment.late else shares_of(part_of(row) for row in refund.parts.all())
    rest = refund.amount - sum(shares.values(), Decimal(0))
    if shares:
        _post(refund, Kind.REFUND, ledger.refund(place, shares))
    if rest:
        _post(refund, Kind.LATE_REFUND, ledger.late_refund(place, rest))


def _take_back(refund: Refund) -> None:
    for kind in (Kind.REFUND, Kind.LATE_REFUND):
        entries = entries_of(f"{kind}:{refund.public_id}")
        _post(refund, Kind.REFUND_FAILED, ledger.reversed_entries(entries), of=kind)


def _post(refund: Refund, kind: Kind, entries: ledger.Entries, *, of: Kind | None = None) -> None:
    key = f"{kind}:{refund.public_id}" if of is None else f"{kind}:{of}:{refund.public_id}"
    post(key=key, kind=kind, order=refund.order, entries=entries, currency=refund.currency)


@atomic()
def mark_given_back(refund_pk: int, *, maker: str = "", actor: Actor) -> Refund:
    """Money was given back by hand. `maker` is the public id of whose team says so. Raises RefundNotManual."""
    refund = _locked(refund_pk)
    if refund.status == RefundStatus.SUCCEEDED and refund.payment.provider == "manual":
        return refund  # a repeated request, whose first answer was lost
    if refund.status not in OPEN or refund.payment.provider != "manual":
        raise RefundNotManual
    _move(refund, RefundStatus.SUCCEEDED)
    audit.record(actor, "refund.given_back", maker=maker, object=refund.public_id)
    return refund


def follow_open_refunds() -> None:
    """Ask after every refund that Stripe has not said its last word on. One that fails does not stop the others."""
    for pk in open_at_stripe(before=timezone.now() - LEFT_ALONE):
        try:
            _follow_open(pk)
        except StripeUnreachableError as error:
            log.warning("refund_waits", refund=pk, error=str(error))
            return
        except Exception:
            log.exception("refund_not_followed", refund=pk)


def _follow_open(refund_pk: int) -> None:
    refund = send_refund(refund_pk)
    if refund.stripe_id and refund.status in OPEN:
        note_refund(refund_pk, stripe_gateway.retrieve_refund(refund.stripe_id))
