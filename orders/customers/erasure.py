"""A customer is forgotten: what the law wants kept stays without them, the rest goes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from catalog.personalization.models import Upload
from catalog.personalization.services import delete_uploads
from orders.customers import queries
from orders.notices.services import forget_mails
from orders.order.models import Order
from orders.order.services import claim_of_guests, forget_buyer, lock_order
from orders.order.status import FINISHED
from orders.refunds.services import forget_notes
from shop.accounts.models import User
from shop.accounts.queries import verified_emails
from shop.accounts.services import delete_person, lock_person, require_confirmation
from shop.actors import Actor
from shop.audit import services as audit
from shop.errors import InvalidInput
from shop.idempotency.services import forget_answers
from shop.jobs.services import each
from shop.mail import services as mail
from shop.mail.models import Mail
from shop.makers import services as makers
from shop.makers.models import Invitation, Membership


@dataclass(frozen=True, slots=True)
class Erased:
    """What is left: `kept` without a trace of the buyer, `in_progress` with what delivery needs until they end."""

    at: datetime
    kept: list[str]
    in_progress: list[str]


@transaction.atomic
def erase_customer(*, actor: Actor, confirm: str) -> Erased:
    """Delete the person who asks, and all that is theirs; orders stay for the books, without them.

    Audit, ledger and events hold their id only, which points to nobody afterwards. Stripe keeps its own record of
    their payments. Lock order: person, teams, baskets, orders.
    Raises ConfirmationRequired, InvalidInput where `confirm` is not their mail address, and LastOwner.
    """
    require_confirmation(actor)
    person = lock_person(actor)
    if confirm.lower() != person.email.lower():
        message = "Write your own mail address here."
        raise InvalidInput(errors=[{"field": "confirm", "code": "not_your_email", "message": message}])
    person_id, emails = person.public_id, verified_emails(person) | {person.email.lower()}
    _leave_teams(person, actor)
    claim_of_guests(person, emails=emails)
    traces = emails | _ids_of(person, emails)
    kept, in_progress = _forget_orders(person, emails)
    _forget_traces(traces | {*kept, *in_progress}, emails=emails)
    Invitation.objects.filter(email__in=emails).delete()
    delete_person(person)
    audit.record(
        actor, "customer.erased", object=person_id, after={"orders": len(kept), "in_progress": len(in_progress)}
    )
    return Erased(timezone.now(), kept, in_progress)


def _leave_teams(person: User, actor: Actor) -> None:
    places = Membership.objects.filter(user=person).select_related("maker", "user")
    # By maker, so that two who leave the same teams do not block each other.
    for maker_id in list(places.order_by("maker").values_list("maker", flat=True)):
        makers.lock_team(maker_id)
        if place := places.filter(maker=maker_id).first():
            makers.leave(own=place, actor=actor)


def _ids_of(person: User, emails: set[str]) -> set[str]:
    """What answers to the person's requests name: theirs are deleted with them."""
    theirs = queries.baskets_to_delete(person, emails=emails)
    baskets = theirs.values_list("public_id", flat=True)
    uploads = Upload.objects.filter(basket__in=theirs.values("pk")).values_list("public_id", flat=True)
    addresses = person.kept_addresses.values_list("public_id", flat=True)
    sizes = person.ring_sizes.values_list("public_id", flat=True)
    return {person.public_id, *baskets, *uploads, *addresses, *sizes}


def _forget_orders(person: User, emails: set[str]) -> tuple[list[str], list[str]]:
    """Delete the baskets, part the orders from the person. Returns the numbers of those done and of those not yet."""
    baskets = list(queries.baskets_to_delete(person, emails=emails).select_for_update(no_key=True, of=("self",)))
    orders = list(Order.objects.filter(user=person).select_for_update(no_key=True).order_by("pk"))
    # Those that were ordered go with their orders.
    delete_uploads(Upload.objects.filter(basket__in=baskets, order__isnull=True))
    for basket in baskets:
        basket.delete()
    done: dict[bool, list[str]] = {True: [], False: []}
    for order in orders:
        order.basket = None
        _forget_mails(order)
        done[_forget_order(order)].append(order.number)
    return done[True], done[False]


def _forget_order(order: Order) -> bool:
    """A locked order without its buyer, and without what the team wrote of them; returns whether it is done."""
    is_done = forget_buyer(order)
    if is_done:
        forget_notes(order)
    return is_done


def _forget_traces(words: Iterable[str], *, emails: Iterable[str]) -> None:
    forget_answers(naming=words)
    for email in emails:
        mail.forget(email=email)


def _forget_mails(order: Order) -> None:
    """Only what was written about orders: the address may be another person's, who has mails of their own."""
    Mail.objects.to_address(order.guest_email).filter(template=queries.LINK_MAIL).delete()
    forget_mails(order)


def erase_finished_orders() -> int:
    """Orders that have ended since their buyer asked to be forgotten; returns how many."""
    return each(queries.orders_to_erase(), erase_order, what="erase_order")


@transaction.atomic
def erase_order(order_pk: int) -> None:
    """Let go of what delivery needed. Changes nothing where the order has come back to life."""
    order = lock_order(order_pk)
    if not order.erase_when_done or order.status not in FINISHED:
        return
    _forget_mails(order)
    forget_answers(naming=[order.number])
    _forget_order(order)
