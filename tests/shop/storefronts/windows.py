"""Storefronts that tests look through."""

from typing import Any

from catalog.partner.models import Partner
from shop.storefronts.models import Storefront
from tests.api import Api
from tests.factories import make_storefront


def through(storefront: Storefront, **headers: str) -> Api:
    """A client that names the storefront."""
    return Api(Benchpin_Key=storefront.publishable_key, **headers)


def listing(*makers: Partner, **values: Any) -> Storefront:
    """A storefront of the platform's that shows these makers only."""
    window = make_storefront(**values)
    window.all_makers = False
    window.save()
    window.makers.set(makers)
    return window


def default() -> Storefront:
    return Storefront.objects.get(is_default=True)


def replace_key(window: Storefront) -> None:
    """Give it a new key; the one before stays good for long."""
    window.previous_key, window.publishable_key = window.publishable_key, "pk_new"
    window.previous_key_until = "2100-01-01T00:00:00Z"
    window.save()
