"""Placing an order from a basket: one short transaction, nothing charged that was not shown."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus

from django.conf import settings
from django.db import IntegrityError, connection
from django.utils import timezone

from catalog.browse.shapes import options
from catalog.inventory.services import StockExhausted, hold_locked, lock_records
from catalog.partner.models import StockRecord
from catalog.personalization.models import Upload
from catalog.personalization.rules import kept_uploads
from orders.basket.models import Basket
from orders.basket.queries import BasketView, PricedLine, get_basket, lines_of, view_basket
from orders.basket.services import BasketNotOpen, freeze
from orders.basket.shapes import shipping_option as shipping_option_shape
from orders.checkout.queries import Found, Written, as_read, look, read_order
from orders.checkout.rules import differences, only_stock
from orders.discounts.services import lock_limited, record_discounts
from orders.offer.rules import Discount
from orders.order.events import OrderPlaced
from orders.order.models import Line as OrderLine
from orders.order.models import Order, OrderStatusChange
from orders.order.services import mark_paid
from orders.order.status import OrderStatus
from orders.paying.services import ProviderOff, hold_ends
from orders.payment.models import Payment
from orders.payment.services import new_payment
from shop.accounts.models import User
from shop.accounts.services import lock_person
from shop.actors import Actor
from shop.errors import DomainError, FieldError
from shop.events.services import atomic, publish
from shop.http import public_url
from shop.ids import new_number
from shop.mail.addresses import mailbox
from shop.prepared import insert, insert_all
from shop.storefronts.models import Storefront
from shop.throttling import network_of


class BasketChanged(DomainError):
    code = "basket_changed"
    title = "The basket is not what the shopper saw"
    detail = "Nothing was charged. Read the basket, show it again, and check out with its version and total."


class CheckoutIncomplete(DomainError):
    code = "checkout_incomplete"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    title = "Something is missing for the order"
    detail = "Fill in what `errors` names, then check out."


class TooManyUnpaidOrders(DomainError):
    code = "too_many_unpaid_orders"
    status = HTTPStatus.TOO_MANY_REQUESTS
    title = "Too many orders wait to be paid"
    detail = "Pay or cancel one of them first; an unpaid order ends by itself when its hold does."
    retry_after = 60


@dataclass(frozen=True, slots=True)
class Expected:
    """The basket as the shopper last saw it."""

    version: int
    total: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Placed:
    """An order as `read_order` reads it, and the payment it waits for; None where nothing is due."""

    order: Order
    payment: Payment | None


@atomic()
def place_order(
    basket_id: str, *, actor: Actor, storefront: Storefront, provider: str, expected: Expected, claim: str | None
) -> Placed:
    """Turn the basket into an order that holds its stock; paid at once when nothing is due.

    `claim` is the request's idempotency claim: the same one finds the order it made before. Unpaid orders are capped
    by the caller's address. Who is signed in is the order's customer.
    Raises BasketNotOpen, ProviderOff, CheckoutIncomplete, BasketChanged, StockExhausted, TooManyUnpaidOrders and
    TotalNotChargeable; then nothing has changed.
    """
    customer = lock_person(actor) if actor.is_person else None
    basket = get_basket(basket_id, actor=actor, storefront=storefront, lock=True)
    found = look(basket, claim)
    if found.placed:
        placed = read_order(found.placed)
        return Placed(placed, next(iter(placed.payments.all()), None))
    if basket.status != Basket.OPEN:
        raise BasketNotOpen
    if provider not in storefront.providers:
        raise ProviderOff
    placed_from = network_of(actor.address)[:45]
    _wait_for_others_of(basket, placed_from)
    records = _lock_what_it_takes(basket, storefront, found)
    lines = lines_of(basket, storefront)._replace(may_have_deals=found.may_have_deals)
    view = view_basket(basket, storefront, lines)
    _check_complete(view)
    _check_expected(view, expected)
    _check_unpaid(basket, placed_from)
    try:
        written = _create_order(view, claim, customer, storefront, provider, placed_from=placed_from)
    except IntegrityError as error:
        # Beneath the lock, the database lets one order of a basket live.
        raise BasketNotOpen from error
    order = written.order
    _take_uploads(view, order)
    hold_locked(records, _quantities(view), reference=order.number)
    freeze(view)
    publish(OrderPlaced(order.pk))
    if order.total_incl_tax == 0:
        mark_paid(order)
        return Placed(read_order(order.number), None)
    instructions = storefront.payment_instructions
    payment = new_payment(order, provider=provider, amount=order.total_incl_tax, instructions=instructions)
    return Placed(as_read(written, payment), payment)


def _lock_what_it_takes(basket: Basket, storefront: Storefront, found: Found) -> dict[int, StockRecord]:
    """Limited offers and vouchers, then stock: whoever would take of them as well waits. Returns the stock records."""
    if found.may_have_deals:
        lock_limited(basket.pk, storefront=storefront, makers=found.makers, user_id=basket.buyer_id)
    return lock_records(found.records)


def _take_uploads(view: BasketView, order: Order) -> None:
    """The files that its lines name are the order's now, and are kept. Raises BasketChanged where one has gone."""
    named = set().union(*(kept_uploads(line.personalization.wishes) for line in view.lines))
    if named and Upload.objects.filter(basket=view.basket, public_id__in=named).update(order=order) < len(named):
        raise BasketChanged


