"""One database server for the run, migrated once into a template; each worker copies it in a tenth of a second."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings
from django.db import connection, connections
from psycopg import sql

from config import embedded_postgres
from config.collector import leave_what_is_loaded
from config.database import BASE_DIR, data_dir
from tests.api import Api
from tests.fakes.local_stripe import LocalStripe

_servers = ExitStack()


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """In the controller only: the server, and the template of today's migrations."""
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    if not os.environ.get("DATABASE_URL"):
        _servers.enter_context(embedded_postgres.running(data_dir(), owner="make test"))
        _let_nobody_analyse_empty_tables()
    _make_template()


def _let_nobody_analyse_empty_tables() -> None:
    """What tests write is rolled back: autovacuum would find nothing, and PostgreSQL plan a basket of fifty lines as if
    there were none, which takes seconds."""
    with _admin() as admin:
        admin.execute("ALTER SYSTEM SET autovacuum = off")
        admin.execute("SELECT pg_reload_conf()")


def pytest_collection_finish() -> None:
    leave_what_is_loaded()


def pytest_unconfigure(config: pytest.Config) -> None:
    _servers.close()


def _template_name() -> str:
    """Changes with every migration, every pinned library, and what is done to it here."""
    digest = hashlib.sha256()
    migrations = [
        path for slice_ in ("catalog", "orders", "shop") for path in (BASE_DIR / slice_).rglob("migrations/*.py")
    ]
    for path in [*sorted(migrations), BASE_DIR / "requirements.txt", Path(__file__)]:
        digest.update(path.read_bytes())
    return f"benchpin_template_{digest.hexdigest()[:16]}"


def _make_template() -> None:
    name = _template_name()
    with _admin() as admin:
        if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(f"{name}_new")))
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(f"{name}_new")))
        _migrate(f"{name}_new")
        _let_tests_empty_what_is_append_only(f"{name}_new")
        _keep_what_migrations_wrote(f"{name}_new")
        admin.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(f"{name}_new"), sql.Identifier(name))
        )


def _migrate(name: str) -> None:
    # In a process of its own: pytest-django lets nobody reach the database before a test asks for it.
    url = os.environ.get("DATABASE_URL") or embedded_postgres.database_url(data_dir())
    environment = {**os.environ, "DATABASE_URL": urlsplit(url)._replace(path=f"/{name}").geturl()}
    subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity=0"], env=environment, cwd=BASE_DIR, check=True)


def _let_tests_empty_what_is_append_only(name: str) -> None:
    """Tests with processes of their own end with a TRUNCATE of every table, which migrations refuse for these."""
    with _admin(name) as admin:
        admin.execute("DROP TRIGGER audit_never_emptied ON audit_auditentry")
        admin.execute("DROP TRIGGER ledger_transaction_never_emptied ON ledger_ledgertransaction")
        admin.execute("DROP TRIGGER ledger_entry_never_emptied ON ledger_ledgerentry")


def _keep_what_migrations_wrote(name: str) -> None:
    """The TRUNCATE takes the storefront that every shop has, too; the tests that come after it expect one."""
    with _admin(name) as admin:
        admin.execute("CREATE TABLE migrated_storefront AS TABLE storefronts_storefront")
        admin.execute("""
            CREATE FUNCTION write_migrated_storefront() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                INSERT INTO storefronts_storefront SELECT * FROM migrated_storefront;
                RETURN NULL;
            END $$
        """)
        admin.execute("""
            CREATE TRIGGER migrated_storefront AFTER TRUNCATE ON storefronts_storefront
            EXECUTE FUNCTION write_migrated_storefront()
        """)


def _admin(dbname: str = "postgres") -> "psycopg.Connection[Any]":
    values = connection.get_connection_params()
    values = {name: value for name, value in values.items() if name in ("host", "port", "user", "password")}
    return psycopg.connect(dbname=dbname, autocommit=True, **values)


def _use_database(name: str) -> None:
    _disconnect()
    settings.DATABASES["default"]["NAME"] = name
    connections["default"].settings_dict["NAME"] = name


def _disconnect() -> None:
    connection.close()


@pytest.fixture(scope="session")
def django_db_setup(request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[None]:
    """A copy of the template for this worker."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    name = f"benchpin_test_{worker}_{os.getpid()}"
    with django_db_blocker.unblock():
        with _admin() as admin:
            admin.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(_template_name()))
            )
        _use_database(name)
        yield
        _disconnect()
        with _admin() as admin:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(autouse=True)
def media_root(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    uploads = {**settings.STORAGES["uploads"], "OPTIONS": {"location": str(tmp_path / "uploads")}}
    settings.STORAGES = {**settings.STORAGES, "uploads": uploads}
    return tmp_path / "media"


@pytest.fixture
def api(db: None) -> Api:
    """A storefront that talks to the API within the test's transaction."""
    return Api()


@pytest.fixture(scope="session")
def stripe_process() -> Iterator[LocalStripe]:
    with LocalStripe() as server:
        yield server


@pytest.fixture
def stripe_server(stripe_process: LocalStripe, settings: Any) -> Iterator[LocalStripe]:
    """A local Stripe without memory of other tests, and our gateway pointed at it."""
    from shop import stripe_gateway

    stripe_process.reset()
    settings.STRIPE_API_BASE = stripe_process.url
    stripe_gateway._client.cache_clear()
    yield stripe_process
    stripe_gateway._client.cache_clear()


@pytest.fixture
def run_jobs(db: None) -> Callable[[], int]:
    """Runs the jobs that wait now and those they enqueue, by the real tasks; returns how many."""
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.models import ProcrastinateJob

    def run() -> int:
        done = 0
        while waiting := list(ProcrastinateJob.objects.filter(status="todo").order_by("pk")):
            for job in waiting:
                with connection.cursor() as cursor:
                    cursor.execute("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = %s", [job.pk])
                app.tasks[job.task_name].func(**job.args)
                done += 1
        return done

    return run
