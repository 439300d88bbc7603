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


@st.composite
def sales(draw: st.DrawFn) -> Shares:
    """Shares of a sale of which the platform has borne some: its own below zero."""
    shares = draw(SHARES.filter(lambda shares: any(shares.values())))
    added = {}
    for holder, amount in shares.items():
        if holder.account != Account.TAX:
            added[holder] = D(draw(st.integers(0, int(amount * 100)))).scaleb(-2)
    return {holder: amount for holder, amount in rules.with_promotions(shares, added).items() if amount}


@given(shares=sales(), data=st.data())
def test_what_goes_back_of_all_adds_up_step_by_step(shares: Shares, data: st.DataObject) -> None:
    """So much of the buyer's money each time: the postings are nought, nobody is below nothing, all ends at nought."""
    left = dict(shares)
    for _ in range(4):
        whole = int(sum(left.values(), D(0)) * 100)
        amount = D(data.draw(st.integers(0, whole))).scaleb(-2)
        gone = rules.part_of_all(amount, left, "USD")
        assert sum(gone.values(), D(0)) == amount
        assert_adds_up(rules.refund(Account.STRIPE, gone))
        left = {holder: share - gone.get(holder, D(0)) for holder, share in left.items()}
        signed = [-share if holder.account == Account.PROMOTIONS else share for holder, share in left.items()]
        assert min(signed) >= 0
    if sum(left.values(), D(0)):
        last = rules.part_of_all(sum(left.values(), D(0)), left, "USD")
        assert {holder: share for holder, share in left.items() if share} == last


@pytest.mark.parametrize("amount", ["-0.01", "90.01"])
def test_no_more_goes_back_than_the_buyer_has_paid(amount: str) -> None:
    shares = {Holder(Account.OWED_TO_MAKER, 1): D(100), Holder(Account.PROMOTIONS, 1): D(-10)}
    with pytest.raises(ValueError, match="not a part"):
        rules.part_of_all(D(amount), shares, "USD")


@given(shares=SHARES)
def test_what_the_platform_adds_adds_up(shares: Shares) -> None:
    assert_adds_up(rules.promotion(shares))
    assert_adds_up(rules.promotion_back(shares))
    added = sum((entry.amount for entry in rules.promotion(shares) if entry.account == Account.PROMOTIONS), D(0))
    assert added == sum(shares.values(), D(0))


@given(items=ITEMS, shipping=CENTS)
def test_what_the_platform_adds_goes_where_the_share_is(items: dict[int | None, Decimal], shipping: Decimal) -> None:
    added = rules.promotions_of_order(items=items, shipping=shipping)
    whole = sum(items.values(), D(0)) + shipping
    shares = rules.shares_of_order(items=items, shipping=shipping, tax=D(0), total=whole, currency="USD")
    assert added == shares


@given(amount=CENTS, owed=CENTS)
def test_late_money_that_a_bank_takes_is_the_buyers_or_lost(amount: Decimal, owed: Decimal) -> None:
    entries = rules.late_money_lost(amount, owed=owed)
    assert_adds_up(entries)
    assert all(entry.amount <= owed for entry in entries if entry.account == Account.OWED_TO_BUYER)


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
