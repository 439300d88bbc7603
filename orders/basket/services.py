"""Changes to a basket: each under the basket's row lock, each a new version. Nothing is held here."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from catalog.inventory.services import StockExhausted
from catalog.partner.models import StockPolicy, StockRecord
from catalog.personalization.models import Upload
from catalog.personalization.queries import known_of, options_of
from catalog.personalization.rules import Personalization, Wish, as_wishes, asked_uploads
from catalog.personalization.services import KeptFile, add_upload, delete_uploads
from orders.basket.models import Basket, Line, new_expiry
from orders.basket.queries import (
    BasketView,
    Lines,
    UnknownVariant,
    expired_before,
    get_basket,
    is_for_sale,
    lines_and_record,
    lines_of,
    new_view,
    open_basket_of,
    todays,
    view_basket,
)
from orders.basket.rules import MAX_LINES, MAX_QUANTITY, line_reference
from orders.discounts.queries import usable_voucher
from orders.offer.queries import Customer
from orders.order.models import Order
from orders.shipping.rules import address_errors
from orders.voucher.rules import MAX_VOUCHERS, normal
from shop import versions
from shop.accounts.models import User
from shop.accounts.services import lock_person
from shop.actors import Actor
from shop.errors import DomainError, FieldError, InvalidInput, NotFound
from shop.prepared import insert, insert_where, update
from shop.storefronts.models import Storefront
from shop.storefronts.queries import IS_AS_READ, StorefrontChanged, as_values
from shop.throttling import limit

VOUCHER_SECONDS = 300
# A change that leaves the expiry where it is touches no index.
EXPIRY_STEP = timedelta(hours=1)
# What a basket knows of its shopper, and each of these while it is not known.
NO_DETAILS: Mapping[str, Any] = {
    "email": "", "phone": "", "shipping_address": None, "billing_address": None, "shipping_option": "", "gift_note": "",
}  # fmt: skip


class BasketNotOpen(DomainError):
    code = "basket_not_open"
    title = "This basket has become an order"
    detail = "Begin a new basket, or cancel the unpaid order to open this one again."


class BasketFull(DomainError):
    code = "basket_full"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    title = "The basket is full"
    detail = f"A basket takes {MAX_LINES} lines of up to {MAX_QUANTITY} pieces."


class TooManyVouchers(DomainError):
    code = "too_many_vouchers"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    title = "The basket has as many vouchers as it may"
    detail = f"A basket takes {MAX_VOUCHERS}. Take one out first."


class PersonalizationRefused(DomainError):
    code = "personalization_refused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    title = "The piece cannot be personalized like this"
    detail = "`errors` names each option and what is possible; the product's `personalization` lists all of it."


def create_basket(*, actor: Actor, storefront: Storefront) -> BasketView:
    """A guest's new basket; for a customer the open one they have in this storefront, or else a new one of theirs.

    Raises StorefrontChanged.
    """
    return _customers(actor, storefront) if actor.is_person else _new_basket(storefront, None)


@transaction.atomic
def _customers(actor: Actor, storefront: Storefront) -> BasketView:
    owner = lock_person(actor)
    theirs = open_basket_of(owner, storefront=storefront)
    return (
        show_basket(theirs.public_id, actor=actor, storefront=storefront) if theirs else _new_basket(storefront, owner)
    )


def _new_basket(storefront: Storefront, owner: User | None) -> BasketView:
    basket = Basket(currency=storefront.currency, storefront=storefront.stored, owner=owner)
    if not insert_where(basket, IS_AS_READ, as_values(storefront)):
        raise StorefrontChanged
    return new_view(basket)


def show_basket(basket_id: str, *, actor: Actor, storefront: Storefront) -> BasketView:
    """The basket as it is now. What it shows belongs to its version: where something else is charged than it showed
    before, by a price or an offer that changed, it is another version from now on, and checkout of the old one is
    refused. Raises NotFound.
    """
    view = view_basket(get_basket(basket_id, actor=actor, storefront=storefront), storefront)
    if view.is_as_shown:
        return view
    with transaction.atomic():
        return _as_shown(get_basket(basket_id, actor=actor, storefront=storefront, lock=True), storefront)


def _as_shown(basket: Basket, storefront: Storefront) -> BasketView:
    """The view of a basket that is locked and has not been changed."""
    view = view_basket(basket, storefront)
    if not view.is_as_shown:
        basket.version += 1
        basket.shown = view.fingerprint
        basket.save(update_fields=["version", "shown"])
    return view


@transaction.atomic
def add_line(
    basket_id: str, *, actor: Actor, storefront: Storefront, variant: str | None, sku: str | None, quantity: int,
    wishes: Sequence[Wish] = (), if_match: str | None,
) -> BasketView:  # fmt: skip
    """Add pieces of a variant; with the same wishes as a line that is there, that one gets more.

    Raises PersonalizationRefused, and StockExhausted where the shelf is too short.
    """
    basket = _open_for_change(basket_id, actor, storefront, if_match)
    lines, record = lines_and_record(basket, storefront, variant=variant, sku=sku)
    personalization = _personalized(basket, record, wishes)
    reference = line_reference(record.product.public_id, as_wishes(personalization.wishes))
    line = next((each for each in lines.rows if each.line_reference == reference), None)
    wanted = quantity + (line.quantity if line else 0)
    _check_quantity(record, wanted, elsewhere=_elsewhere(lines.rows, record, line))
    if line:
        _set_line(line, wanted, personalization)
    elif len(lines.rows) >= MAX_LINES:
        raise BasketFull
    else:
        lines.rows.append(_new_line(basket, record, wanted, personalization, reference))
    return _changed(basket, storefront, lines)


def _personalized(basket: Basket, record: StockRecord, wishes: Sequence[Wish]) -> Personalization:
    """Raises PersonalizationRefused."""
    known = known_of(basket.pk, asked_uploads(options_of(record.product.parent), wishes))
    personalization, refused = todays(record.product, record, wishes, known)
    if refused:
        raise PersonalizationRefused(
            errors=[{**error, "field": f"personalization.{error['field']}"} for error in refused]
        )
    return personalization


def _set_line(line: Line, quantity: int, personalization: Personalization) -> None:
    line.quantity = quantity
    line.price_excl_tax = line.stockrecord.price + personalization.price
    line.personalization = list(personalization.wishes)
    update(line, "quantity", "price_excl_tax", "personalization")


def _new_line(
    basket: Basket, record: StockRecord, quantity: int, personalization: Personalization, reference: str
) -> Line:
    line = Line(
        basket=basket,
        line_reference=reference,
        product=record.product,
        stockrecord=record,
        quantity=quantity,
        personalization=list(personalization.wishes),
        price_currency=record.price_currency,
        price_excl_tax=record.price + personalization.price,
        price_incl_tax=record.price + personalization.price,
    )
    return insert(line)


@transaction.atomic
def change_line(
    basket_id: str, line_id: str, *, actor: Actor, storefront: Storefront, quantity: int, if_match: str | None
) -> BasketView:
    """Set a line's quantity; its price is today's from now on.

    Raises UnknownVariant where it is not for sale any more, PersonalizationRefused and StockExhausted.
    """
    basket = _open_for_change(basket_id, actor, storefront, if_match)
    lines = lines_of(basket, storefront)
    line = _one_of(lines.rows, line_id)
    if not is_for_sale(line):
        raise UnknownVariant
    personalization = _personalized(basket, line.stockrecord, as_wishes(line.personalization))
    _check_quantity(line.stockrecord, quantity, elsewhere=_elsewhere(lines.rows, line.stockrecord, line))
    _set_line(line, quantity, personalization)
    return _changed(basket, storefront, lines)


@transaction.atomic
def remove_line(
    basket_id: str, line_id: str, *, actor: Actor, storefront: Storefront, if_match: str | None
) -> BasketView:
    basket = _open_for_change(basket_id, actor, storefront, if_match)
    lines = lines_of(basket, storefront)
    line = _one_of(lines.rows, line_id)
    lines.rows.remove(line)
    line.delete()
    return _changed(basket, storefront, lines)


def _one_of(lines: Sequence[Line], line_id: str) -> Line:
    """Raises NotFound."""
    found = next((line for line in lines if line.public_id == line_id), None)
    if found is None:
        raise NotFound
    return found


@transaction.atomic
def take_upload(basket_id: str, *, actor: Actor, storefront: Storefront, kept: KeptFile) -> Upload:
    """Give the basket a file for an option of one of its lines to be. The basket itself stays as it is.

    Raises NotFound, BasketNotOpen and TooManyUploads.
    """
    basket = _open_for_change(basket_id, actor, storefront, None)
    return add_upload(basket_id=basket.pk, kept=kept)


@transaction.atomic
def update_details(
    basket_id: str, *, actor: Actor, storefront: Storefront, changes: Mapping[str, Any], if_match: str | None
) -> BasketView:
    """Set contact, addresses, shipping option or gift note; only what is given changes. Raises InvalidInput."""
    basket = _open_for_change(basket_id, actor, storefront, if_match)
    _check_addresses(changes)
    if all(getattr(basket, name) == value for name, value in changes.items()):
        return _as_shown(basket, storefront)  # a form that saves again what is there makes no new version
    for name, value in changes.items():
        setattr(basket, name, value)
    view = _changed(basket, storefront, fields=changes)
    if changes.get("shipping_option") and view.shipping_option is None:
        message = f"Choose one of {', '.join(option.code for option in view.options)}."
        raise InvalidInput(errors=[{"field": "shipping_option", "code": "unknown_option", "message": message}])
    return view


def _check_addresses(changes: Mapping[str, Any]) -> None:
    errors: list[FieldError] = []
    for name in ("shipping_address", "billing_address"):
        if changes.get(name):
            served = settings.SHIPPING_COUNTRIES if name == "shipping_address" else [changes[name]["country"]]
            found = address_errors(changes[name], served=served)
            errors += [{**error, "field": f"{name}.{error['field']}"} for error in found]
    if errors:
        raise InvalidInput(errors=errors)


def _open_for_change(basket_id: str, actor: Actor, storefront: Storefront, if_match: str | None) -> Basket:
    basket = get_basket(basket_id, actor=actor, storefront=storefront, lock=True)
    if basket.status != Basket.OPEN:
        raise BasketNotOpen
    versions.check(if_match, basket.version)
    return basket


def _elsewhere(lines: Sequence[Line], record: StockRecord, line: Line | None) -> int:
    """How many of the variant the basket's other lines have."""
    return sum(each.quantity for each in lines if each.stockrecord_id == record.pk and each != line)


