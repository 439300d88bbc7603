"""Nobody empties the shelf without paying."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.order.models import Order
from tests.api import Api
from tests.factories import make_piece, make_variant, stock
from tests.fakes.local_stripe import LocalStripe

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def limits(settings: Any) -> None:
    settings.LIMITS = True
    settings.UNPAID_ORDERS_PER_EMAIL = 2
    settings.UNPAID_ORDERS_PER_ADDRESS = 3


def _order(api: Api, mail: str) -> tuple[int, str]:
    basket = api.ready_basket(BAND_1=1)
    basket = api.patch(f"/store/baskets/{basket['id']}", {"email": mail}).json()
    answer = api.checkout(basket)
    return answer.status_code, answer.json().get("code", "")


def _at(address: str) -> Api:
    api = Api()
    api.client.defaults["REMOTE_ADDR"] = address
    return api


def test_one_mail_may_leave_so_many_orders_unpaid(api: Api, stripe_server: LocalStripe) -> None:
    make_piece("band", make_variant("BAND-1", stock=9))
    answers = [_order(api, mail) for mail in ("bo@example.com", "bo@example.com", "BO@example.com")]
    assert answers == [(201, ""), (201, ""), (429, "too_many_unpaid_orders")]
    assert stock("BAND-1").num_allocated == 2


def test_one_mailbox_may_leave_so_many_however_it_is_spelled(api: Api, stripe_server: LocalStripe) -> None:
    make_piece("band", make_variant("BAND-1", stock=9))
    answers = [_order(api, mail) for mail in ("bo.b@gmail.com", "bob+1@gmail.com", "b.o.b+2@googlemail.com")]
    assert answers == [(201, ""), (201, ""), (429, "too_many_unpaid_orders")]


def _plan_by_the_only_index(sql: str, table: str, index: str) -> str:
    """How PostgreSQL answers `sql` when `index` is the only one left that is no constraint: in so small a table
    any index is as good as another, and none is better still."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            """SELECT string_agg(indexrelid::regclass::text, ', ') FROM pg_index
               WHERE indrelid = %s::regclass AND indexrelid <> %s::regclass
                 AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)""",
            [table, index],
        )
        [others] = cursor.fetchone()
        cursor.execute(f"DROP INDEX {others}")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {sql}")
        return "\n".join(line for (line,) in cursor.fetchall())


def test_what_a_mail_has_not_paid_is_looked_up_by_its_index(api: Api, stripe_server: LocalStripe) -> None:
    make_piece("band", make_variant("BAND-1", stock=9))
    with CaptureQueriesContext(connection) as captured:
        assert _order(api, "BO@example.com") == (201, "")
    [sql] = [each["sql"] for each in captured if "COUNT(" in each["sql"] and "mailbox" in each["sql"]]
    plan = _plan_by_the_only_index(sql, "order_order", "order_unpaid_by_mailbox")
    assert "order_unpaid_by_mailbox" in plan
    assert "Index Cond: (mailbox = 'bo@example.com'::text)" in plan


def test_one_address_may_leave_so_many_whatever_the_mail(api: Api, stripe_server: LocalStripe) -> None:
    make_piece("band", make_variant("BAND-1", stock=9))
    answers = [_order(api, f"buyer-{number}@example.com") for number in range(4)]
    assert [status for status, _ in answers] == [201, 201, 201, 429]


def test_whoever_has_a_network_of_addresses_is_one_client(stripe_server: LocalStripe) -> None:
    make_piece("band", make_variant("BAND-1", stock=9))
    answers = [_order(_at(f"2001:db8:0:1::{number}"), f"buyer-{number}@example.com") for number in range(4)]
    assert [status for status, _ in answers] == [201, 201, 201, 429]
    assert _order(_at("2001:db8:0:2::1"), "somebody@example.com") == (201, "")


def test_a_paid_order_does_not_count(api: Api, stripe_server: LocalStripe) -> None:
    make_piece("band", make_variant("BAND-1", stock=9))
    for _ in range(2):
        _order(api, "bo@example.com")
    Order.objects.update(status="paid")
    assert _order(api, "bo@example.com") == (201, "")
