"""The database itself keeps the ledger: nothing in it changes, and what does not add up does not get in."""

from collections.abc import Iterator
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from orders.ledger.models import LedgerEntry, LedgerTransaction
from orders.ledger.rules import Account, Kind, late_charge
from orders.ledger.services import post
from orders.order.models import Order
from tests.api import Api
from tests.factories import make_piece

pytestmark = pytest.mark.django_db
migration = import_module("orders.ledger.migrations.0002_append_only")
TABLES = ("ledger_ledgertransaction", "ledger_ledgerentry")


@pytest.fixture
def order(api: Api) -> Order:
    make_piece("band")
    return Order.objects.get(number=api.placed(BAND_1=1)["order"]["number"])


@pytest.fixture
def posted(order: Order) -> None:
    post(key="k", kind=Kind.LATE_CHARGE, order=order, entries=late_charge(Account.STRIPE, Decimal(5)))


def rows() -> list[Any]:
    return [list(LedgerTransaction.objects.values()), list(LedgerEntry.objects.values())]


def execute(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def commits() -> Iterator[None]:
    """What the database checks at a commit it checks at once."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    yield


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "UPDATE {} SET id = 1 WHERE false", "DELETE FROM {}"])
def test_a_statement_that_changes_is_refused(posted: None, table: str, change: str) -> None:
    before = rows()
    with pytest.raises(IntegrityError, match=f"append-only: {change.split()[0]} is refused"):
        execute(change.format(table))
    assert rows() == before


@pytest.mark.parametrize("table", TABLES)
def test_migrations_refuse_to_empty_the_tables(posted: None, commits: None, table: str) -> None:
    """The trigger that the tests' database is made without."""
    execute(migration.NEVER_EMPTIED)
    before = rows()
    with pytest.raises(IntegrityError, match="append-only: TRUNCATE is refused"):
        execute(f"TRUNCATE {table} CASCADE")
    assert rows() == before


def check_now() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize("amounts", [[], ["5"], ["5", "-4.99"]])
def test_what_does_not_add_up_is_refused_at_the_commit(order: Order, amounts: list[str]) -> None:
    with pytest.raises(IntegrityError, match="add up to"), transaction.atomic():
        posting = LedgerTransaction.objects.create(key="k", kind="charge", order=order, currency="USD")
        for amount in amounts:
            LedgerEntry.objects.create(transaction=posting, account="stripe", amount=amount)
        check_now()


def test_a_later_entry_is_held_to_the_same(posted: None, commits: None) -> None:
    with pytest.raises(IntegrityError, match="add up to"), transaction.atomic():
        LedgerEntry.objects.create(transaction=LedgerTransaction.objects.get(), account="stripe", amount=1)
        check_now()


def test_nothing_is_entered_of_nothing(posted: None) -> None:
    with pytest.raises(IntegrityError, match="ledger_entry_not_zero"), transaction.atomic():
        LedgerEntry.objects.create(transaction=LedgerTransaction.objects.get(), account="stripe", amount=0)
