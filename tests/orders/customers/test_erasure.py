"""A customer is forgotten: everywhere, at once, but for what open orders need and tax law wants kept."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from orders.basket.models import Basket
from orders.customers.tasks import erase_finished
from orders.order.models import Order
from orders.refunds.models import Refund
from shop.accounts.events import SignedIn
from shop.accounts.models import User
from shop.accounts.tasks import forget_begun_sign_ins
from shop.audit.models import AuditEntry
from shop.events.services import publish
from shop.keys.models import SecretKey
from shop.mail.models import Mail
from shop.makers.models import Invitation, Membership
from tests.api import ADDRESS
from tests.factories import make_key, make_maker, make_member, make_piece, make_user, make_variant, sign_in, stock
from tests.fakes.local_stripe import LocalStripe
from tests.orders.customers.steps import bought, customer, person, refused
from tests.orders.documented import DocumentedApi
from tests.orders.steps import cancel, hold_over, lapse, pay, refresh, token
from tests.shop.accounts.sign_in import App

pytestmark = pytest.mark.django_db
HOME = "/store/customer/erasure"
EMAIL = "augusta@ockham.example"
WORK = "countess@ockham.example"
NAMES = {"first_name": "Augusta", "last_name": "Lovelace-King"}
PHONE = "+44 1483 555 0117"
WHERE = {**ADDRESS, **NAMES, "line1": "17 Ockham Court", "company": "Difference Engines", "phone": PHONE}
# Whatever tells of her stands in one of these, in any case.
TRACES = (*NAMES.values(), "Ockham", "Difference Engines", "555 0117", "for my godmother", "192.0.2.7")


@pytest.fixture(autouse=True)
def pieces(stripe_server: LocalStripe) -> None:
    make_piece("band", make_variant("BAND-1", stock=50))


def erase(api: DocumentedApi, confirm: str = EMAIL, **headers: str) -> Any:
    return api.post(HOME, {"confirm": confirm}, **headers)


def erased(api: DocumentedApi, confirm: str = EMAIL) -> dict[str, Any]:
    answer = erase(api, confirm)
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def order(api: DocumentedApi, email: str = EMAIL) -> dict[str, Any]:
    """An unpaid order with all she ever writes on one; each request with a key, so that its answer is stored."""
    basket = api.basket(BAND_1=1)
    details = {
        "email": email, "phone": PHONE, "shipping_address": WHERE, "billing_address": WHERE,
        "shipping_option": "standard", "gift_note": "Congratulations! For my Godmother",
    }  # fmt: skip
    api.patch(f"/store/baskets/{basket['id']}", details)
    line = f"/store/baskets/{basket['id']}/lines"
    changed = api.post(line, {"sku": "BAND-1"}, Idempotency_Key="one-more-of-these").json()
    answer = api.checkout(changed)
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def fill_every_corner() -> tuple[DocumentedApi, dict[str, dict[str, Any]]]:
    """All that she can leave behind, and her orders by where they stand."""
    guest = DocumentedApi()
    placed = {"claimed": order(guest)}
    ada = customer(EMAIL)
    user = person(EMAIL)
    EmailAddress.objects.create(user=user, email=WORK, verified=True, primary=False)
    placed["work"] = order(guest, WORK.upper())
    publish(SignedIn(user.pk))
    placed["open"] = order(ada)
    placed["late"] = order(guest)  # after the last sign-in
    ada.patch("/store/customer", {**NAMES, "phone": PHONE})
    ada.post("/store/customer/addresses", {**WHERE, "default_billing": True}, Idempotency_Key="keep-my-address")
    size = {"label": "Augusta's thumb", "inner_circumference_mm": "60"}
    ada.post("/store/customer/ring-sizes", size, Idempotency_Key="keep-my-size")
    guests = guest.basket(BAND_1=1)
    guest.patch(f"/store/baskets/{guests['id']}", {"email": EMAIL, "shipping_address": WHERE})
    ada.post("/store/customer/basket", {"basket": guests["id"]}, Idempotency_Key="take-my-basket")
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "Ockham"})
    make_member(EMAIL, "manager")
    make_member("owner@example.com")
    Invitation.objects.create(maker=make_maker("birch"), email=EMAIL, roles=["manager"], token_hash="x")
    for address in (EMAIL, WORK):
        Mail.objects.create(to=address, subject="Hello Augusta", text="Hello Augusta", message_id=f"<{address}>")
    LogEntry.objects.create(
        user=make_user("operator@example.com"), content_type=ContentType.objects.get_for_model(User),
        object_id=str(user.pk), object_repr=str(user), action_flag=CHANGE,
    )  # fmt: skip
    guest.post("/store/orders/lookup", {"number": placed["open"]["order"]["number"], "email": EMAIL})
    left = guest.basket(BAND_1=1)
    guest.patch(f"/store/baskets/{left['id']}", {"email": WORK.title(), "shipping_address": WHERE})
    # Begun with the password, and not gone on with.
    assert App().sign_in(EMAIL).status_code == 401
    return ada, placed


def tables() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY table_name"
        )
        return [name for (name,) in cursor.fetchall()]


def traces(words: tuple[str, ...] = TRACES) -> dict[str, set[str]]:
    """In which tables each of the words stands: every row as text, bytes as what they spell, sessions decoded."""
    found: dict[str, set[str]] = {}
    for word in words:
        for table in tables():
            with connection.cursor() as cursor:
                cursor.execute(
                    f'SELECT 1 FROM "{table}" AS r WHERE r::text ILIKE %s OR r::text LIKE %s LIMIT 1',
                    [f"%{word}%", f"%{word.encode().hex()}%"],
                )
                if cursor.fetchone():
                    found.setdefault(table, set()).add(word)
        if any(word.lower() in str(session.get_decoded()).lower() for session in Session.objects.all()):
            found.setdefault("django_session", set()).add(word)
    return found


def test_the_scan_finds_what_is_there() -> None:
    fill_every_corner()
    found = traces()
    assert set.union(*found.values()) == set(TRACES)
    assert set(found) >= {
        "account_emailaddress", "accounts_address", "accounts_ringsize", "accounts_user", "basket_basket",
        "django_admin_log", "django_session", "idempotency_idempotentrequest", "mail_mail", "makers_invitation",
        "mfa_authenticator", "order_order", "usersessions_usersession",
    }  # fmt: skip


def test_nothing_is_left_but_what_open_orders_need(stripe_server: LocalStripe) -> None:
    ada, placed = fill_every_corner()
    bobs = sign_in(make_user("bob@example.com"))
    told = erased(ada)
    [job] = ProcrastinateJob.objects.filter(task_name="shop.accounts.forget_begun_sign_ins")
    forget_begun_sign_ins(**job.args)
    assert Session.objects.filter(pk=bobs).exists()
    assert told["orders_kept"] == []
    assert told["orders_in_progress"] == [
        placed[name]["order"]["number"] for name in ("claimed", "work", "open", "late")
    ]
    assert set(traces()) == {"order_order"}
    assert not Basket.objects.exists()

    with hold_over():
        lapse()
    assert set(traces()) == {"order_order"}
    erase_finished(timestamp=0)
    assert traces() == {}
    assert set(Order.objects.values_list("status", flat=True)) == {"lapsed"}


def test_an_ended_order_is_parted_from_its_buyer_at_once(stripe_server: LocalStripe) -> None:
    ada = customer(EMAIL)
    shown = order(ada)["order"]
    assert ada.post(f"/store/orders/{shown['number']}/cancel").status_code == 200
    before = ada.get(f"/store/orders/{shown['number']}").json()
    told = erased(ada)
    assert (told["orders_kept"], told["orders_in_progress"]) == ([shown["number"]], [])
    assert traces() == {}
    row = Order.objects.get()
    assert (row.user, row.basket, row.erase_when_done, row.placed_from) == (None, None, False, "")
    assert row.erased_at is not None

    kept = dict.fromkeys(WHERE, "") | {name: ADDRESS[name] for name in ("city", "state", "postal_code", "country")}
    gone = {"email": "", "phone": "", "gift_note": ""}
    place = {"shipping_address": {**kept, "line2": ""}, "billing_address": {**kept, "line2": ""}}
    # The books are as they were: lines, amounts, dates, payments, and where it was sold.
    after = DocumentedApi().get(f"/store/orders/{shown['number']}", **token(shown))
    assert after.json() == {**before, **gone, **place}


@pytest.mark.parametrize("status", ["delivered", "cancelled", "lapsed"])
def test_what_counts_as_ended(status: str) -> None:
    ada = customer(EMAIL)
    order(ada)
    Order.objects.update(status=status)
    assert len(erased(ada)["orders_kept"]) == 1
    assert traces() == {}


@pytest.mark.parametrize("status", ["awaiting_payment", "paid", "in_progress", "partially_shipped", "shipped"])
def test_an_open_order_keeps_what_delivery_needs_until_it_has_ended(status: str) -> None:
    ada = customer(EMAIL)
    shown = order(ada)["order"]
    Order.objects.update(status=status)
    erased(ada)
    erase_finished(timestamp=0)
    row = Order.objects.get()
    assert (row.user, row.erase_when_done, row.erased_at) == (None, True, None)
    assert (row.ship_to["line1"], row.guest_email) == (WHERE["line1"], EMAIL)
    assert DocumentedApi().get(f"/store/orders/{shown['number']}", **token(shown)).status_code == 200
    Order.objects.update(status="delivered")
    erase_finished(timestamp=0)
    row.refresh_from_db()
    assert (row.erase_when_done, row.ship_to["line1"], row.guest_email) == (False, "", "")
    assert row.erased_at is not None
    assert traces() == {}


def test_an_open_order_is_still_paid_for_and_cancelled(stripe_server: LocalStripe) -> None:
    ada = customer(EMAIL)
    paid, cancelled = order(ada), order(ada)
    erased(ada)
    guest = DocumentedApi()
    pay(stripe_server, paid["payment"])
    assert refresh(guest, paid["order"], paid["payment"])["status"] == "paid"
    assert cancel(guest, cancelled["order"]).status_code == 200
    assert set(Order.objects.values_list("status", flat=True)) == {"paid", "cancelled"}


def test_money_that_comes_for_an_order_without_its_buyer_goes_back(
    stripe_server: LocalStripe, run_jobs: Callable[[], int]
) -> None:
    """It cannot be sent to anybody any more, so it does not come back to life."""
    ada = customer(EMAIL)
    placed = order(ada)
    assert pay(stripe_server, placed["payment"])["status"] == "succeeded"
    Order.objects.update(status="lapsed")
    erased(ada)
    run_jobs()
    answer = refresh(DocumentedApi(), placed["order"], placed["payment"])
    run_jobs()
    assert answer["status"] == "paid"
    assert Order.objects.get().status == "lapsed"
    assert Refund.objects.get().status == "succeeded"
    assert stock("BAND-1").num_allocated == 2  # as it was: the test made the order lapse, not the job


def test_an_order_that_waits_is_not_claimed_by_whoever_comes_with_the_address() -> None:
    ada = customer(EMAIL)
    order(ada)
    erased(ada)
    again = make_user(EMAIL)
    publish(SignedIn(again.pk))
    assert Order.objects.get().user is None
    assert customer(EMAIL).get("/store/customer/orders").json()["results"] == []


def test_every_sign_in_of_theirs_has_ended() -> None:
    devices = [customer(EMAIL), customer(EMAIL)]
    other = customer("eve@example.com")
    erased(devices[0])
    for device in devices:
        assert refused(device.get("/store/customer")) == (401, "invalid_credentials")
        assert refused(erase(device)) == (401, "invalid_credentials")
    assert other.get("/store/customer").status_code == 200
    assert not User.objects.filter(email=EMAIL).exists()


def test_others_keep_what_is_theirs() -> None:
    eve = customer("eve@example.com")
    eve.post("/store/customer/addresses", WHERE)
    theirs, basket = bought(eve, email="eve@example.com", BAND_1=1), eve.basket(BAND_1=1)
    Mail.objects.create(to="eve@example.com", subject="Hello", text="Hello", message_id="<1>")
    stored = eve.post("/store/customer/addresses", WHERE, Idempotency_Key="keep-my-address").json()
    ada, _ = fill_every_corner()
    erased(ada)
    assert len(eve.get("/store/customer/addresses").json()["results"]) == 2
    assert eve.get(f"/store/orders/{theirs['number']}").json()["email"] == "eve@example.com"
    assert eve.get(f"/store/baskets/{basket['id']}").json()["lines"] == basket["lines"]
    assert Mail.objects.get().to == "eve@example.com"
    again = eve.post("/store/customer/addresses", WHERE, Idempotency_Key="keep-my-address")
    assert (again.json(), again.headers["Idempotent-Replayed"]) == (stored, "true")


def test_it_is_written_down_by_ids_only() -> None:
    ada = customer(EMAIL)
    order(ada)
    user_id = person(EMAIL).public_id
    erased(ada)
    entry = AuditEntry.objects.get(action="customer.erased")
    assert (entry.actor, entry.user, entry.object) == (user_id, user_id, user_id)
    assert entry.after == {"orders": 0, "in_progress": 1}


# Who may, and who may not


def unchanged(ada: DocumentedApi) -> bool:
    return ada.get("/store/customer").json()["email"] == EMAIL and bool(Order.objects.get().guest_email)


@pytest.mark.parametrize("confirm", ["eve@example.com", f"{EMAIL}x", "yes"])
def test_it_is_confirmed_by_the_own_address(confirm: str) -> None:
    ada = customer(EMAIL)
    order(ada)
    answer = erase(ada, confirm)
    assert refused(answer) == (422, "invalid_input")
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [("confirm", "not_your_email")]
    assert unchanged(ada)


@pytest.mark.parametrize("body", [{}, {"confirm": ""}, {"confirm": True}, {"confirm": None}, {"confirm": [EMAIL]}])
def test_bad_input_is_refused(body: dict[str, Any]) -> None:
    ada = customer(EMAIL)
    order(ada)
    answer = ada.post(HOME, body)
    assert refused(answer) == (422, "invalid_input")
    assert {error["field"] for error in answer.json()["errors"]} == {"confirm"}
    assert unchanged(ada)


def test_the_address_is_confirmed_in_any_case() -> None:
    erased(customer(EMAIL), EMAIL.upper())
    assert not User.objects.filter(email=EMAIL).exists()


def test_a_sign_in_of_a_while_ago_is_confirmed_first() -> None:
    ada = customer(EMAIL)
    order(ada)
    with time_machine.travel(timezone.now() + timedelta(seconds=301)):
        assert refused(erase(ada)) == (403, "confirmation_required")
        assert unchanged(ada)


def test_guests_and_keys_cannot() -> None:
    assert refused(erase(DocumentedApi())) == (401, "sign_in_required")
    owner = make_member(EMAIL)
    make_member("another@example.com")
    tool = DocumentedApi(Authorization=f"Bearer {make_key(owner, 'products.read')}")
    assert refused(erase(tool)) == (403, "person_required")
    assert User.objects.filter(email=EMAIL).exists()


# On a team


def test_the_last_owner_hands_over_first() -> None:
    ada = customer(EMAIL)
    order(ada)
    make_member(EMAIL)
    make_member("manager@example.com", "manager")
    assert refused(erase(ada)) == (409, "last_owner")
    assert unchanged(ada)
    assert Membership.objects.count() == 2
    Membership.objects.filter(user__email="manager@example.com").update(roles=["owner"])
    erased(ada)
    assert [member.user.email for member in Membership.objects.all()] == ["manager@example.com"]


def test_one_team_that_needs_its_owner_keeps_the_places_on_all() -> None:
    ada = customer(EMAIL)
    order(ada)
    make_member(EMAIL, "bench_jeweler", maker=make_maker("birch"))
    make_member(EMAIL, maker=make_maker("cedar"))
    assert refused(erase(ada)) == (409, "last_owner")
    assert Membership.objects.filter(user=person(EMAIL)).count() == 2
    assert unchanged(ada)


def test_keys_die_with_their_owner() -> None:
    ada = customer(EMAIL)
    make_member("owner@example.com")
    make_key(make_member(EMAIL, "manager"), "products.read")
    erased(ada)
    assert not SecretKey.objects.usable().exists()
