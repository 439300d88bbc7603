"""The queue's tables are not Django's: emptying the database after a test that commits passes them by."""

from django.db import connection


def forget_jobs() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers, procrastinate_workers"
        )
