"""An order's changes of status: each by the table, under the order's lock, and written down."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Lower
from django.utils import timezone

from catalog.catalogue.events import PictureRemoved
from catalog.inventory.services import hold, release
from catalog.media import files
from catalog.personalization.models import Upload
from catalog.personalization.rules import without_person as wishes_without_person
from catalog.personalization.services import delete_uploads
from orders.order.events import OrderCancelled, OrderLapsed, OrderLivesAgain, OrderPaid, OrderShipped
from orders.order.models import Line, Order, OrderStatusChange
from orders.order.status import ENDED, FINISHED, MADE_OR_SENT, OrderStatus, ReviewStatus, may_become
from shop.accounts.models import User
from shop.addresses import without_person
from shop.errors import DomainError
from shop.events.services import publish
from shop.jobs.services import defer
from shop.prepared import fetch, insert

# A checkout that saw the picture has come to its end by then, and so have pages that show it.
PICTURE_STAYS = timedelta(hours=1)
BASKET_OF = "SELECT basket_id FROM order_order WHERE id = %s"
LOCK_BASKET = "SELECT id FROM basket_basket WHERE id = %s FOR NO KEY UPDATE"


class OrderNotInState(DomainError):
    code = "order_not_in_state"
    title = "The order is past that"
    detail = "Read the order again; its `status` says where it stands."


class OrderHeldForReview(DomainError):
    code = "order_held_for_review"
    title = "The order is held for review"
    detail = "Approve it first, at POST /v1/studio/makers/{maker}/orders/{number}/review/approve, or cancel it."


def lock_basket_of(order_pk: int) -> None:
    """Lock the order's basket, if it still has one: before payment and order, for whoever may bring it back to life.

    Where the basket was merged into another while we waited for it, we let go of it and begin with that one.
    """
    while True:
        with transaction.atomic():
            basket = fetch(BASKET_OF, [order_pk])
            fetch(LOCK_BASKET, basket[0])
            if fetch(BASKET_OF, [order_pk]) == basket:
                return
            transaction.set_rollback(True)


def lock_order(pk: int) -> Order:
    """The order, locked until the end of the transaction."""
    return Order.objects.select_for_update(no_key=True).get(pk=pk)


def move(order: Order, status: OrderStatus) -> None:
    """Set the status of a locked order, and tell who reacts to it.

    Raises OrderNotInState where the table has no such step, OrderHeldForReview where somebody has to look first.
    """
    if not may_become(order.status, status):
        raise OrderNotInState(f"An order that is {order.status} cannot become {status}.")
    if status in MADE_OR_SENT and order.review == ReviewStatus.HELD:
        raise OrderHeldForReview
    before, order.status = order.status, status
    order.save(update_fields=["status"])
    insert(OrderStatusChange(order=order, old_status=before, new_status=status))
    _tell(order, before)


def _tell(order: Order, before: str) -> None:
    match order.status:
        case OrderStatus.PAID:
            publish(OrderPaid(order.pk))
        case OrderStatus.LAPSED:
            publish(OrderLapsed(order.pk))
        case OrderStatus.CANCELLED:
            publish(OrderCancelled(order.pk, was_paid=before != OrderStatus.AWAITING_PAYMENT))
        case OrderStatus.SHIPPED:
            publish(OrderShipped(order.pk))


def mark_paid(order: Order) -> None:
    """A locked order has its money; one that had ended holds its stock again.

    Raises StockExhausted, and OrderNotInState where nobody knows any more where to send it.
    """
    if order.erased_at or _was_paid(order):
        raise OrderNotInState
    had_ended = order.status in ENDED
    if had_ended:
        hold(held_quantities(order), reference=order.number)
    move(order, OrderStatus.PAID)
    if had_ended:
        publish(OrderLivesAgain(order.pk))


def wait_for_balance(order: Order) -> None:
    """A locked order has a part of its money: it waits for the rest, and does not end by itself any more.

    Raises OrderNotInState where it does not wait.
    """
    if order.status != OrderStatus.AWAITING_PAYMENT:
        raise OrderNotInState
    order.hold_expires_at = None
    order.save(update_fields=["hold_expires_at"])


def _was_paid(order: Order) -> bool:
    """Whether it was cancelled after it had been paid: its money has gone back, and it does not live again."""
    paid_before = order.status_changes.filter(new_status=OrderStatus.PAID)
    return order.status == OrderStatus.CANCELLED and paid_before.exists()


def end_unpaid(order: Order, status: OrderStatus) -> None:
    """A locked order came to nothing: its stock goes back."""
    move(order, status)
    release(held_quantities(order), reference=order.number)


def claim_of_guests(user: User, *, emails: Iterable[str]) -> int:
    """Give the person the guest orders of these addresses, in lower case; returns how many.

    The caller has made sure that the person reads their mail. What is to be forgotten stays nobody's.
    """
    guests = Order.objects.annotate(address=Lower("guest_email")).filter(address__in=list(emails), user__isnull=True)
    return guests.filter(erase_when_done=False, erased_at__isnull=True).update(user=user)


def forget_buyer(order: Order) -> bool:
    """A locked order without its buyer: at once where it has ended, else when it has. Returns whether it is done.

    Lines, amounts, dates and the place of the sale stay: tax law wants them kept. What the buyer wrote and sent for
    the pieces goes.
    """
    order.user = None
    order.erase_when_done = order.status not in FINISHED
    if not order.erase_when_done:
        order.erased_at = timezone.now()
        order.guest_email = order.mailbox = order.phone = order.gift_note = order.placed_from = ""
        order.ship_to = without_person(order.ship_to)
        order.bill_to = without_person(order.bill_to) if order.bill_to else None
        _forget_wishes(order)
    order.save()
    return not order.erase_when_done


def _forget_wishes(order: Order) -> None:
    lines = list(order.lines.exclude(personalization=[]))
    for line in lines:
        line.personalization = wishes_without_person(line.personalization)
    Line.objects.bulk_update(lines, ["personalization"])
    delete_uploads(Upload.objects.filter(order=order))


def held_quantities(order: Order) -> dict[int, int]:
    """What the order holds, `{stock record id: quantity}`."""
    quantities: dict[int, int] = {}
    held = order.lines.annotate(held=F("quantity") - F("restocked")).filter(stockrecord__isnull=False, held__gt=0)
    for record_id, quantity in held.values_list("stockrecord_id", "held"):
        quantities[record_id] = quantities.get(record_id, 0) + quantity
    return quantities


def release_picture(event: PictureRemoved) -> None:
    """The files of a removed picture go in a while."""
    defer("orders.order.remove_picture", after=PICTURE_STAYS, original=event.original)


def remove_picture(original: str) -> None:
    """Remove the files of a picture, unless a line of an order shows the piece by it as it was bought."""
    if not Line.objects.filter(image_url__endswith=f"/{original}").exists():
        files.remove_unused(original)