def _check_quantity(record: StockRecord, quantity: int, *, elsewhere: int) -> None:
    """Of a line; `elsewhere` as `_elsewhere` counts it."""
    if quantity > MAX_QUANTITY:
        raise BasketFull
    if record.policy == StockPolicy.STOCK and record.on_shelf < quantity + elsewhere:
        left: FieldError = {"field": "quantity", "code": "out_of_stock", "message": record.left_in_words}
        raise StockExhausted(errors=[left])


def _changed(
    basket: Basket, storefront: Storefront, lines: Lines | None = None, *, fields: Iterable[str] = ()
) -> BasketView:
    """A change is a new version, which shows what is answered now, and the basket lives on.

    `lines` are its own as they are now, where they have been read; `fields` of it have changed.
    """
    basket.version += 1
    if (expiry := new_expiry()) - basket.expires_at > EXPIRY_STEP:
        basket.expires_at = expiry
    view = view_basket(basket, storefront, lines)
    basket.shown = view.fingerprint
    update(basket, "version", "expires_at", "shown", *sorted(fields))
    return view


@transaction.atomic
def add_voucher(basket_id: str, *, actor: Actor, storefront: Storefront, code: str, if_match: str | None) -> BasketView:
    """Put a voucher in; one that is in already changes nothing. Each try counts, since codes can be guessed.

    Raises RateLimited, UnknownVoucher, VoucherNotYetValid, VoucherExpired, VoucherUsedUp, VoucherAlreadyUsed and
    TooManyVouchers.
    """
    limit("voucher", actor.address, tries=settings.VOUCHER_TRIES, seconds=VOUCHER_SECONDS)
    basket = _open_for_change(basket_id, actor, storefront, if_match)
    if basket.vouchers.filter(code=normal(code)).exists():
        return _as_shown(basket, storefront)
    customer = Customer(basket.buyer_id, basket.email)
    found = usable_voucher(code, storefront=storefront, customer=customer)
    if basket.vouchers.count() >= MAX_VOUCHERS:
        raise TooManyVouchers
    basket.vouchers.add(found)
    return _changed(basket, storefront)


