"""Each check, on a database that is broken on purpose, past every guard: it names what is broken, and nothing else."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from orders.invariants.checks import CHECKS
from orders.invariants.queries import SHOWN, Finding, findings
from orders.payment.services import receive_event, settle_intent
from shop.mail.samples import SAMPLES
from shop.mail.services import send
from shop.storefronts.queries import default_storefront
from shop.stripe_gateway import Event
from tests.api import Api
from tests.factories import make_maker, make_piece, make_variant
from tests.fakes.local_stripe import LocalStripe
from tests.orders.steps import answers_lost, at_stripe, cancel, intent_id, intents, pay, up

pytestmark = pytest.mark.django_db

Sales = dict[str, dict[str, Any]]


@pytest.fixture
def sales(api: Api, stripe_server: LocalStripe) -> Sales:
    """One of each: a paid order, one that waits, one that was cancelled, and money that came too late."""
    make_piece("band", make_variant("BAND-1", stock=3))
    answers_lost(stripe_server, "/v1/payment_intents$")
    late = api.placed(BAND_1=3)
    up(stripe_server)
    cancel(api, late["order"])
    paid = api.placed(BAND_1=1)
    pay(stripe_server, paid["payment"])
    settle_intent(intent_id(paid["payment"]))
    waiting, cancelled = api.placed(BAND_1=1), api.placed(BAND_1=1)
    cancel(api, cancelled["order"])
    intent = intents(stripe_server)[0]["id"]
    at_stripe(stripe_server, "POST", f"payment_intents/{intent}/confirm", payment_method="pm_card_visa")
    settle_intent(intent)
    return {"paid": paid, "waiting": waiting, "cancelled": cancelled, "late": late}


@pytest.fixture
def spoil(sales: Sales) -> Callable[..., None]:
    """Writes past triggers, foreign keys and constraints, those named `drop` being gone."""

    def run(statement: str, drop: str = "", **values: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            if drop:
                cursor.execute(drop)
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(statement, values)
            assert cursor.rowcount, "it changed nothing"
            cursor.execute("SET session_replication_role = origin")

    return run


ORDER = "(SELECT id FROM order_order WHERE number = %(number)s)"
NO_LIMIT = "ALTER TABLE partner_stockrecord DROP CONSTRAINT stockrecord_never_oversold"
NOT_ONCE = "DROP INDEX order_one_live_per_basket"
TWICE = f"""
    INSERT INTO order_order SELECT (jsonb_populate_record(o, jsonb_build_object(
        'id', o.id + 1000, 'number', 'TWIN', 'public_id', 'ord_twin', 'placed_by_claim', NULL))).*
    FROM order_order o WHERE o.id = {ORDER}
"""
REFUND = f"""
    WITH posting AS (
        INSERT INTO ledger_ledgertransaction (key, kind, order_id, currency, at)
        VALUES ('refund:1', 'refund', {ORDER}, 'USD', now()) RETURNING id)
    INSERT INTO ledger_ledgerentry (transaction_id, account, maker_id, amount)
    SELECT id, account, maker_id, amount FROM posting,
        (VALUES ('owed_to_maker', %(maker)s, 180.01), ('stripe', NULL, -180.01)) AS e (account, maker_id, amount)
"""
PIECES = """
    INSERT INTO refunds_refundpart (refund_id, kind, line_id, quantity, amount, promotion)
    SELECT r.id, 'line', l.id, 4, 0, 0 FROM refunds_refund r JOIN order_line l ON l.order_id = r.order_id
"""
PROMOTION = """
    WITH posting AS (
        INSERT INTO ledger_ledgertransaction (key, kind, order_id, currency, at)
        VALUES ('promotion:1', '{kind}', {order}, 'USD', now()) RETURNING id)
    INSERT INTO ledger_ledgerentry (transaction_id, account, maker_id, amount)
    SELECT id, account, maker_id, amount FROM posting,
        (VALUES ('owed_to_maker', %(maker)s, {owed}), ('promotions', %(maker)s, {borne}))
            AS e (account, maker_id, amount)
"""
PAID_PROMOTION = PROMOTION.format(kind="promotion", order=ORDER, owed="-5.00", borne="5.00")
PROMOTION_BACK = PROMOTION.format(kind="promotion_back", order=ORDER, owed="5.00", borne="-5.00")
DISPUTE = """
    INSERT INTO disputes_dispute (public_id, payment_id, stripe_id, amount, currency, status, reason, opened_at)
    SELECT 'dsp_1', id, 'dp_1', 192, 'USD', '{status}', '', now() FROM payment_payment
    WHERE public_id = %(payment)s
