from django.db import migrations

from shop.mail.addresses import mailbox

BATCH = 1000


def fill(apps, schema_editor):
    """Whose mail the orders of before are of: what a customer has used already counts whatever spelling comes next."""
    Order = apps.get_model("order", "Order")
    unnamed = Order.objects.filter(mailbox="").exclude(guest_email="").only("pk", "guest_email").order_by("pk")
    last = 0
    while rows := list(unnamed.filter(pk__gt=last)[:BATCH]):
        for row in rows:
            row.mailbox = mailbox(row.guest_email)
        Order.objects.bulk_update(rows, ["mailbox"])
        last = rows[-1].pk


class Migration(migrations.Migration):

    dependencies = [
        ('order', '0031_mailbox'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
