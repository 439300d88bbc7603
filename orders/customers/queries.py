"""A customer's orders and baskets, and how often somebody was sent a link."""

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone

from orders.basket.models import Basket
from orders.checkout.queries import with_amounts, with_history
from orders.order.models import Order
from orders.order.queries import seen_in
from orders.order.status import FINISHED
from shop import pagination
from shop.accounts.models import User
from shop.mail.models import Mail
from shop.pagination import Page
from shop.storefronts.models import Storefront

NEWEST_FIRST = pagination.Order("placed", "date_placed", descending=True)
LINK_MAIL = "order_link"


def order_history(user: User, *, storefront: Storefront, limit: int, cursor: str | None) -> Page[Order]:
    """A page of the customer's orders that this storefront knows of, newest first: four queries."""
    own = with_amounts(seen_in(storefront).filter(user=user))
    return pagination.paginate(own, order=NEWEST_FIRST, limit=limit, cursor=cursor)


def all_orders(user: User) -> QuerySet[Order]:
    """Every order of the customer's with all there is to it, oldest first: five queries."""
    return with_history(with_amounts(Order.objects.filter(user=user).order_by("pk")))


def open_baskets(user: User) -> QuerySet[Basket]:
    return Basket.objects.filter(owner=user, status=Basket.OPEN).select_related("storefront").order_by("pk")


def baskets_to_delete(user: User, *, emails: Iterable[str]) -> QuerySet[Basket]:
    """The customer's baskets, those that have become their orders, and a guest's with one of their addresses."""
    ordered = Order.objects.filter(user=user).values("basket")
    named = Q(owner__isnull=True, email_lower__in=list(emails))
    baskets = Basket.objects.annotate(email_lower=Lower("email"))
    return baskets.filter(Q(owner=user) | Q(pk__in=ordered) | named).order_by("pk")


def orders_to_erase() -> list[int]:
    """Ended orders whose buyer has asked to be forgotten."""
    return list(Order.objects.filter(erase_when_done=True, status__in=FINISHED).values_list("pk", flat=True))


def links_sent_lately(email: str) -> int:
    """How many mails with an order's link were written to this address in the last hour."""
    since = timezone.now() - timedelta(hours=1)
    return Mail.objects.to_address(email).filter(template=LINK_MAIL, created_at__gt=since).count()
