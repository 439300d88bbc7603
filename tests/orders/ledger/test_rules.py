"""What is entered for each thing that happens to money: by example, and that it always adds up."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.ledger import rules
from orders.ledger.rules import Account, Entries, Entry, Holder, Shares

D = Decimal
CENTS = st.integers(0, 10**7).map(lambda cents: D(cents).scaleb(-2))
PLACES = st.sampled_from([Account.STRIPE, Account.AT_HAND])
HOLDERS = st.one_of(
    st.builds(Holder, st.just(Account.OWED_TO_MAKER), st.integers(1, 9)),
    st.builds(Holder, st.just(Account.SHIPPING)),
    st.builds(Holder, st.just(Account.TAX)),
)
SHARES = st.dictionaries(HOLDERS, CENTS, min_size=1, max_size=6)


def assert_adds_up(entries: Entries) -> None:
    assert sum(entry.amount for entry in entries) == 0
    assert all(entry.amount for entry in entries)


@given(place=PLACES, shares=SHARES, amount=CENTS)
def test_whatever_happens_adds_up(place: Account, shares: Shares, amount: Decimal) -> None:
    for entries in (
        rules.charge(place, shares),
        rules.refund(place, shares),
        rules.late_charge(place, amount),
        rules.late_refund(place, amount),
        rules.provider_fee(amount),
        rules.dispute_opened(amount),
        rules.dispute_won(amount),
        rules.dispute_lost(shares),
        rules.reversed_entries(rules.refund(place, shares)),
    ):
        assert_adds_up(entries)


@given(shares=SHARES, data=st.data())
def test_a_part_adds_up_and_takes_from_nobody_more_than_there_is(shares: Shares, data: st.DataObject) -> None:
    whole = sum(shares.values(), D(0))
    amount = data.draw(st.integers(0, int(whole * 100)).map(lambda cents: D(cents).scaleb(-2)))
    part = rules.part(amount, shares, "USD")
    assert sum(part.values()) == amount
    assert all(0 < part[holder] <= shares[holder] for holder in part)


@given(shares=SHARES, data=st.data())
def test_parts_one_after_the_other_leave_nothing_behind(shares: Shares, data: st.DataObject) -> None:
    left: Shares = {holder: amount for holder, amount in shares.items() if amount}
    for _ in range(3):
        whole = int(sum(left.values(), D(0)) * 100)
        amount = D(data.draw(st.integers(0, whole))).scaleb(-2)
        left = rules.less(left, rules.part(amount, left, "USD"))
    last = rules.part(sum(left.values(), D(0)), left, "USD")
    assert last == left


@pytest.mark.parametrize("amount", ["-0.01", "10.01"])
def test_there_is_no_part_of_more_than_there_is(amount: str) -> None:
    with pytest.raises(ValueError, match="not a part"):
        rules.part(D(amount), {Holder(Account.TAX): D("10.00")}, "USD")


ITEMS = st.dictionaries(st.one_of(st.none(), st.integers(1, 9)), CENTS.filter(bool), min_size=1, max_size=5)


@given(items=ITEMS, shipping=CENTS, tax=CENTS, data=st.data())
def test_the_shares_of_an_order_are_its_total(
    items: dict[int | None, Decimal], shipping: Decimal, tax: Decimal, data: st.DataObject
) -> None:
    whole = int(sum(items.values()) * 100)
    discount = D(data.draw(st.integers(0, whole))).scaleb(-2)
    total = sum(items.values(), D(0)) + shipping + tax - discount
    shares = rules.shares_of_order(items=items, shipping=shipping, tax=tax, total=total, currency="USD")
    assert sum(shares.values(), D(0)) == total
    assert all(amount > 0 for amount in shares.values())


def test_one_maker_has_the_shipping_too() -> None:
    shares = rules.shares_of_order(items={7: D(180)}, shipping=D(12), tax=D(9), total=D(201), currency="USD")
    assert shares == {
        Holder(Account.OWED_TO_MAKER, 7): D(180),
        Holder(Account.SHIPPING, 7): D(12),
        Holder(Account.TAX): D(9),
    }


def test_a_discount_on_the_whole_is_each_makers_by_what_they_sold() -> None:
    shares = rules.shares_of_order(items={1: D(100), 2: D(50)}, shipping=D(6), tax=D(0), total=D(141), currency="USD")
    assert shares == {
        Holder(Account.OWED_TO_MAKER, 1): D(90),
        Holder(Account.OWED_TO_MAKER, 2): D(45),
        Holder(Account.SHIPPING): D(6),
    }


def test_money_that_comes_is_held_and_owed() -> None:
    shares = {Holder(Account.OWED_TO_MAKER, 7): D("180.00"), Holder(Account.SHIPPING, 7): D("12.00")}
    assert rules.charge(Account.STRIPE, shares) == (
        Entry(Account.STRIPE, D("192.00")),
        Entry(Account.OWED_TO_MAKER, D("-180.00"), 7),
        Entry(Account.SHIPPING, D("-12.00"), 7),
    )


def test_a_dispute_goes_out_and_comes_back_or_not() -> None:
    shares = {Holder(Account.OWED_TO_MAKER, 7): D("192.00")}
    balance: dict[Account, Decimal] = {}
    for entry in (*rules.charge(Account.STRIPE, shares), *rules.dispute_opened(D(192)), *rules.dispute_lost(shares)):
        balance[entry.account] = balance.get(entry.account, D(0)) + entry.amount
    assert set(balance.values()) == {D(0)}
    won = (*rules.dispute_opened(D(192)), *rules.dispute_won(D(192)))
    assert sum(entry.amount for entry in won if entry.account == Account.DISPUTED) == 0
