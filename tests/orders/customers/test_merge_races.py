"""Two tabs sign in at once. Each race has a control: with the guard out, the same steps lose something."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from orders.basket import services as baskets
from orders.basket.models import Basket, Line
from orders.basket.queries import get_basket
from orders.customers import services as customers
from orders.order.models import Order
from shop.accounts.models import User
from shop.actors import Actor
from tests.factories import make_piece, make_variant
from tests.fakes.local_stripe import LocalStripe
from tests.orders.customers.steps import customer, quantities
from tests.orders.documented import DocumentedApi
from tests.races import LONG_SECONDS, SHORT_SECONDS, at_once, meeting

pytestmark = pytest.mark.django_db(transaction=True)
HOME = "/store/customer/basket"
GUEST = DocumentedApi()


@pytest.fixture(autouse=True)
def pieces() -> None:
    for name in ("band", "signet", "stud"):
        make_piece(name, make_variant(f"{name.upper()}-1", stock=50))


@pytest.fixture
def meet(guarded: bool) -> Callable[[], None]:
    return meeting(2, certain=not guarded)


def unlocked_person(actor: Actor) -> User:
    assert actor.user
    return User.objects.get(pk=actor.user.pk)


def looks_then_meets(meet: Callable[[], None], look: Callable[..., Any], *args: Any, **values: Any) -> Any:
    found = look(*args, **values)
    meet()
    return found


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_two_tabs_with_a_basket_each(guarded: bool, meet: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    ada = customer()
    first, second = GUEST.basket(BAND_1=1), GUEST.basket(SIGNET_1=1)
    monkeypatch.setattr(customers, "open_basket_of", partial(looks_then_meets, meet, customers.open_basket_of))
    if not guarded:
        monkeypatch.setattr(customers, "lock_person", unlocked_person)
    answers = at_once(*(partial(ada.post, HOME, {"basket": basket["id"]}) for basket in (first, second)))
    assert [answer.status_code for answer in answers] == [200, 200]
    monkeypatch.undo()
    shown = quantities(ada.get(HOME).json())
    open_ones = Basket.objects.filter(status=Basket.OPEN).count()
    # Without the guard either tab makes its basket the customer's only one, and the other is seen no more.
    assert (len(shown), open_ones) == ((2, 1) if guarded else (1, 2))


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_a_guests_tab_adds_a_line_meanwhile(
    guarded: bool, meet: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = customer()
    ada.basket(BAND_1=1)
    guest = GUEST.basket(SIGNET_1=1)

    def without_lock(basket_id: str, *, lock: bool = False, **values: Any) -> Basket:
        found = get_basket(basket_id, lock=lock and guarded, **values)
        meet()
        done.wait(SHORT_SECONDS if guarded else LONG_SECONDS)
        return found

    done = threading.Event()
    monkeypatch.setattr(baskets, "get_basket", without_lock)

    def merge() -> Any:
        meet()
        answer = ada.post(HOME, {"basket": guest["id"]})
        done.set()
        return answer

    add = partial(GUEST.post, f"/store/baskets/{guest['id']}/lines", {"sku": "STUD-1"})
    added, merged = at_once(add, merge)
    monkeypatch.undo()
    assert (added.status_code, merged.status_code) == (201, 200)
    shown = quantities(ada.get(HOME).json())
    # Without the guard a line that was promised with a 201 stays behind in a basket that is gone.
    assert ("STUD-1" in shown) is guarded
    assert {"BAND-1", "SIGNET-1"} <= shown.keys()


def test_two_tabs_with_the_same_basket() -> None:
    ada = customer()
    ada.basket(BAND_1=1)
    guest = GUEST.basket(BAND_1=3, SIGNET_1=2)
    answers = at_once(*[partial(ada.post, HOME, {"basket": guest["id"]})] * 4)
    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({answer.json()["version"] for answer in answers}) == 1
    assert quantities(ada.get(HOME).json()) == {"BAND-1": 3, "SIGNET-1": 2}
    assert Line.objects.count() == 2


def test_a_checkout_while_its_buyer_is_erased(stripe_server: LocalStripe) -> None:
    """Either the order came first and waits to be erased, or nobody is there any more to place it."""
    for number in range(4):
        email = f"ada{number}@example.com"
        ada = customer(email)
        checkout = partial(ada.checkout, ada.ready_basket(BAND_1=1))
        placed, erased = at_once(checkout, partial(ada.post, "/store/customer/erasure", {"confirm": email}))
        assert erased.status_code == 200
        if placed.status_code == 201:
            order = Order.objects.get(number=placed.json()["order"]["number"])
            assert (order.user, order.erase_when_done) == (None, True)
        else:
            assert (placed.status_code, placed.json()["code"]) == (401, "invalid_credentials")
    assert not Order.objects.filter(erase_when_done=False).exists()


def test_two_tabs_begin_a_basket() -> None:
    ada = customer()
    answers = at_once(*[partial(ada.post, "/store/baskets")] * 4)
    assert len({answer.json()["id"] for answer in answers}) == Basket.objects.count() == 1
