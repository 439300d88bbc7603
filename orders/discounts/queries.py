"""What offers and vouchers make of a basket: asked anew at each read, at a cost that the lines do not raise."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from django.db.models import Q
from django.utils import timezone

from orders.offer.models import Benefit, Condition, ConditionalOffer, Range
from orders.offer.queries import KIND_OF, NEVER, Customer, Uses, for_group_of, pieces_in, uses_of
from orders.offer.rules import AMOUNT, ON_SHIPPING, SHIPPING_FIXED, Discount, Item, Offer
from orders.order.models import Line as OrderLine
from orders.order.models import OrderDiscount
from orders.order.status import ENDED
from orders.voucher.models import Voucher
from orders.voucher.queries import VoucherState, states_of
from orders.voucher.rules import ALREADY_USED, CODE, EXPIRED, NOT_YET_VALID, USED_UP, normal
from shop.errors import DomainError
from shop.prepared import Part, columns, fetch
from shop.storefronts.models import Storefront


@dataclass(frozen=True, slots=True)
class Wanted:
    """A line of a basket, as far as offers ask: its piece and maker by their keys."""

    item: Item
    piece: int
    maker: int


@dataclass(frozen=True, slots=True)
class Deals:
    """The offers that are open to a basket, in the order in which they apply, and its vouchers."""

    offers: Sequence[Offer]
    vouchers: Sequence[VoucherState]


NO_DEALS = Deals((), ())


OFFER = Part(
    ConditionalOffer, "offer", "id", "name", "offer_type", "priority", "exclusive", "maker", "ended_at",
    "max_basket_applications", "max_global_applications", "max_user_applications", "max_discount",
)  # fmt: skip
CONDITION = Part(Condition, "condition", "id", "type", "value")
BENEFIT = Part(Benefit, "benefit", "id", "type", "value")
RANGE = Part(Range, "range", "id", "includes_all_products")
# A maker's fits a basket with lines of the maker's; the platform's fit its own storefronts, not a maker's.
FITS = """
    (offer.maker_id = ANY(%(makers)s) OR %(is_platforms)s AND offer.maker_id IS NULL)
    AND (offer.group_id IS NULL OR EXISTS (SELECT FROM offer_customergroup_members AS member
        WHERE member.customergroup_id = offer.group_id AND member.user_id = %(user)s))
    AND (offer.start_datetime IS NULL OR offer.start_datetime <= %(now)s)
    AND (offer.end_datetime IS NULL OR offer.end_datetime > %(now)s) AND offer.ended_at IS NULL
"""
OPEN_TO_BASKET = f"""
    (offer.offer_type = '{ConditionalOffer.SITE}' AND {FITS}
    OR offer.offer_type = '{ConditionalOffer.VOUCHER}' AND offer.id IN (
        SELECT opened.conditionaloffer_id FROM voucher_voucher_offers AS opened
        JOIN basket_basket_vouchers AS there USING (voucher_id) WHERE there.basket_id = %(basket)s))
"""
# Where this is false no offer is open to the basket, and it has no voucher.
MAY_HAVE_DEALS = f"""
    (EXISTS (SELECT FROM offer_conditionaloffer WHERE offer_type = '{ConditionalOffer.SITE}' AND ended_at IS NULL)
    OR EXISTS (SELECT FROM basket_basket_vouchers AS there WHERE there.basket_id = %(basket)s))
"""
CANDIDATES = f"""
    SELECT {columns(OFFER, CONDITION, BENEFIT, RANGE)}, {FITS}
    FROM offer_conditionaloffer AS offer JOIN offer_condition AS condition ON condition.id = offer.condition_id
    JOIN offer_benefit AS benefit ON benefit.id = offer.benefit_id
    LEFT JOIN offer_range AS range ON range.id = condition.range_id
    WHERE {OPEN_TO_BASKET} ORDER BY offer.priority DESC, offer.id
"""
LIMITED = f"""
    SELECT offer.id FROM offer_conditionaloffer AS offer
    WHERE {OPEN_TO_BASKET} AND num_nonnulls(
        offer.max_global_applications, offer.max_user_applications, offer.max_discount) > 0
