from django.db import migrations

REFUSAL = """
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The ledger is append-only: % is refused', TG_OP USING ERRCODE = 'restrict_violation';
END
$$;
"""
# For each statement, so that also one that would touch no row is refused.
NEVER_CHANGED = """
CREATE TRIGGER ledger_transaction_never_changed BEFORE UPDATE OR DELETE ON ledger_ledgertransaction
FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_entry_never_changed BEFORE UPDATE OR DELETE ON ledger_ledgerentry
FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
"""
# Apart: tests empty their tables with TRUNCATE, and drop these alone.
NEVER_EMPTIED = """
CREATE TRIGGER ledger_transaction_never_emptied BEFORE TRUNCATE ON ledger_ledgertransaction
FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_entry_never_emptied BEFORE TRUNCATE ON ledger_ledgerentry
FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
"""
SUM = """
CREATE FUNCTION ledger_check_sum() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    checked bigint;
    total numeric;
BEGIN
    IF TG_TABLE_NAME = 'ledger_ledgerentry' THEN
        checked := NEW.transaction_id;
    ELSE
        checked := NEW.id;
    END IF;
    SELECT sum(amount) INTO total FROM ledger_ledgerentry WHERE transaction_id = checked;
    IF total IS DISTINCT FROM 0 THEN
        RAISE EXCEPTION 'The entries of ledger transaction % add up to %', checked, coalesce(total::text, 'nothing')
        USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;
"""
# At the commit, when all of its entries are there. On the transactions too, since one without entries says nothing.
ADDS_UP = """
CREATE CONSTRAINT TRIGGER ledger_transaction_adds_up AFTER INSERT ON ledger_ledgertransaction
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_check_sum();
CREATE CONSTRAINT TRIGGER ledger_entry_adds_up AFTER INSERT ON ledger_ledgerentry
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_check_sum();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0001_benchpin'),
    ]

    operations = [
        # Forward only: what has been refused once is never allowed again.
        migrations.RunSQL(REFUSAL),
        migrations.RunSQL(NEVER_CHANGED),
        migrations.RunSQL(NEVER_EMPTIED),
        migrations.RunSQL(SUM),
        migrations.RunSQL(ADDS_UP),
    ]
