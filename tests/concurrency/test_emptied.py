"""A test with processes of its own empties every table: what every shop has from its migrations is there again."""

import pytest

from shop.storefronts.models import Storefront
from tests.factories import make_piece

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("processes")]


@pytest.mark.parametrize("time", ["first", "again"])
def test_the_default_storefront_is_there(time: str) -> None:
    assert Storefront.objects.filter(is_default=True).count() == 1
    make_piece("band")
