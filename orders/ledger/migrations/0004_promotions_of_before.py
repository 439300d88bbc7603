from decimal import Decimal

from django.db import migrations

from orders.ledger.rules import Kind, promotion, promotions_of_order

PAID = ("paid", "in_progress", "partially_shipped", "shipped", "delivered")


def add_promotions(apps, schema_editor):
    """The platform adds what it bears to orders that are paid already; what was refunded of them stays the maker's."""
    Order = apps.get_model("order", "Order")
    borne = Order.objects.filter(discounts__maker=None, discounts__isnull=False, status__in=PAID).distinct()
    for order in borne.order_by("pk").iterator():
        _enter(apps, order, promotion(_promotions(order)))


def _promotions(order):
    items = {}
    for maker, amount in order.lines.order_by("pk").values_list("partner", "promotion"):
        items[maker] = items.get(maker, Decimal(0)) + amount
    return promotions_of_order(items=items, shipping=order.shipping_promotion)


def _enter(apps, order, entries):
    posting = apps.get_model("ledger", "LedgerTransaction").objects.create(
        key=f"promotion:{order.public_id}", kind=Kind.PROMOTION.value, order=order, currency=order.currency
    )
    LedgerEntry = apps.get_model("ledger", "LedgerEntry")
    LedgerEntry.objects.bulk_create(
        LedgerEntry(transaction=posting, account=entry.account.value, maker_id=entry.maker, amount=entry.amount)
        for entry in entries
    )


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0003_promotions'),
        ('order', '0030_promotions_of_before'),
    ]

    operations = [
        migrations.RunPython(add_promotions, migrations.RunPython.noop, elidable=True),
    ]
