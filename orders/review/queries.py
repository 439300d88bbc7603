"""Orders under review, as a maker with a line in them reads them; and what is known of one when it is paid."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import DecimalField, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from orders.order.models import Order
from orders.payment.models import DECLINE, Payment, StripeEvent
from orders.review.rules import Facts, Limits
from shop import pagination
from shop.errors import NotFound
from shop.pagination import Page

NEWEST_FIRST = pagination.Order("reviews", "date_placed", descending=True)


def list_reviews(maker: Any, *, status: str, limit: int, cursor: str | None) -> Page[Order]:
    """A page of the maker's orders whose review stands so, newest first: one query."""
    own = _with_own_total(maker).filter(review=status)
    return pagination.paginate(own, order=NEWEST_FIRST, limit=limit, cursor=cursor)


def get_review(number: str, *, maker: Any) -> Order:
    """An order of the maker's, whether it is under review or not. Raises NotFound."""
    order = _with_own_total(maker).filter(number=number.upper()).first()
    if order is None:
        raise NotFound
    return order


def _with_own_total(maker: Any) -> QuerySet[Order]:
    """With `own_total`: what the maker's lines come to. Those of others are not theirs to see."""
    own = Sum("lines__line_price_incl_tax", filter=Q(lines__partner=maker))
    zero = Decimal(0)
    return Order.objects.for_maker(maker.pk).annotate(
        own_total=Coalesce(own, zero, output_field=DecimalField(max_digits=12, decimal_places=2))
    )


def limits() -> Limits:
    """As the settings give them today."""
    return Limits(settings.REVIEW_OVER, settings.REVIEW_DECLINES, settings.REVIEW_ADDRESSES)


def facts_of(order: Order) -> Facts:
    """Declines are counted by the events that Stripe has told us of, each once. Two queries."""
    payments = list(Payment.objects.filter(order=order).values_list("intent_id", "risk_level"))
    intents = [intent_id for intent_id, _ in payments if intent_id]
    return Facts(
        total=order.total_incl_tax,
        ship_to=order.ship_to,
        bill_to=order.bill_to,
        declines=StripeEvent.objects.filter(type=DECLINE, object_id__in=intents).count(),
        risk_levels={risk for _, risk in payments},
    )
