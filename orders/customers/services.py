"""A guest becomes a customer: their orders and their basket become theirs; and a lost link is sent again."""

from http import HTTPStatus

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from orders.basket.models import Basket
from orders.basket.queries import BasketView, open_basket_of
from orders.basket.services import BasketNotOpen, adopt, merge, show_basket
from orders.customers.queries import LINK_MAIL, links_sent_lately
from orders.order import tokens
from orders.order.models import Order
from orders.order.services import claim_of_guests, lock_order
from shop.accounts.events import EmailVerified, SignedIn
from shop.accounts.models import User
from shop.accounts.queries import verified_emails
from shop.accounts.services import lock_person
from shop.actors import Actor
from shop.errors import DomainError, NotFound
from shop.jobs.services import defer
from shop.mail import services as mail
from shop.mail.addresses import is_mail_address
from shop.storefronts.models import Storefront
from shop.storefronts.queries import default_storefront

LINKS_AN_HOUR = 3


class NoBasket(DomainError):
    code = "no_basket"
    status = HTTPStatus.NOT_FOUND
    title = "The customer has no open basket here"
    detail = "Begin one at POST /v1/store/baskets."


@transaction.atomic
def claim_orders(event: EmailVerified | SignedIn) -> None:
    """A guest's orders become those of the person who has shown to read their mail."""
    person = User.objects.select_for_update(no_key=True).filter(pk=event.user_id).first()
    if person:
        claim_of_guests(person, emails=verified_emails(person))


@transaction.atomic
def merge_basket(basket_id: str, *, actor: Actor, storefront: Storefront) -> BasketView:
    """Take a guest's basket into the customer's open one, or make it that one. Returns the customer's basket.

    A repeated call changes nothing. Lock order: the person, then baskets by their keys.
    Raises NotFound for a basket of somebody else or of another storefront, BasketNotOpen for one that has become an
    order, BasketFull, and NoBasket where what it was merged into is gone.
    """
    person = lock_person(actor)
    own = open_basket_of(person, storefront=storefront)
    reachable = Basket.objects.filter(storefront.belongings, Q(owner__isnull=True) | Q(owner=person))
    wanted = Q(public_id=basket_id) | Q(pk=own.pk if own else None)
    locked = list(reachable.filter(wanted).select_for_update(no_key=True, of=("self",)).order_by("pk"))
    given = next((basket for basket in locked if basket.public_id == basket_id), None)
    # As the lock found it: it may have become an order, or expired, a moment ago.
    own = next((basket for basket in locked if own and basket.pk == own.pk and basket.status == Basket.OPEN), None)
    if given is None:
        raise NotFound
    if given.status == Basket.MERGED:
        return show_basket(_there(own).public_id, actor=actor, storefront=storefront)
    if given.status != Basket.OPEN:
        raise BasketNotOpen
    if given.expires_at <= timezone.now():
        raise NotFound
    if own is None or own.pk == given.pk:
        return adopt(given, person, storefront)
    return merge(given, own, storefront)


def _there(basket: Basket | None) -> Basket:
    if basket is None:
        raise NoBasket
    return basket


def customers_basket(actor: Actor, *, storefront: Storefront) -> BasketView:
    """The customer's open basket in this storefront. Raises NoBasket."""
    basket = _there(open_basket_of(actor.user, storefront=storefront) if actor.user else None)
    return show_basket(basket.public_id, actor=actor, storefront=storefront)


def ask_for_link(*, number: str, email: str, storefront: Storefront) -> None:
    """Have an order's link sent to its address, if that is the one given.

    Whether it is shows nowhere: the same is looked up and the same enqueued, and a job knows the rest.
    """
    order = Order.objects.filter(storefront.belongings, number=number.upper()).first()
    is_theirs = order is not None and order.guest_email.lower() == email.lower()
    defer("orders.customers.send_order_link", order_id=order.pk if order and is_theirs else None)


@transaction.atomic
def send_order_link(order_pk: int) -> None:
    """Mail an order's link and a fresh token to the order's address, at most a few times an hour."""
    order = lock_order(order_pk)
    email = order.guest_email
    if not is_mail_address(email) or links_sent_lately(email) >= LINKS_AN_HOUR:
        return
    storefront = order.storefront or default_storefront()
    now = timezone.now()
    token = tokens.issue(order.number, now)
    link = storefront.link("order", number=order.number, token=token)
    told = {"number": order.number, "link": link, "token": token, "good_until": tokens.good_until(now)}
    mail.send(LINK_MAIL, to=email, context=told, storefront=storefront)