"""


class UnknownVoucher(DomainError):
    code = "unknown_voucher"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    title = "There is no such voucher here"
    detail = "Look at the code again; it is of this shop only."


class VoucherNotYetValid(DomainError):
    code = NOT_YET_VALID
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    title = "The voucher cannot be used yet"
    detail = "Its time has not come; try again later."


class VoucherExpired(DomainError):
    code = EXPIRED
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    title = "The voucher cannot be used any more"
    detail = "Its time is over."


class VoucherUsedUp(DomainError):
    code = USED_UP
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    title = "The voucher has been used up"
    detail = "It was good for so many orders, and they have been placed."


class VoucherAlreadyUsed(DomainError):
    code = ALREADY_USED
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    title = "You have used this voucher before"
    detail = "It is good for one order of each customer."


REFUSALS: Mapping[str, type[DomainError]] = {
    each.code: each for each in (VoucherNotYetValid, VoucherExpired, VoucherUsedUp, VoucherAlreadyUsed)
}


def usable_voucher(code: str, *, storefront: Storefront, customer: Customer) -> int:
    """The key of the voucher that the customer may put into a basket here.

    One that is another storefront's or another group's is as unknown as none. Raises UnknownVoucher,
    VoucherNotYetValid, VoucherExpired, VoucherUsedUp and VoucherAlreadyUsed.
    """
    if not re.fullmatch(CODE, code.strip()):
        raise UnknownVoucher
    here = storefront.shows("maker")
    if storefront.owner_id is None:
        here |= Q(maker=None)
    states = states_of(Voucher.objects.filter(here, code=normal(code)), customer)
    rows = list(for_group_of(customer.user_id).filter(pk__in=states[0].offers)) if states else []
    if not rows:
        raise UnknownVoucher
    state = _with_offers(states[0], rows, uses_of([row.pk for row in rows if _is_limited(row)], customer))
    if state.problem:
        raise REFUSALS[state.problem]
    return state.pk


def deals_for(*, basket_id: int, storefront: Storefront, customer: Customer, wanted: Sequence[Wanted]) -> Deals:
    """One query where there is no offer, eight at most where there are, however many lines and offers."""
    rows = _candidates(basket_id, storefront, customer, wanted)
    if not rows:
        return NO_DEALS
    by_voucher = any(row.offer_type == ConditionalOffer.VOUCHER for row in rows)
    vouchers = states_of(Voucher.objects.filter(basket=basket_id), customer) if by_voucher else []
    limited = [row.pk for row in rows if _is_limited(row)]
    uses = uses_of(limited, customer) if limited else {}
    vouchers = [_with_offers(state, rows, uses) for state in vouchers]
    codes = {pk: state.code for state in reversed(vouchers) if not state.problem for pk in state.offers}
    fitting = [row for row in rows if row.fits and (row.offer_type == ConditionalOffer.SITE or row.pk in codes)]
    offers = _as_rules(fitting, wanted, uses, codes)
    return Deals(sorted(offers, key=lambda offer: _turn(offer, fitting)), vouchers)


def limited_offers(
    basket_id: int, *, storefront: Storefront, makers: Collection[int], user_id: int | None
) -> list[int]:
    """Those with a limit that an order of this basket could use."""
    return [pk for (pk,) in fetch(LIMITED, _asked(basket_id, storefront, makers, user_id))]


def kept_discounts(basket_id: int, lines: Sequence[int]) -> list[Discount]:
    """What was taken off the order that the basket has become; `lines` are the basket's, as the order's were made."""
    ordered = OrderLine.objects.filter(order__basket=basket_id).exclude(order__status__in=ENDED).order_by("pk")
    line_of = dict(zip(ordered.values_list("pk", flat=True), lines, strict=False))
    rows = OrderDiscount.objects.filter(order__basket=basket_id).exclude(order__status__in=ENDED).order_by("pk")
    return [
        _as_kept(row, {line_of[each.line_id]: each.amount for each in row.discount_lines.all()})
        for row in rows.prefetch_related("discount_lines")
    ]


def _as_kept(row: OrderDiscount, by_line: Mapping[int, Decimal]) -> Discount:
    kind = SHIPPING_FIXED if row.is_shipping_discount else AMOUNT
    offer = Offer(row.offer_id, row.offer_name, kind, row.amount, frozenset(by_line), code=row.voucher_code)
    return Discount(offer, row.frequency, row.amount, by_line)


def _candidates(
    basket_id: int, storefront: Storefront, customer: Customer, wanted: Sequence[Wanted]
) -> list[ConditionalOffer]:
    """The offers that anybody gets, and those that a voucher of the basket opens. Each knows whether it `fits`."""
    makers = {each.maker for each in wanted}
    rows = fetch(CANDIDATES, _asked(basket_id, storefront, makers, customer.user_id))
    return [_read_offer(iter(row)) for row in rows]


def _asked(basket_id: int, storefront: Storefront, makers: Collection[int], user_id: int | None) -> dict[str, Any]:
    return {
        "basket": basket_id,
        "makers": list(makers),
        "is_platforms": storefront.owner_id is None,
        "user": user_id,
        "now": timezone.now(),
    }


def _read_offer(row: Iterator[Any]) -> ConditionalOffer:
    offer: ConditionalOffer = OFFER.read(row)
    offer.condition, offer.benefit = CONDITION.read(row), BENEFIT.read(row)
    offer.condition.range = RANGE.read(row)
    offer.fits = next(row)
    return offer


def _is_limited(row: ConditionalOffer) -> bool:
    limits = (row.max_global_applications, row.max_user_applications, row.max_discount)
    return any(limit is not None for limit in limits)


def _with_offers(state: VoucherState, rows: Sequence[ConditionalOffer], uses: Mapping[int, Uses]) -> VoucherState:
    """A voucher none of whose offers can be used cannot be used either."""
    own = [row for row in rows if row.pk in state.offers]
    if state.problem or not own:
        return state
    if all(row.ended_at is not None for row in own):
        return _blocked(state, EXPIRED)
    if all(_is_used_up(row, uses.get(row.pk, NEVER)) for row in own):
        return _blocked(state, USED_UP)
    return state


def _blocked(state: VoucherState, problem: str) -> VoucherState:
    return VoucherState(state.pk, state.code, state.label, state.offers, problem)


def _is_used_up(row: ConditionalOffer, uses: Uses) -> bool:
    return _uses_left(row, uses) == 0 or _budget_left(row, uses) == 0


def _uses_left(row: ConditionalOffer, uses: Uses) -> int | None:
    left = []
    if row.max_basket_applications is not None:
        left.append(row.max_basket_applications)
    if row.max_global_applications is not None:
        left.append(row.max_global_applications - uses.times)
    if row.max_user_applications is not None:
        left.append(row.max_user_applications - uses.times_of_customer)
    return max(0, min(left)) if left else None


def _budget_left(row: ConditionalOffer, uses: Uses) -> Decimal | None:
    return None if row.max_discount is None else max(Decimal(0), row.max_discount - uses.amount)


def _turn(offer: Offer, rows: Sequence[ConditionalOffer]) -> tuple[int, bool, int]:
    """By priority; what a shopper has typed a code for comes before what anybody gets."""
    priority = next(row.priority for row in rows if row.pk == offer.key)
    return -priority, not offer.code, offer.key


def _as_rules(
    rows: Sequence[ConditionalOffer], wanted: Sequence[Wanted], uses: Mapping[int, Uses], codes: Mapping[int, str]
) -> list[Offer]:
    inside = pieces_in([row.condition.range for row in rows], {each.piece for each in wanted}) if rows else {}
    makers = {each.maker for each in wanted}
    lines_of = defaultdict(set)
    for row in rows:
        # Shipping is of the whole basket: who is not its only maker cannot bear it.
        if KIND_OF[row.benefit.type] in ON_SHIPPING and row.maker_id is not None and makers != {row.maker_id}:
            continue
        mine = [each for each in wanted if row.maker_id is None or each.maker == row.maker_id]
        lines_of[row.pk] = {each.item.line for each in mine if each.piece in inside[row.condition.range_id]}
    return [_as_rule(row, frozenset(lines_of[row.pk]), uses.get(row.pk, NEVER), codes.get(row.pk, "")) for row in rows]


def _as_rule(row: ConditionalOffer, lines: frozenset[int], uses: Uses, code: str) -> Offer:
    condition, benefit = row.condition, row.benefit
    return Offer(
        key=row.pk,
        label=row.name,
        kind=KIND_OF[benefit.type],
        value=benefit.value or Decimal(0),
        lines=lines,
        min_quantity=int(condition.value) if condition.type == Condition.COUNT else 1,
        min_amount=condition.value if condition.type == Condition.VALUE else Decimal(0),
        exclusive=row.exclusive,
        uses_left=_uses_left(row, uses),
        budget_left=_budget_left(row, uses),
        code=code,
        maker=row.maker_id,
    )