def _quantities(view: BasketView) -> dict[int, int]:
    """What is to be held of each stock record, over all its lines."""
    wanted: Counter[int] = Counter()
    for priced in view.lines:
        wanted[priced.record.pk] += priced.line.quantity
    return dict(wanted)


def _check_complete(view: BasketView) -> None:
    basket = view.basket
    wanted = {
        "lines": bool(view.lines),
        "email": bool(basket.email),
        "shipping_address": bool(basket.shipping_address),
        "shipping_option": view.shipping_option is not None,
    }
    missing: list[FieldError] = [
        {"field": name, "code": "required", "message": "An order needs this."}
        for name, there in wanted.items()
        if not there
    ]
    if missing:
        raise CheckoutIncomplete(errors=missing)


def _wait_for_others_of(basket: Basket, placed_from: str) -> None:
    """Until the end of the transaction nobody else counts this mailbox's or client address' unpaid orders.

    Before stock is locked, so that whoever waits here holds up no other buyer.
    """
    if not settings.LIMITS:
        return
    with connection.cursor() as cursor:
        for name in (f"mail {mailbox(basket.email)}", f"address {placed_from}"):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"unpaid orders of {name}"])


def _check_unpaid(basket: Basket, placed_from: str) -> None:
    """Nobody empties the shelf without paying: so many unpaid orders a mailbox and a client address."""
    if not settings.LIMITS:
        return
    unpaid = Order.objects.filter(status=OrderStatus.AWAITING_PAYMENT)
    by_mail = unpaid.filter(mailbox=mailbox(basket.email)).count()
    by_address = unpaid.filter(placed_from=placed_from).count()
    if by_mail >= settings.UNPAID_ORDERS_PER_EMAIL or by_address >= settings.UNPAID_ORDERS_PER_ADDRESS:
        raise TooManyUnpaidOrders


def _check_expected(view: BasketView, expected: Expected) -> None:
    found = differences(
        seen_version=expected.version,
        version=view.basket.version,
        seen_total=expected.total,
        total=view.totals.total,
        is_as_shown=view.is_as_shown,
        problems=view.problems,
        vouchers={state.code: state.problem for state in view.vouchers if state.problem},
    )
    if expected.currency != view.basket.currency:
        message = f"The basket is in {view.basket.currency}."
        found.append({"field": "expected.total.currency", "code": "currency", "message": message})
    if found:
        raise StockExhausted(errors=found) if only_stock(found) else BasketChanged(errors=found)


def _create_order(
    view: BasketView,
    claim: str | None,
    customer: User | None,
    storefront: Storefront,
    provider: str,
    *,
    placed_from: str,
) -> Written:
    basket, totals, option = view.basket, view.totals, view.shipping_option
    if option is None:
        raise CheckoutIncomplete
    now, off_shipping = timezone.now(), [each for each in view.discounts if each.is_on_shipping]
    shipping = totals.shipping - _sum(off_shipping)
    order = Order(
        number=new_number(),
        basket=basket,
        user=customer,
        storefront=storefront.stored,
        placed_by_claim=claim,
        date_placed=now,
        hold_expires_at=hold_ends(provider, now),
        currency=basket.currency,
        total_incl_tax=totals.total,
        total_excl_tax=totals.total - totals.tax,
        shipping_incl_tax=shipping,
        shipping_excl_tax=shipping,
        shipping_promotion=_sum(each for each in off_shipping if each.offer.maker is None),
        shipping_method=option.label,
        shipping_code=option.code,
        guest_email=basket.email,
        mailbox=mailbox(basket.email),
        phone=basket.phone,
        ship_to=basket.shipping_address,
        bill_to=basket.billing_address,
        gift_note=basket.gift_note,
        promised_shipping=shipping_option_shape(option, basket.currency),
        placed_from=placed_from,
    )
    insert(order)
    lines = insert_all([_order_line(order, priced, view) for priced in view.lines])
    line_of = {priced.line.pk: line for priced, line in zip(view.lines, lines, strict=True)}
    discounts = record_discounts(order, discounts=view.discounts, vouchers=view.vouchers, lines=line_of)
    change = insert(OrderStatusChange(order=order, old_status="", new_status=OrderStatus.AWAITING_PAYMENT))
    return Written(order, lines, discounts, change)


def _sum(discounts: Iterable[Discount]) -> Decimal:
    return sum((each.amount for each in discounts), Decimal(0))


def _order_line(order: Order, priced: PricedLine, view: BasketView) -> OrderLine:
    """The line as it is bought; from here on the catalog may change as it likes."""
    piece, record, total, discount = priced.piece, priced.record, priced.line_total, view.discount_of(priced)
    return OrderLine(
        order=order,
        partner=piece.maker,
        partner_name=piece.maker.display_name,
        partner_sku=record.partner_sku,
        stockrecord=record,
        product=priced.variant,
        title=piece.title,
        slug=piece.slug,
        options=options(priced.variant),
        personalization=list(priced.personalization.wishes),
        final_sale=priced.final_sale,
        image_url=public_url(piece.pictures[0].original.url) if piece.pictures else "",
        quantity=priced.line.quantity,
        num_allocated=priced.line.quantity,
        lead_time_days=priced.lead_time_days,
        unit_price_incl_tax=priced.unit_price,
        unit_price_excl_tax=priced.unit_price,
        line_price_incl_tax=total - discount,
        line_price_excl_tax=total - discount,
        line_price_before_discounts_incl_tax=total,
        line_price_before_discounts_excl_tax=total,
        promotion=view.promotion_of(priced),
    )
