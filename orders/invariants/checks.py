"""What must never break, as queries over the whole database: each finds what breaks it, and nothing where all is well.

Each is one statement over sets, so that it costs a scan and not a query an order. It reads what is committed; run it
while the shop sells and it still sees whole transactions only.
"""

from dataclasses import dataclass

from orders.disputes.status import CLOSED, FREEZING, WITHDRAWN
from orders.ledger.rules import HELD, SHARED, Account, Kind
from orders.order.status import NEXT, OrderStatus
from orders.payment.models import ENDED, PaymentStatus
from orders.refunds.rules import Reason
from orders.refunds.status import COUNTED, RefundStatus


@dataclass(frozen=True, slots=True)
class Check:
    """`sql` answers a row for each finding; its first column names the thing. `means` says what a finding is."""

    name: str
    means: str
    sql: str


def _list(*names: str) -> str:
    return ", ".join(f"'{name}'" for name in sorted(names))


NOT_LIVE = _list(OrderStatus.CANCELLED, OrderStatus.LAPSED)
# Before anything is handed over.
HOLDING = _list(OrderStatus.AWAITING_PAYMENT, OrderStatus.PAID, OrderStatus.IN_PROGRESS)
BEFORE_PAID = _list(OrderStatus.AWAITING_PAYMENT, OrderStatus.CANCELLED, OrderStatus.LAPSED)
SHARES = _list(*SHARED)
PLACES = _list(*HELD)
STEPS = ", ".join(f"('{now}', '{then}')" for now, nexts in NEXT.items() for then in sorted(nexts))
# By order and stock record, what its movements have left held.
HELD_BY_MOVEMENTS = """
    SELECT reference, stockrecord_id,
           sum(CASE kind WHEN 'hold' THEN quantity WHEN 'set' THEN 0 ELSE -quantity END) AS held
    FROM inventory_stockmovement GROUP BY reference, stockrecord_id
"""
# By order, what was charged for it and was kept.
CHARGED = f"""
    SELECT t.order_id, -sum(e.amount) AS charged
    FROM ledger_ledgertransaction t JOIN ledger_ledgerentry e ON e.transaction_id = t.id
    WHERE t.kind = '{Kind.CHARGE}' AND e.account IN ({SHARES}) GROUP BY t.order_id
"""
# By order and maker, what the platform bears of discounts: of lines, and of the shipping where one maker sends alone.
BORNE = """
    SELECT order_id, partner_id AS maker, promotion AS amount FROM order_line
    UNION ALL
    SELECT o.id, CASE WHEN count(DISTINCT l.partner_id) = 1 THEN max(l.partner_id) END, o.shipping_promotion
    FROM order_order o LEFT JOIN order_line l ON l.order_id = o.id GROUP BY o.id
"""
# Made by the shop itself, out of no certain share, or of what was there.
WITHOUT_PARTS = _list(Reason.LATE_PAYMENT, Reason.AT_PROVIDER)
REFUNDING = _list(Kind.REFUND, Kind.LATE_REFUND, Kind.REFUND_FAILED)
DISPUTING = _list(Kind.DISPUTE_OPENED, Kind.DISPUTE_WON, Kind.DISPUTE_LOST)
TAKEN = f"t.kind = '{Kind.DISPUTE_OPENED}'"
# A job that will still do it, or a dead letter that an operator sees.
JOB = "SELECT 1 FROM procrastinate_jobs j WHERE j.status IN ('todo', 'doing', 'failed')"

