"""Taking what offers and vouchers grant, with the order and for as long as it lives."""

from collections.abc import Collection, Mapping, Sequence

from orders.discounts.queries import limited_offers
from orders.offer.models import ConditionalOffer
from orders.offer.rules import Discount
from orders.order.models import Line, Order, OrderDiscount, OrderLineDiscount
from orders.voucher.models import Voucher, VoucherApplication
from orders.voucher.queries import VoucherState
from shop.prepared import fetch, insert_all
from shop.storefronts.models import Storefront

LOCK_VOUCHERS = f"""
    SELECT voucher.id FROM voucher_voucher AS voucher
    JOIN basket_basket_vouchers AS there ON there.voucher_id = voucher.id
    WHERE there.basket_id = %(basket)s
        AND (voucher.usage <> '{Voucher.MULTI_USE}' OR voucher.max_uses IS NOT NULL)
    ORDER BY voucher.id FOR NO KEY UPDATE OF voucher
"""


def lock_limited(basket_id: int, *, storefront: Storefront, makers: Collection[int], user_id: int | None) -> None:
    """Nobody else takes of the limited offers and vouchers of this basket before the transaction ends.

    Ask what they grant afterwards, in a new statement: what others took meanwhile is counted then. Offers first, then
    vouchers, each by primary key.
    """
    wanted = limited_offers(basket_id, storefront=storefront, makers=makers, user_id=user_id)
    if wanted:
        offers = ConditionalOffer.objects.filter(pk__in=wanted).order_by("pk")
        list(offers.select_for_update(no_key=True).values_list("pk"))
    fetch(LOCK_VOUCHERS, {"basket": basket_id})


def record_discounts(
    order: Order, *, discounts: Sequence[Discount], vouchers: Sequence[VoucherState], lines: Mapping[int, Line]
) -> Sequence[OrderDiscount]:
    """Write down what was taken off a new order, by whom it is borne, and of which of its `lines`.

    `lines` are the order's by the basket's. That is what uses are counted from: while the order lives they are taken.
    """
    rows = insert_all([_as_row(order, discount, vouchers) for discount in discounts])
    insert_all(
        [
            OrderLineDiscount(line=lines[line], order_discount=row, is_incl_tax=True, amount=amount)
            for row, discount in zip(rows, discounts, strict=True)
            for line, amount in discount.by_line.items()
        ]
    )
    used = {row.voucher_id for row in rows if row.voucher_id}
    insert_all([VoucherApplication(voucher_id=pk, order=order, user_id=order.user_id) for pk in sorted(used)])
    return rows


def _as_row(order: Order, discount: Discount, vouchers: Sequence[VoucherState]) -> OrderDiscount:
    offer = discount.offer
    voucher = next((state for state in vouchers if state.code == offer.code), None)
    return OrderDiscount(
        order=order,
        category=OrderDiscount.SHIPPING if discount.is_on_shipping else OrderDiscount.BASKET,
        offer_id=offer.key,
        offer_name=offer.label,
        voucher_id=voucher.pk if voucher else None,
        voucher_code=offer.code,
        frequency=discount.uses,
        amount=discount.amount,
        maker_id=offer.maker,
    )
