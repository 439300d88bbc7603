"""One scene for all tests of a module that visit every route: made anew for each, it would cost more than they do."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from shop import stripe_gateway
from tests.api import Api
from tests.fakes.local_stripe import LocalStripe
from tests.people import make_everything, undone
from tests.scene import Everything, Thing, make_thing, open_shop


@pytest.fixture(scope="module")
def everything(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Everything]:
    """The token of an owner and customer, and one of each of their things, until the module's tests are done."""
    pictures: Path = tmp_path_factory.mktemp("media")
    with django_db_blocker.unblock(), undone():
        with override_settings(MEDIA_ROOT=pictures):
            made = make_everything()
        # However long the module takes, its people have signed in just now.
        with override_settings(ACCOUNT_REAUTHENTICATION_TIMEOUT=24 * 60 * 60):
            yield made


@pytest.fixture(scope="module")
def guest(everything: Everything, django_db_blocker: Any, stripe_process: LocalStripe) -> Thing:
    """A guest's basket and order in an open shop."""
    stripe_gateway._client.cache_clear()
    with django_db_blocker.unblock(), override_settings(STRIPE_API_BASE=stripe_process.url):
        open_shop()
        return make_thing(Api())


@pytest.fixture
def db(guest: Thing) -> Iterator[None]:
    """In place of pytest-django's, which would close the connection that the scene's transaction is on."""
    with undone():
        yield