"""
# What is written, on which sale, and which checks see it.
BROKEN: dict[str, tuple[str, str, set[str], str]] = {
    "a count below what is held": (
        "UPDATE partner_stockrecord SET num_in_stock = 1", "paid", {"stock_not_oversold"}, NO_LIMIT,
    ),
    "a counter that somebody has written": (
        "UPDATE partner_stockrecord SET num_allocated = 1", "paid", {"stock_is_its_movements"}, "",
    ),
    "a line that grew": (
        f"UPDATE order_line SET quantity = 2 WHERE order_id = {ORDER}",
        "waiting", {"live_orders_hold_their_pieces"}, "",
    ),
    "pieces not given back": (
        "DELETE FROM inventory_stockmovement WHERE reference = %(number)s AND kind = 'release'",
        "cancelled", {"ended_orders_hold_nothing", "stock_is_its_movements"}, "",
    ),
    "a basket bought twice": (
        TWICE, "waiting", {"baskets_are_placed_once", "orders_add_up", "statuses_follow_the_table"}, NOT_ONCE,
    ),
    "a basket that opened": (
        f"UPDATE basket_basket SET status = 'Open' WHERE id = (SELECT basket_id FROM order_order WHERE id = {ORDER})",
        "paid", {"frozen_baskets_are_orders"}, "",
    ),
    "a basket that stays frozen": (
        f"UPDATE basket_basket SET status = 'Frozen' WHERE id = (SELECT basket_id FROM order_order WHERE id = {ORDER})",
        "cancelled", {"frozen_baskets_are_orders"}, "",
    ),
    "a line a cent dearer": (
        f"UPDATE order_line SET line_price_excl_tax = line_price_excl_tax + 0.01 WHERE order_id = {ORDER}",
        "waiting", {"orders_add_up"}, "",
    ),
    "a line of another maker": (
        f"UPDATE order_line SET partner_id = %(other)s WHERE order_id = {ORDER}",
        "waiting", {"lines_are_their_makers"}, "",
    ),
    "a status without a step": (
        f"UPDATE order_order SET status = 'in_progress' WHERE id = {ORDER}",
        "paid", {"statuses_follow_the_table"}, "",
    ),
    "a step that there is not": (
        f"UPDATE order_orderstatuschange SET old_status = 'shipped' WHERE new_status = 'paid' AND order_id = {ORDER}",
        "paid", {"statuses_follow_the_table"}, "",
    ),
    "an order paid without money": (
        f"UPDATE order_order SET status = 'paid' WHERE id = {ORDER}",
        "waiting",
        {"paid_orders_have_their_money", "shares_are_of_their_lines", "statuses_follow_the_table"}, "",
    ),
    "money without an order": (
        f"UPDATE order_order SET status = 'awaiting_payment' WHERE id = {ORDER}",
        "paid", {"paid_orders_have_their_money", "statuses_follow_the_table"}, "",
    ),
    "a payment that is not entered": (
        "UPDATE payment_payment SET status = 'paid', paid_at = now() WHERE public_id = %(payment)s",
        "waiting", {"payments_are_entered"}, "",
    ),
    "a payment of another amount": (
        "UPDATE payment_payment SET amount = 191.99 WHERE public_id = %(payment)s",
        "paid", {"payments_are_entered"}, "",
    ),
    "a posting without its payment": (
        "UPDATE ledger_ledgertransaction SET key = 'charge:pay_0' WHERE key = 'charge:' || %(payment)s",
        "paid", {"payments_are_entered"}, "",
    ),
    "an ended order that can be paid": (
        "UPDATE payment_payment SET status = 'pending' WHERE public_id = %(payment)s",
        "cancelled", {"payments_fit_their_order"}, "",
    ),
    "an entry a cent less": (
        "UPDATE ledger_ledgerentry SET amount = amount - 0.01 WHERE account = 'provider_fees'",
        "paid", {"ledger_adds_up"}, "",
    ),
    "a discount that nobody has given": (
        f"UPDATE order_line SET promotion = 5 WHERE order_id = {ORDER}",
        "waiting", {"promotions_are_borne"}, "",
    ),
    "a discount on shipping that nobody has given": (
        f"UPDATE order_order SET shipping_promotion = 5 WHERE id = {ORDER}",
        "waiting", {"promotions_are_borne"}, "",
    ),
    "a discount that its maker has borne": (
        f"UPDATE order_line SET promotion = 5 WHERE order_id = {ORDER}",
        "paid", {"promotions_are_borne", "promotions_are_entered"}, "",
    ),
    "a promotion of an order that is not paid": (PAID_PROMOTION, "waiting", {"promotions_are_entered"}, ""),
    "a promotion that is taken back twice": (PROMOTION_BACK, "paid", {"no_more_goes_back_than_came"}, ""),
    "late money that is the makers'": (
        "UPDATE payment_payment SET late = false WHERE public_id = %(payment)s", "late", {"payments_are_entered"}, "",
    ),
    "a maker who loses more than they got": (REFUND, "paid", {"no_more_goes_back_than_came"}, ""),
    "late money that nobody gives back": (
        "UPDATE payment_payment SET refunded = 0 WHERE public_id = %(payment)s",
        "late", {"late_money_is_on_its_way", "refunds_are_counted"}, "",
    ),
    "a refund for nothing": (
        "UPDATE refunds_refund SET reason = 'returned'", "late", {"refunds_are_their_parts"}, "",
    ),
    "a refund of more pieces than were bought": (PIECES, "late", {"pieces_go_back_once"}, ""),
    "a refund that is not entered": (
        "UPDATE refunds_refund SET status = 'succeeded'", "late", {"refunds_are_entered"}, "",
    ),
    "a dispute that is not entered": (
        DISPUTE.format(status="needs_response"), "paid", {"disputes_are_entered"}, "",
    ),
    "a lost dispute that is not entered": (DISPUTE.format(status="lost"), "paid", {"disputes_are_entered"}, ""),
    "a cancelled order's money that is kept": (
        f"UPDATE order_order SET status = 'cancelled' WHERE id = {ORDER}",
        "paid", {"cancelled_orders_keep_no_money", "ended_orders_hold_nothing", "statuses_follow_the_table"}, "",
    ),
    "a maker's money with another maker": (
        "UPDATE ledger_ledgerentry SET maker_id = %(other)s WHERE account = 'owed_to_maker'",
        "paid", {"shares_are_of_their_lines"}, "",
    ),
    "an event without its job": (
        "DELETE FROM procrastinate_jobs WHERE task_name = 'orders.payment.process_event'",
        "paid", {"accepted_events_are_worked_off"}, "",
    ),
    "a mail without its job": (
        "DELETE FROM procrastinate_jobs WHERE task_name = 'shop.mail.deliver'",
        "paid", {"mails_are_on_their_way"}, "",
    ),
}  # fmt: skip


def names(found: list[Finding]) -> set[str]:
    return {finding.check.name for finding in found}


def test_nothing_is_found_where_nothing_is_broken(sales: Sales) -> None:
    assert [str(finding) for finding in findings()] == []


def test_nor_in_an_empty_shop(db: None) -> None:
    assert findings() == []


@pytest.fixture
def accepted(sales: Sales) -> None:
    """An event and a mail that wait for their jobs."""
    receive_event(Event(id="evt_1", type="payment_intent.succeeded", object_id="pi_1", created=timezone.now()))
    name = next(iter(SAMPLES))
    send(name, to="ada@example.com", context=SAMPLES[name], storefront=default_storefront())


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_broken_is_named(sales: Sales, accepted: None, spoil: Callable[..., None], what: str) -> None:
    statement, sale, expected, drop = BROKEN[what]
    values = {
        "number": sales[sale]["order"]["number"], "payment": sales[sale]["payment"]["id"],
        "maker": make_maker("alder").pk, "other": make_maker("birch").pk,
    }  # fmt: skip
    assert findings() == []
    spoil(statement, drop, **values)
    assert names(findings()) == expected


def test_every_check_has_been_seen_to_find_something() -> None:
    assert {check.name for check in CHECKS} == set().union(*(expected for _, _, expected, _ in BROKEN.values()))


def test_the_command_says_so_and_ends_with_nought(sales: Sales) -> None:
    said = StringIO()
    call_command("check_invariants", stdout=said)
    assert said.getvalue() == f"{len(CHECKS)} checks, 0 with findings.\n"


def test_the_command_names_what_is_broken_and_ends_with_one(sales: Sales, spoil: Callable[..., None]) -> None:
    spoil("UPDATE partner_stockrecord SET num_in_stock = 1", NO_LIMIT)
    said = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("check_invariants", stdout=said)
    assert ended.value.code == 1
    assert said.getvalue().splitlines() == [
        "stock_not_oversold: 1. More pieces are promised than there are, or fewer than none.",
        "  sku BAND-1, in_stock 1, held 2",
        f"{len(CHECKS)} checks, 1 with findings.",
    ]


def test_a_long_report_is_cut_and_says_so(api: Api, spoil: Callable[..., None]) -> None:
    make_piece("wall", *(make_variant(f"W-{number}") for number in range(SHOWN + 3)))
    spoil("UPDATE partner_stockrecord SET num_allocated = -1 WHERE partner_sku LIKE 'W-%%'", NEGATIVE)
    [found] = [finding for finding in findings() if finding.check.name == "stock_not_oversold"]
    assert (found.count, len(found.rows)) == (SHOWN + 3, SHOWN)
    assert str(found).endswith("\n  and 3 more")


NEGATIVE = "ALTER TABLE partner_stockrecord DROP CONSTRAINT stockrecord_held_not_negative"
