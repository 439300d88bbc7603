from decimal import Decimal

from django.db import migrations

from orders.ledger.rules import PLACE, Kind, charge, late_charge, late_refund, shares_of_order


def enter_what_was_paid(apps, schema_editor):
    """Payments from before there was a ledger: each order had one, of its whole total."""
    Payment = apps.get_model("payment", "Payment")
    for payment in Payment.objects.filter(status="paid").select_related("order").order_by("pk").iterator():
        place, amount, key = PLACE[payment.provider], payment.amount, f"charge:{payment.public_id}"
        if not (payment.refund_due or payment.refund_id):
            _enter(apps, payment, key, Kind.CHARGE, charge(place, _shares(payment.order)))
            continue
        _enter(apps, payment, key, Kind.LATE_CHARGE, late_charge(place, amount))
        if payment.refund_id:
            _enter(apps, payment, f"late_refund:{payment.public_id}", Kind.LATE_REFUND, late_refund(place, amount))


def _shares(order):
    items = {}
    for maker, amount in order.lines.order_by("pk").values_list("partner", "line_price_incl_tax"):
        items[maker] = items.get(maker, Decimal(0)) + amount
    return shares_of_order(
        items=items,
        shipping=order.shipping_incl_tax,
        tax=order.total_incl_tax - order.total_excl_tax,
        total=order.total_incl_tax,
        currency=order.currency,
    )


def _enter(apps, payment, key, kind, entries):
    posting = apps.get_model("ledger", "LedgerTransaction").objects.create(
        key=key, kind=kind.value, order=payment.order, currency=payment.currency
    )
    LedgerEntry = apps.get_model("ledger", "LedgerEntry")
    LedgerEntry.objects.bulk_create(
        LedgerEntry(transaction=posting, account=entry.account.value, maker_id=entry.maker, amount=entry.amount)
        for entry in entries
    )


class Migration(migrations.Migration):

    dependencies = [
        ('payment', '0007_manual'),
        ('ledger', '0002_append_only'),
    ]

    operations = [
        migrations.RunPython(enter_what_was_paid, migrations.RunPython.noop, elidable=True),
    ]
