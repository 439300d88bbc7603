from django.db import migrations

# What the platform bore of the discounts of orders from before; shipping has no lines.
OF_LINES = """
UPDATE order_line l SET promotion = borne.amount FROM (
    SELECT each.line_id, sum(each.amount) AS amount
    FROM order_orderlinediscount each JOIN order_orderdiscount d ON d.id = each.order_discount_id
    WHERE d.maker_id IS NULL GROUP BY each.line_id
) borne WHERE borne.line_id = l.id
"""
OF_SHIPPING = """
UPDATE order_order o SET shipping_promotion = borne.amount FROM (
    SELECT order_id, sum(amount) AS amount FROM order_orderdiscount
    WHERE maker_id IS NULL AND category = 'Shipping' GROUP BY order_id
) borne WHERE borne.order_id = o.id
"""


class Migration(migrations.Migration):

    dependencies = [
        ('order', '0029_promotions'),
    ]

    operations = [
        migrations.RunSQL([OF_LINES, OF_SHIPPING], migrations.RunSQL.noop, elidable=True),
    ]
