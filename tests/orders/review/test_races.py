"""Whoever decides on a held order second finds it decided. The control acts on what it saw before."""

from functools import partial
from typing import Any

import pytest

from orders.order.models import Order
from orders.order.services import lock_order
from orders.review import services
from shop.audit.models import AuditEntry
from tests.factories import make_piece, make_variant, stock
from tests.fakes.local_stripe import LocalStripe
from tests.orders.refunds.steps import bought, home, post, team
from tests.races import Overtaking, at_once

pytestmark = pytest.mark.django_db(transaction=True)
Placed = dict[str, Any]


@pytest.fixture
def held(stripe_server: LocalStripe, settings: Any) -> Placed:
    settings.REVIEW_OVER = 100
    make_piece("band", make_variant("BAND-1", price="180.00", stock=5))
    return bought(stripe_server, BAND_1=1)


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
@pytest.mark.parametrize("door", ["review/cancel", "cancel"])
def test_approve_against_cancel(held: Placed, door: str, guarded: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The team lets the order go, while somebody else of it cancels the order."""
    race, api = Overtaking(certain=not guarded), team()

    def look(pk: int) -> Order:
        if race.looked.is_set():  # the other one's
            return lock_order(pk)
        order = lock_order(pk) if guarded else Order.objects.get(pk=pk)
        race.has_looked()
        return order

    monkeypatch.setattr(services, "lock_order", look)
    approved, cancelled = at_once(
        partial(post, api, f"{home(held)}/review/approve"),
        lambda: race.after_the_look(partial(post, api, f"{home(held)}/{door}")),
    )
    order = Order.objects.get()
    decided = list(AuditEntry.objects.filter(object=order.public_id).order_by("pk").values_list("action", flat=True))
    if not guarded:
        # It is to be made and sent, and its money has gone back.
        assert (approved.status_code, cancelled.status_code, order.status, order.review) == (
            200, 200, "cancelled", "approved",
        )  # fmt: skip
        assert decided[-2:] == ["order.cancelled", "order.review_approved"]
    elif door == "cancel":
        # An order that was let go may still be cancelled, afterwards.
        assert (approved.status_code, cancelled.status_code, order.status) == (200, 200, "cancelled")
        assert decided == ["order.review_approved", "order.cancelled"]
    else:
        assert (approved.status_code, cancelled.status_code, order.status) == (200, 409, "paid")
        assert cancelled.json()["code"] == "not_under_review"
        assert (decided, stock("BAND-1").num_allocated) == (["order.review_approved"], 1)


@pytest.mark.parametrize("door", ["review/cancel", "cancel"])
def test_what_is_cancelled_is_not_approved(held: Placed, door: str) -> None:
    api = team()
    assert post(api, f"{home(held)}/{door}").status_code == 200
    assert Order.objects.get().review == "cancelled"
    answer = post(api, f"{home(held)}/review/approve")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_under_review")