@transaction.atomic
def remove_voucher(
    basket_id: str, code: str, *, actor: Actor, storefront: Storefront, if_match: str | None
) -> BasketView:
    """Take a voucher out. Raises NotFound."""
    basket = _open_for_change(basket_id, actor, storefront, if_match)
    found = basket.vouchers.filter(code=normal(code)).first()
    if found is None:
        raise NotFound
    basket.vouchers.remove(found)
    return _changed(basket, storefront)


def adopt(basket: Basket, owner: User, storefront: Storefront) -> BasketView:
    """A guest's basket becomes the customer's. The caller holds its lock."""
    if basket.owner_id == owner.pk:
        return _as_shown(basket, storefront)
    basket.owner = owner
    return _changed(basket, storefront, fields=["owner"])


def merge(source: Basket, target: Basket, storefront: Storefront) -> BasketView:
    """Take one open basket into the other, which answers for both from now on. The caller holds both locks.

    Of a variant in both, with the same wishes, the larger quantity counts: it is more likely one wish seen twice than
    two. Details fill what is empty; files that were sent go along, and vouchers as far as there is room, and orders
    that have ended, since one whose money comes after all takes its pieces out. Raises BasketFull, and nothing has
    changed.
    """
    there = {line.line_reference: line for line in Line.objects.filter(basket=target)}
    moved, grown = [], []
    for line in Line.objects.filter(basket=source):
        same = there.get(line.line_reference)
        if same is None:
            line.basket = target
            moved.append(line)
        elif same.quantity < line.quantity:
            same.quantity = line.quantity
            grown.append(same)
    if len(there) + len(moved) > MAX_LINES:
        raise BasketFull
    Line.objects.bulk_update(moved, ["basket"])
    Upload.objects.filter(basket=source).update(basket=target)
    Order.objects.filter(basket=source).update(basket=target)
    Line.objects.bulk_update(grown, ["quantity"])
    _merge_vouchers(source, target)
    for name, empty in NO_DETAILS.items():
        setattr(target, name, getattr(target, name) or getattr(source, name))
        setattr(source, name, empty)
    source.status, source.owner_id, source.date_merged = Basket.MERGED, target.owner_id, timezone.now()
    source.save()
    Line.objects.filter(basket=source).delete()
    return _changed(target, storefront, fields=NO_DETAILS)


