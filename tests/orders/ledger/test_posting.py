"""Posting: once by its key, in the transaction of what happened."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from orders.ledger.models import LedgerTransaction
from orders.ledger.queries import balance, entries_of, is_posted, order_shares, shares_due, shares_paid
from orders.ledger.rules import Account, Entry, Holder, Kind, charge, part, refund
from orders.ledger.services import post
from orders.order.models import Order
from tests.api import Api
from tests.factories import make_maker, make_piece

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def order(api: Api) -> Order:
    make_piece("band")
    return Order.objects.get(number=api.placed(BAND_1=1)["order"]["number"])


def pay(order: Order, amount: str, key: str) -> bool:
    shares = part(D(amount), shares_due(order), "USD")
    return post(key=key, kind=Kind.CHARGE, order=order, entries=charge(Account.STRIPE, shares))


def test_the_same_key_twice_does_nothing(order: Order) -> None:
    assert pay(order, "92.00", "a")
    once = entries_of("a")
    assert not pay(order, "50.00", "a")
    assert entries_of("a") == once
    assert balance(Account.STRIPE, "USD") == D("92.00")


def test_what_is_undone_is_not_entered(order: Order) -> None:
    with transaction.atomic():
        pay(order, "92.00", "a")
        transaction.set_rollback(True)
    assert not is_posted("a")


def test_what_does_not_add_up_is_told_at_once(order: Order) -> None:
    with pytest.raises(ValueError, match="add up"):
        post(key="a", kind=Kind.CHARGE, order=order, entries=[Entry(Account.STRIPE, D(1))])
    assert not is_posted("a")


def test_nothing_is_no_posting(order: Order) -> None:
    assert not post(key="a", kind=Kind.CHARGE, order=order, entries=[])
    assert not LedgerTransaction.objects.exists()


def test_two_payments_bring_each_share_in_full(order: Order) -> None:
    maker = make_maker().pk
    shares = {Holder(Account.OWED_TO_MAKER, maker): D("180.00"), Holder(Account.SHIPPING, maker): D("12.00")}
    assert order_shares(order) == shares_due(order) == shares
    pay(order, "33.33", "deposit")
    pay(order, "158.67", "balance")
    assert (shares_paid(order), shares_due(order)) == (shares, {})
    assert balance(Account.OWED_TO_MAKER, "USD", maker=maker) == D("-180.00")
    assert balance(Account.STRIPE, "EUR") == 0


def test_what_went_back_is_not_paid_any_more(order: Order) -> None:
    pay(order, "192.00", "a")
    goes_back = part(D("96.00"), shares_paid(order), "USD")
    post(key="b", kind=Kind.REFUND, order=order, entries=refund(Account.STRIPE, goes_back))
    assert sorted(shares_paid(order).values()) == [D("6.00"), D("90.00")]


def test_one_query_for_what_is_paid(order: Order, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        shares_paid(order)
    with django_assert_num_queries(2):
        shares_due(order)
