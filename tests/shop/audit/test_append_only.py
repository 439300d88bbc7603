"""The database itself refuses to change what was written down, whichever way the change comes."""

from importlib import import_module
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from shop.actors import SYSTEM
from shop.audit.models import AuditEntry
from shop.audit.services import record

pytestmark = pytest.mark.django_db
migration = import_module("shop.audit.migrations.0002_append_only")


@pytest.fixture
def entry(db: None) -> AuditEntry:
    record(SYSTEM, "job.ran", after={"count": 1})
    return AuditEntry.objects.get()


def row() -> Any:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM audit_auditentry")
        return cursor.fetchall()


def execute(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


CHANGES = {
    "UPDATE": "UPDATE audit_auditentry SET action = 'nothing.happened'",
    "UPDATE of nothing": "UPDATE audit_auditentry SET action = 'nothing.happened' WHERE false",
    "UPDATE by way of INSERT": (
        'INSERT INTO audit_auditentry (id, public_id, at, maker, actor, "user", sign_in, address, request_id, action,'
        ' object) SELECT id, public_id, at, maker, actor, "user", sign_in, address, request_id, action, object'
        " FROM audit_auditentry ON CONFLICT (id) DO UPDATE SET action = 'nothing.happened'"
    ),
    "DELETE": "DELETE FROM audit_auditentry",
    "DELETE by way of MERGE": (
        "MERGE INTO audit_auditentry a USING (SELECT 1) AS one ON true WHEN MATCHED THEN DELETE"
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_statement_that_changes_is_refused(entry: AuditEntry, change: str) -> None:
    before = row()
    with pytest.raises(IntegrityError, match=f"append-only: {change.split()[0]} is refused"):
        execute(CHANGES[change])
    assert row() == before


def test_so_is_what_the_application_would_send(entry: AuditEntry) -> None:
    before = row()
    entry.action = "nothing.happened"
    for change in (entry.save, entry.delete, AuditEntry.objects.all().delete):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
    assert row() == before


def test_truncate_is_refused_where_migrations_alone_made_the_database(entry: AuditEntry) -> None:
    """The test database lacks this trigger, which tests/conftest.py drops after the migrations have made it."""
    before = row()
    execute(migration.NEVER_EMPTIED)
    for truncate in ("TRUNCATE audit_auditentry", "TRUNCATE keys_secretkey, audit_auditentry CASCADE"):
        with pytest.raises(IntegrityError, match="append-only: TRUNCATE is refused"):
            execute(truncate)
    assert row() == before
    assert migration.NEVER_EMPTIED in [getattr(step, "sql", "") for step in migration.Migration.operations]


def test_the_way_back_is_closed() -> None:
    closed = [step for step in migration.Migration.operations if hasattr(step, "sql")]
    assert len(closed) == 3
    assert not any(step.reversible for step in closed)
