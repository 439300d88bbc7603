from django.db import migrations

# An order that lived again has left its basket open, from which nothing could be ordered any more.
FREEZE = """
UPDATE basket_basket b SET status = 'Frozen' FROM order_order o
WHERE b.status = 'Open' AND o.basket_id = b.id AND o.status NOT IN ('cancelled', 'lapsed')
"""


class Migration(migrations.Migration):

    dependencies = [
        ('basket', '0016_shown'),
        ('order', '0030_promotions_of_before'),
    ]

    operations = [
        migrations.RunSQL(FREEZE, migrations.RunSQL.noop, elidable=True),
    ]