def _merge_vouchers(source: Basket, target: Basket) -> None:
    room = MAX_VOUCHERS - target.vouchers.count()
    more = source.vouchers.exclude(pk__in=target.vouchers.values("pk")).order_by("pk")
    target.vouchers.add(*more[:room])
    source.vouchers.clear()


def freeze(view: BasketView) -> None:
    """The basket has become an order; its lines keep the prices of that moment. The caller holds its lock."""
    basket = view.basket
    repriced = [priced for priced in view.lines if priced.line.price_excl_tax != priced.unit_price]
    for priced in repriced:
        priced.line.price_excl_tax = priced.unit_price
    Line.objects.bulk_update([priced.line for priced in repriced], ["price_excl_tax"])
    basket.status = Basket.FROZEN
    update(basket, "status")


def reopen(basket: Basket) -> None:
    """The order came to nothing: the shopper may go on where they were. The caller holds its lock."""
    if basket.status == Basket.FROZEN:
        basket.status = Basket.OPEN
        basket.version += 1
        basket.expires_at = new_expiry()
        basket.save(update_fields=["status", "version", "expires_at"])


class Bought(NamedTuple):
    """What an order has of a basket: a line by its reference, and the price of a piece."""

    reference: str
    quantity: int
    unit_price: Decimal


def give_up(basket: Basket, bought: Sequence[Bought]) -> bool:
    """An order that this basket was opened for again lives after all: it has what it has `bought`.

    Untouched the basket is frozen again. A changed one stays open with the rest, as a new version, and belongs to the
    order no more. Returns whether it still does. The caller holds its lock.
    """
    if basket.status != Basket.OPEN:
        return True
    lines = list(Line.objects.filter(basket=basket).order_by("pk"))
    if [Bought(line.line_reference, line.quantity, line.price_excl_tax) for line in lines] == list(bought):
        basket.status = Basket.FROZEN
        basket.save(update_fields=["status"])
        return True
    _take_out(lines, {each.reference: each.quantity for each in bought})
    basket.version += 1
    basket.save(update_fields=["version"])
    return False


def _take_out(lines: Sequence[Line], bought: Mapping[str, int]) -> None:
    for line in lines:
        line.quantity -= bought.get(line.line_reference, 0)
    Line.objects.filter(pk__in=[line.pk for line in lines if line.quantity <= 0]).delete()
    Line.objects.bulk_update([line for line in lines if line.quantity > 0], ["quantity"])


def remove_expired(*, limit: int = 1000) -> int:
    """Delete baskets that nobody came back to; returns how many."""
    ids = list(expired_before(timezone.now()).values_list("pk", flat=True)[:limit])
    return expired_before(timezone.now()).filter(pk__in=ids).delete()[0]


@transaction.atomic
def remove_unused_uploads(*, limit: int = 1000) -> int:
    """Delete the files that were never ordered, and whose basket is gone or has expired; returns how many."""
    left = Q(basket__isnull=True) | Q(basket__expires_at__lt=timezone.now())
    return delete_uploads(Upload.objects.filter(left, order__isnull=True), limit=limit)
