"""Finding an order for its customer, or for whoever holds its token."""

from typing import Any

from django.db.models import QuerySet

from orders.order import tokens
from orders.order.models import Order
from shop.actors import Actor
from shop.errors import NotFound
from shop.storefronts.models import Storefront


def seen_in(storefront: Storefront) -> QuerySet[Order]:
    """The orders that a storefront knows of: a maker's own those placed there, the platform's all of them."""
    return Order.objects.filter(storefront=storefront) if storefront.owner_id else Order.objects.all()


def find_sale(maker: Any, number: str) -> Order:
    """An order with a line of the maker's. Raises NotFound."""
    order = Order.objects.for_maker(maker.pk).filter(number=number.upper()).first()
    if order is None:
        raise NotFound
    return order


def get_order(number: str, *, token: str | None, actor: Actor, storefront: Storefront) -> Order:
    """The order, for its customer or with its token, in the storefront it was placed in.

    Raises AccessTokenMissing, AccessTokenExpired, and NotFound for another's sign-in or a wrong token as for an
    unknown number.
    """
    if actor.is_person and actor.user:
        if own := seen_in(storefront).filter(number=number, user=actor.user).first():
            return own
        if not token:
            raise NotFound
    tokens.check(number, token)
    order = Order.objects.filter(storefront.belongings, number=number).first()
    if order is None:
        raise NotFound
    return order