CHECKS: tuple[Check, ...] = (
    Check(
        "stock_not_oversold",
        "More pieces are promised than there are, or fewer than none.",
        """
        SELECT partner_sku AS sku, num_in_stock AS in_stock, num_allocated AS held FROM partner_stockrecord
        WHERE num_allocated < 0 OR (policy = 'stock' AND num_allocated > num_in_stock)
        """,
    ),
    Check(
        "stock_is_its_movements",
        "The counter of held pieces is not what the stock's own ledger comes to: it was changed past the inventory.",
        f"""
        SELECT r.partner_sku AS sku, r.num_allocated AS held, coalesce(sum(m.held), 0) AS by_movements
        FROM partner_stockrecord r LEFT JOIN ({HELD_BY_MOVEMENTS}) m ON m.stockrecord_id = r.id
        GROUP BY r.id HAVING r.num_allocated <> coalesce(sum(m.held), 0)
        """,
    ),
    Check(
        "live_orders_hold_their_pieces",
        "An order that is to be made or paid does not hold exactly what it sells.",
        f"""
        SELECT o.number AS "order", l.stockrecord_id AS stock_record, sum(l.quantity - l.restocked) AS sells,
               coalesce(max(m.held), 0) AS holds
        FROM order_order o JOIN order_line l ON l.order_id = o.id
        LEFT JOIN ({HELD_BY_MOVEMENTS}) m ON m.reference = o.number AND m.stockrecord_id = l.stockrecord_id
        WHERE o.status IN ({HOLDING}) AND l.stockrecord_id IS NOT NULL
        GROUP BY o.number, l.stockrecord_id HAVING sum(l.quantity - l.restocked) <> coalesce(max(m.held), 0)
        """,
    ),
    Check(
        "ended_orders_hold_nothing",
        "A lapsed or cancelled order keeps pieces from other buyers.",
        f"""
        SELECT o.number AS "order", o.status, m.stockrecord_id AS stock_record, m.held AS holds
        FROM order_order o JOIN ({HELD_BY_MOVEMENTS}) m ON m.reference = o.number
        WHERE o.status IN ({NOT_LIVE}) AND m.held <> 0
        """,
    ),
    Check(
        "baskets_are_placed_once",
        "One basket has become more than one order that counts.",
        f"""
        SELECT b.public_id AS basket, string_agg(o.number, ', ' ORDER BY o.id) AS orders
        FROM order_order o JOIN basket_basket b ON b.id = o.basket_id WHERE o.status NOT IN ({NOT_LIVE})
        GROUP BY b.id HAVING count(*) > 1
        """,
    ),
    Check(
        "frozen_baskets_are_orders",
        "A basket is frozen without an order that counts, or has one and is open: it could be bought twice.",
        f"""
        SELECT b.public_id AS basket, b.status FROM basket_basket b
        LEFT JOIN order_order o ON o.basket_id = b.id AND o.status NOT IN ({NOT_LIVE})
        WHERE b.status = 'Open' AND o.id IS NOT NULL
            OR b.status = 'Frozen' AND o.id IS NULL
                -- What was paid and cancelled afterwards does not open again.
                AND NOT EXISTS (
                    SELECT 1 FROM order_order paid JOIN order_orderstatuschange s ON s.order_id = paid.id
                    WHERE paid.basket_id = b.id AND s.new_status = 'paid')
        """,
    ),
    Check(
        "orders_add_up",
        "Lines and shipping, less discounts, are not the order's total before tax, or it is more than the total.",
        """
        SELECT o.number AS "order", o.total_incl_tax AS total, o.total_excl_tax AS before_tax,
               o.shipping_excl_tax AS shipping, coalesce(sum(l.line_price_excl_tax), 0) AS lines
        FROM order_order o LEFT JOIN order_line l ON l.order_id = o.id GROUP BY o.id
        HAVING coalesce(sum(l.line_price_excl_tax), 0) + o.shipping_excl_tax <> o.total_excl_tax
            OR o.total_incl_tax < o.total_excl_tax
        """,
    ),
    Check(
        "lines_are_their_makers",
        "A line is of one maker and its piece of another.",
        """
        SELECT o.number AS "order", l.public_id AS line, l.partner_id AS maker, r.partner_id AS of_piece
        FROM order_line l JOIN order_order o ON o.id = l.order_id JOIN partner_stockrecord r ON r.id = l.stockrecord_id
        WHERE l.partner_id IS DISTINCT FROM r.partner_id
        """,
    ),
    Check(
        "statuses_follow_the_table",
        "An order has taken a step that there is not, or stands where its history does not lead.",
        f"""
        WITH step AS (
            SELECT order_id, old_status, new_status,
                   lag(new_status) OVER history AS before, lead(id) OVER history IS NULL AS is_last
            FROM order_orderstatuschange WINDOW history AS (PARTITION BY order_id ORDER BY id)
        )
        SELECT o.number AS "order", o.status, s.old_status AS "from", s.new_status AS "to"
        FROM order_order o LEFT JOIN step s ON s.order_id = o.id
        WHERE s.order_id IS NULL
            OR (s.is_last AND s.new_status <> o.status)
            OR (s.before IS NOT NULL AND s.old_status <> s.before)
            OR (s.before IS NULL AND (s.old_status, s.new_status) <> ('', '{OrderStatus.AWAITING_PAYMENT}'))
            OR (s.before IS NOT NULL AND (s.old_status, s.new_status) NOT IN (VALUES {STEPS}))
        """,
    ),
    Check(
        "paid_orders_have_their_money",
        "An order is paid and not charged for in full, or charged for and not paid.",
        f"""
        SELECT o.number AS "order", o.status, o.total_incl_tax AS total, coalesce(c.charged, 0) AS charged
        FROM order_order o LEFT JOIN ({CHARGED}) c ON c.order_id = o.id
        WHERE CASE
            WHEN o.status NOT IN ({BEFORE_PAID}) THEN coalesce(c.charged, 0) <> o.total_incl_tax
            WHEN o.status = '{OrderStatus.AWAITING_PAYMENT}' THEN c.charged >= o.total_incl_tax
            WHEN o.status = '{OrderStatus.LAPSED}' THEN c.charged <> 0
            ELSE c.charged > o.total_incl_tax
        END
        """,
    ),
    Check(
        "shares_are_of_their_lines",
        "Of the money of a paid order a maker has another part than its lines came to.",
        f"""
        SELECT o.number AS "order", s.maker, s.sold, coalesce(c.charged, 0) AS charged
        FROM order_order o JOIN (
            SELECT order_id, partner_id AS maker, sum(line_price_excl_tax) AS sold FROM order_line
            GROUP BY order_id, partner_id
        ) s ON s.order_id = o.id
        LEFT JOIN (
            SELECT t.order_id, e.maker_id AS maker, -sum(e.amount) AS charged
            FROM ledger_ledgertransaction t JOIN ledger_ledgerentry e ON e.transaction_id = t.id
            WHERE t.kind = '{Kind.CHARGE}' AND e.account = '{Account.OWED_TO_MAKER}' GROUP BY t.order_id, e.maker_id
        ) c ON c.order_id = o.id AND c.maker IS NOT DISTINCT FROM s.maker
        WHERE o.status NOT IN ({BEFORE_PAID}) AND coalesce(c.charged, 0) <> s.sold
        """,
    ),
    Check(
        "payments_are_entered",
        "A payment is paid and not in the ledger with its amount, late or not, or is in the ledger and not paid.",
        f"""
        SELECT coalesce(p.public_id, t.key) AS payment, p.status, p.amount, sum(e.amount) AS entered
        FROM payment_payment p
        FULL JOIN (
            SELECT * FROM ledger_ledgertransaction WHERE kind IN ('{Kind.CHARGE}', '{Kind.LATE_CHARGE}')
        ) t ON t.key = 'charge:' || p.public_id
        LEFT JOIN ledger_ledgerentry e ON e.transaction_id = t.id AND e.account IN ({PLACES})
        GROUP BY p.id, t.id, t.key, t.kind, t.currency, t.order_id
        HAVING p.id IS NULL
            OR (p.status = '{PaymentStatus.PAID}') <> (t.id IS NOT NULL)
            OR (t.id IS NOT NULL AND (sum(e.amount), t.currency, t.order_id, t.kind = '{Kind.LATE_CHARGE}')
                IS DISTINCT FROM (p.amount, p.currency, p.order_id, p.late))
        """,
    ),
    Check(
        "payments_fit_their_order",
        "A payment is in another currency than its order, or an order that has ended can still be paid.",
        f"""
        SELECT p.public_id AS payment, p.status, p.currency, o.number AS "order", o.status AS of_order
        FROM payment_payment p JOIN order_order o ON o.id = p.order_id
        WHERE p.currency <> o.currency
            OR (p.status NOT IN ({_list(*ENDED)}) AND o.status IN ({NOT_LIVE}))
        """,
    ),
    Check(
        "ledger_adds_up",
        "The entries of a posting do not come to zero.",
        """
        SELECT t.key AS posting, coalesce(sum(e.amount), 0) AS sum, count(e.id) AS entries
        FROM ledger_ledgertransaction t LEFT JOIN ledger_ledgerentry e ON e.transaction_id = t.id
        GROUP BY t.id HAVING sum(e.amount) IS DISTINCT FROM 0
        """,
    ),
    Check(
        "promotions_are_borne",
        "What a line or an order's shipping says that the platform bears is not what its own offers took off it.",
        """
        SELECT l.public_id AS "of", l.promotion AS says, coalesce(sum(off.amount), 0) AS taken
        FROM order_line l LEFT JOIN (
            SELECT each.line_id, each.amount FROM order_orderlinediscount each
            JOIN order_orderdiscount d ON d.id = each.order_discount_id WHERE d.maker_id IS NULL
        ) off ON off.line_id = l.id
        GROUP BY l.id HAVING l.promotion <> coalesce(sum(off.amount), 0)
        UNION ALL
        SELECT o.number, o.shipping_promotion, coalesce(sum(d.amount), 0)
        FROM order_order o
        LEFT JOIN order_orderdiscount d ON d.order_id = o.id AND d.maker_id IS NULL AND d.category = 'Shipping'
        GROUP BY o.id HAVING o.shipping_promotion <> coalesce(sum(d.amount), 0)
        """,
    ),
    Check(
        "promotions_are_entered",
        "The platform bears a discount of a paid order, and its maker has not got it; or has got it for nothing.",
        f"""
        SELECT o.number AS "order", o.status, b.maker, b.amount AS borne, coalesce(e.amount, 0) AS added
        FROM (SELECT order_id, maker, sum(amount) AS amount FROM ({BORNE}) each GROUP BY order_id, maker) b
        JOIN order_order o ON o.id = b.order_id
        LEFT JOIN (
            SELECT t.order_id, e.maker_id AS maker, sum(e.amount) AS amount
            FROM ledger_ledgertransaction t JOIN ledger_ledgerentry e ON e.transaction_id = t.id
            WHERE t.kind = '{Kind.PROMOTION}' AND e.account = '{Account.PROMOTIONS}' GROUP BY t.order_id, e.maker_id
        ) e ON e.order_id = b.order_id AND e.maker IS NOT DISTINCT FROM b.maker
        WHERE CASE
            WHEN o.status NOT IN ({BEFORE_PAID}) THEN coalesce(e.amount, 0) <> b.amount
            WHEN o.status = '{OrderStatus.CANCELLED}' THEN e.amount NOT IN (0, b.amount)
            ELSE e.amount <> 0
        END
        """,
    ),
    Check(
        "no_more_goes_back_than_came",
        "More has been refunded of an order, of one maker's share of it or to the platform, than it has brought.",
        f"""
        SELECT o.number AS "order", e.account, e.maker_id AS maker, -sum(e.amount) AS left
        FROM ledger_ledgertransaction t JOIN ledger_ledgerentry e ON e.transaction_id = t.id
        JOIN order_order o ON o.id = t.order_id
        WHERE e.account IN ({SHARES}, '{Account.OWED_TO_BUYER}', '{Account.PROMOTIONS}')
        GROUP BY o.id, e.account, e.maker_id, t.currency
        HAVING CASE e.account WHEN '{Account.PROMOTIONS}' THEN -sum(e.amount) ELSE sum(e.amount) END > 0
        """,
    ),
    Check(
        "cancelled_orders_keep_no_money",
        "An order was cancelled, and of its money some is kept: its refund has failed, and no bank has taken it.",
        f"""
        SELECT p.public_id AS payment, o.number AS "order", p.amount, p.refunded
        FROM payment_payment p JOIN order_order o ON o.id = p.order_id
        WHERE o.status = '{OrderStatus.CANCELLED}' AND p.status = '{PaymentStatus.PAID}' AND NOT p.late
            AND p.refunded < p.amount AND NOT EXISTS (
                SELECT 1 FROM disputes_dispute d WHERE d.payment_id = p.id AND d.status IN ({_list(*FREEZING)}))
        """,
    ),
    Check(
        "late_money_is_on_its_way",
        "Money that came for nothing is kept: its refund is missing or has failed, and no bank has taken it.",
        f"""
        SELECT p.public_id AS payment, p.amount, p.refunded FROM payment_payment p
        WHERE p.late AND p.refunded < p.amount AND NOT EXISTS (
            SELECT 1 FROM disputes_dispute d WHERE d.payment_id = p.id AND d.status IN ({_list(*FREEZING)}))
        """,
    ),
    Check(
        "refunds_are_counted",
        "What a payment says has gone back is not the sum of its refunds, or is more than came.",
        f"""
        SELECT p.public_id AS payment, p.amount, p.refunded, coalesce(sum(r.amount), 0) AS by_refunds
        FROM payment_payment p LEFT JOIN refunds_refund r ON r.payment_id = p.id AND r.status IN ({_list(*COUNTED)})
        GROUP BY p.id HAVING p.refunded <> coalesce(sum(r.amount), 0) OR p.refunded > p.amount
        """,
    ),
    Check(
        "refunds_are_their_parts",
        "What a refund is for does not come to its amount.",
        f"""
        SELECT r.public_id AS refund, r.amount, coalesce(sum(p.amount), 0) AS parts
        FROM refunds_refund r LEFT JOIN refunds_refundpart p ON p.refund_id = r.id
        WHERE r.reason NOT IN ({WITHOUT_PARTS}) GROUP BY r.id HAVING r.amount <> coalesce(sum(p.amount), 0)
        """,
    ),
    Check(
        "pieces_go_back_once",
        "More pieces of a line have been refunded than were bought.",
        f"""
        SELECT l.public_id AS line, l.quantity, sum(p.quantity) AS refunded FROM order_line l
        JOIN refunds_refundpart p ON p.line_id = l.id
        JOIN refunds_refund r ON r.id = p.refund_id AND r.status IN ({_list(*COUNTED)})
        GROUP BY l.id HAVING sum(p.quantity) > l.quantity
        """,
    ),
    Check(
        "refunds_are_entered",
        "A refund has succeeded and is not in the ledger with its amount, or is in the ledger and has not.",
        f"""
        SELECT r.public_id AS refund, r.status, r.amount, -coalesce(sum(e.amount), 0) AS entered
        FROM refunds_refund r JOIN payment_payment p ON p.id = r.payment_id
        LEFT JOIN ledger_ledgertransaction t ON t.kind IN ({REFUNDING}) AND t.order_id = r.order_id
            AND (t.key LIKE '%%:' || r.public_id OR (r.reason = 'late_payment' AND t.key LIKE '%%:' || p.public_id))
        LEFT JOIN ledger_ledgerentry e ON e.transaction_id = t.id AND e.account IN ({PLACES})
        GROUP BY r.id
        HAVING -coalesce(sum(e.amount), 0) <> CASE WHEN r.status = '{RefundStatus.SUCCEEDED}' THEN r.amount ELSE 0 END
        """,
    ),
    Check(
        "disputes_are_entered",
        "What Stripe has taken for a dispute is not in the ledger, or not what has become of it: come back, or lost.",
        f"""
        SELECT d.public_id AS dispute, d.status, d.amount, coalesce(sum(e.amount) FILTER (WHERE {TAKEN}), 0) AS taken,
               coalesce(-sum(e.amount) FILTER (WHERE NOT {TAKEN}), 0) AS decided
        FROM disputes_dispute d
        LEFT JOIN ledger_ledgertransaction t ON t.kind IN ({DISPUTING}) AND t.key LIKE '%%:' || d.public_id
        LEFT JOIN ledger_ledgerentry e ON e.transaction_id = t.id AND e.account = '{Account.DISPUTED}'
        GROUP BY d.id
        HAVING coalesce(sum(e.amount) FILTER (WHERE {TAKEN}), 0)
                <> CASE WHEN d.status IN ({_list(*WITHDRAWN)}) THEN d.amount ELSE 0 END
            OR coalesce(-sum(e.amount) FILTER (WHERE NOT {TAKEN}), 0)
                <> CASE WHEN d.status IN ({_list(*(WITHDRAWN & CLOSED))}) THEN d.amount ELSE 0 END
        """,
    ),
    Check(
        "accepted_events_are_worked_off",
        "An event of Stripe's was taken, and nothing will look at it.",
        f"""
        SELECT e.event_id AS event, e.type, e.received_at FROM payment_stripeevent e
        WHERE e.processed_at IS NULL
            AND NOT EXISTS ({JOB} AND j.task_name = 'orders.payment.process_event'
                            AND j.args ->> 'event_id' = e.event_id)
        """,
    ),
    Check(
        "mails_are_on_their_way",
        "A mail was written, and nothing will send it.",
        f"""
        SELECT m.public_id AS mail, m.template, m.created_at FROM mail_mail m
        WHERE m.sent_at IS NULL AND m.failed_at IS NULL
            AND NOT EXISTS ({JOB} AND j.task_name = 'shop.mail.deliver' AND j.args ->> 'mail_id' = m.id::text)
        """,
    ),
)
