from django.db import migrations

# What the ledger says of payments from before. Apart from the column: PostgreSQL alters no table that it has just filled.
SAY_WHICH_WERE_LATE = """
UPDATE payment_payment p SET late = true FROM ledger_ledgertransaction t
WHERE t.key = 'charge:' || p.public_id AND t.kind = 'late_charge' AND p.status = 'paid'
"""


class Migration(migrations.Migration):

    dependencies = [
        ('payment', '0012_late'),
        ('ledger', '0002_append_only'),
    ]

    operations = [
        migrations.RunSQL(SAY_WHICH_WERE_LATE, migrations.RunSQL.noop, elidable=True),
    ]
