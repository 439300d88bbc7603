"""Many checkouts of one buyer in the same moment: the cap holds, and without its lock it does not."""

from collections import Counter
from functools import partial
from typing import Any

import pytest

from orders.checkout import services
from orders.order.models import Order
from tests.api import Api
from tests.factories import make_piece, make_variant
from tests.fakes.local_stripe import LocalStripe
from tests.races import at_once, meeting

pytestmark = pytest.mark.django_db(transaction=True)
BUYERS, CAP = 7, 3


@pytest.fixture
def met(guarded: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has counted waits for the others to have counted as well."""
    meet, count = meeting(BUYERS, certain=not guarded), services._check_unpaid

    def count_then_meet(*args: Any) -> None:
        count(*args)
        meet()

    monkeypatch.setattr(services, "_check_unpaid", count_then_meet)


def ready(number: int, email: str) -> dict[str, Any]:
    """A basket with a piece of its own: no lock of its stock stands in another's way."""
    make_piece(f"band-{number}", make_variant(f"B-{number}"))
    basket = Api().ready_basket(**{f"B_{number}": 1})
    return dict(Api().patch(f"/store/baskets/{basket['id']}", {"email": email}).json())


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
@pytest.mark.parametrize("one", ["mail", "address"])
def test_all_at_once(
    guarded: bool, one: str, met: None, stripe_server: LocalStripe, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    baskets = [
        ready(number, "ada@example.com" if one == "mail" else f"a{number}@example.com") for number in range(BUYERS)
    ]
    settings.LIMITS = True
    settings.UNPAID_ORDERS_PER_EMAIL = CAP if one == "mail" else 1000
    settings.UNPAID_ORDERS_PER_ADDRESS = CAP if one == "address" else 1000
    if not guarded:
        monkeypatch.setattr(services, "_wait_for_others_of", lambda *args: None)

    answers = at_once(*(partial(Api().checkout, basket) for basket in baskets))
    statuses = Counter(answer.status_code for answer in answers)

    if guarded:
        assert statuses == {201: CAP, 429: BUYERS - CAP}
        assert Order.objects.count() == CAP
    else:
        assert Order.objects.count() == BUYERS
