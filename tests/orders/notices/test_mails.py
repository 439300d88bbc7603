"""A buyer is told what becomes of their order: each once, with its amounts to the cent."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from orders.notices.models import SentNotice
from orders.notices.rules import Notice
from orders.notices.services import send_notice
from orders.order.models import Line, Order
from orders.order.services import lock_order, move, wait_for_balance
from orders.order.status import OrderStatus
from shop.mail.models import Mail
from shop.storefronts.models import Storefront
from tests.api import ADDRESS, Api
from tests.factories import make_offer, make_piece, make_variant, make_voucher
from tests.fakes.local_stripe import LocalStripe
from tests.orders.notices.steps import mail_of, told
from tests.orders.steps import cancel, hold_over, lapse, pay, refresh

pytestmark = pytest.mark.django_db

Placed = dict[str, Any]
RunJobs = Callable[[], int]


@pytest.fixture
def placed(api: Api, stripe_server: LocalStripe) -> Placed:
    make_piece("band", make_variant("BAND-1", price="1250.50", options={"ring_size": "7"}))
    return api.placed(BAND_1=2)


def pays(api: Api, server: LocalStripe, placed: Placed) -> None:
    pay(server, placed["payment"])
    refresh(api, placed["order"], placed["payment"])


def words(mail: Mail) -> str:
    return " ".join(mail.text.split())


def day(moment: date) -> str:
    return f"{moment.day} {moment:%B %Y}"


def ship_by() -> str:
    return day(date.fromisoformat(Order.objects.get().promised_shipping["promised_ship_by"]))


def test_an_order_that_waits_for_its_money_is_told_with_how_to_pay(placed: Placed, run_jobs: RunJobs) -> None:
    Storefront.objects.filter(is_default=True).update(
        link_templates={
            "order": "https://alder.example/orders/{number}?token={token}",
            "pay": "https://alder.example/pay/{number}?token={token}",
        }
    )
    run_jobs()
    assert told(placed["order"]) == ["order_placed"]
    mail = mail_of(placed["order"], "order_placed")
    assert mail.to == "ada@example.com"
    assert "please pay $2,501.00 by" in words(mail)
    assert f"https://alder.example/pay/{placed['order']['number']}?token=" in mail.text
    assert "2 x Band: $2,501.00\n  Ring size: 7\n  Made by: Alder\n" in mail.text
    assert "Pieces: $2,501.00\nShipping: $0.00\nTotal: $2,501.00\n" in mail.text
    assert f"Once it is paid, it ships by {ship_by()} (Insured ground, 3-5 days)." in words(mail)
    assert f"It is good until {day(timezone.now() + timedelta(days=settings.ORDER_TOKEN_DAYS))}" in words(mail)


def test_how_to_pay_by_hand_stands_in_the_storefronts_words(api: Api, run_jobs: RunJobs) -> None:
    words_of_shop = "Transfer it to Alder & Anvil's account:\n\nDE12 3456"
    Storefront.objects.filter(is_default=True).update(providers=["manual"], payment_instructions=words_of_shop)
    make_piece("band")
    order = api.placed("manual", BAND_1=1)["order"]
    run_jobs()
    mail = mail_of(order, "order_placed")
    assert "This is how to pay:\n\nTransfer it to Alder & Anvil's account:\nDE12 3456\n" in mail.text
    assert "Alder &amp; Anvil&#x27;s account:<br>DE12 3456" in mail.html


def test_a_deposit_that_is_there_leaves_no_time_to_name(placed: Placed, run_jobs: RunJobs) -> None:
    wait_for_balance(lock_order(Order.objects.get().pk))
    run_jobs()
    assert "held for you, and $2,501.00 is still to be paid." in words(mail_of(placed["order"], "order_placed"))


def test_each_discount_is_named_and_the_lines_come_to_the_total(
    api: Api, stripe_server: LocalStripe, run_jobs: RunJobs
) -> None:
    make_piece("band", make_variant("BAND-1", price="100.00"))
    make_offer("percentage", "10", label="Mother's day & more")
    make_voucher("FIVE", make_offer("amount", "5", label="A welcome", by_voucher=True))
    basket = api.ready_basket(BAND_1=1)
    basket = api.post(f"/store/baskets/{basket['id']}/vouchers", {"code": "FIVE"}).json()
    placed = api.checkout(basket).json()
    pays(api, stripe_server, placed)
    run_jobs()
    mail = mail_of(placed["order"], "order_paid")
    assert (
        "Pieces: $100.00\nA welcome (FIVE): -$5.00\nMother's day & more: -$9.50\n"
        "Shipping: $12.00\nTotal: $97.50\nPaid: $97.50\n"
    ) in mail.text
    assert "Mother&#x27;s day &amp; more" in mail.html


def test_the_receipt_says_what_was_promised(
    api: Api, stripe_server: LocalStripe, placed: Placed, run_jobs: RunJobs
) -> None:
    Line.objects.update(lead_time_days=21, final_sale=True)
    Order.objects.update(gift_note="Für immer,\nAda & Charles")
    pays(api, stripe_server, placed)
    run_jobs()
    mail = mail_of(placed["order"], "order_paid")
    assert "\n  Made to order: about 21 days\n  Final sale: it cannot be returned\n" in mail.text
    assert "Your note goes with it: Für immer, Ada & Charles\n" in mail.text


def test_before_the_money_is_there_nothing_that_the_buyer_wrote_is_mailed(placed: Placed, run_jobs: RunJobs) -> None:
    Line.objects.update(personalization=[wish("Buy at evil.example")])
    Order.objects.update(ship_to={**placed["order"]["shipping_address"], "first_name": "Visit evil.example"})
    run_jobs()
    mail = mail_of(placed["order"], "order_placed")
    assert "evil.example" not in mail.subject + mail.text + mail.html


def wish(value: str) -> dict[str, Any]:
    return {
        "option": "inside", "label": "Inside of the band", "kind": "text", "value": value, "value_label": None,
        "font": None, "price": "0.00",
    }  # fmt: skip


def test_a_paid_order_gets_its_receipt(api: Api, placed: Placed, stripe_server: LocalStripe, run_jobs: RunJobs) -> None:
    Line.objects.update(personalization=[wish("Für immer")])
    pays(api, stripe_server, placed)
    run_jobs()
    assert told(placed["order"]) == ["order_paid"]  # how to pay it has been overtaken
    text = mail_of(placed["order"], "order_paid").text
    lines = text.splitlines()
    ordered = lines.index("2 x Band: $2,501.00")
    assert lines[ordered + 1 : ordered + 4] == [
        "  Ring size: 7",
        "  Inside of the band: Für immer",
        "  Made by: Alder",
    ]
    totals = [line for line in lines if line.startswith(("Pieces", "Shipping", "Total", "Paid"))]
    assert totals == ["Pieces: $2,501.00", "Shipping: $0.00", "Total: $2,501.00", "Paid: $2,501.00"]
    assert f"It ships by {ship_by()} (Insured ground, 3-5 days) to:" in " ".join(lines)
    assert "Ada Lovelace\n1 Main Street\nPortland, OR 97201\nUS" in text


def test_an_order_that_ended_unpaid_is_told(placed: Placed, run_jobs: RunJobs) -> None:
    with hold_over():
        lapse()
        run_jobs()
    assert told(placed["order"]) == ["order_lapsed"]
    mail = mail_of(placed["order"], "order_lapsed")
    assert "Nothing was charged" in words(mail) and "2 x Band" in mail.text


def test_a_cancelled_order_is_told(api: Api, placed: Placed, run_jobs: RunJobs) -> None:
    run_jobs()
    cancel(api, placed["order"])
    run_jobs()
    assert told(placed["order"]) == ["order_placed", "order_cancelled"]
    assert "Nothing was charged." in words(mail_of(placed["order"], "order_cancelled"))


def test_one_that_was_paid_and_is_cancelled_is_told_that_money_goes_back(
    api: Api, placed: Placed, stripe_server: LocalStripe, run_jobs: RunJobs
) -> None:
    pays(api, stripe_server, placed)
    move(lock_order(Order.objects.get().pk), OrderStatus.CANCELLED)
    run_jobs()
    assert told(placed["order"]) == ["order_paid", "order_cancelled"]
    assert "goes back the way it came" in words(mail_of(placed["order"], "order_cancelled"))


def test_a_shipped_order_is_told(api: Api, placed: Placed, stripe_server: LocalStripe, run_jobs: RunJobs) -> None:
    pays(api, stripe_server, placed)
    run_jobs()
    move(lock_order(Order.objects.get().pk), OrderStatus.SHIPPED)
    run_jobs()
    assert told(placed["order"]) == ["order_paid", "order_shipped"]
    mail = mail_of(placed["order"], "order_shipped")
    assert "is on its way by USPS: 2 x Band Ring size: 7 It goes to: Ada Lovelace" in words(mail)


@pytest.mark.parametrize("change", ["erase_when_done", "erased_at"])
def test_who_asked_to_be_forgotten_is_told_nothing(placed: Placed, run_jobs: RunJobs, change: str) -> None:
    Order.objects.update(**{change: True if change == "erase_when_done" else placed["order"]["placed_at"]})
    run_jobs()
    assert told(placed["order"]) == []


def test_a_job_that_is_done_again_mails_nothing_again(placed: Placed, run_jobs: RunJobs) -> None:
    run_jobs()
    send_notice(Order.objects.get().pk, Notice.PLACED)
    run_jobs()
    assert told(placed["order"]) == ["order_placed"]


def test_a_mail_that_was_removed_is_not_written_again(placed: Placed, run_jobs: RunJobs) -> None:
    run_jobs()
    Mail.objects.all().delete()
    send_notice(Order.objects.get().pk, Notice.PLACED)
    assert (Mail.objects.count(), SentNotice.objects.get().mail) == (0, None)


def test_what_is_undone_is_told_to_nobody(api: Api, stripe_server: LocalStripe, run_jobs: RunJobs) -> None:
    make_piece("band", make_variant("BAND-1", stock=1))
    basket = api.ready_basket(BAND_1=1)
    api.placed(BAND_1=1)
    run_jobs()
    assert api.checkout(basket).status_code == 409
    assert run_jobs() == 0


def test_no_name_reaches_a_header(api: Api, placed: Placed, stripe_server: LocalStripe, run_jobs: RunJobs) -> None:
    hostile = "Ada\r\nBcc: eve@example.com\r\n\r\nYou have won"
    Order.objects.update(ship_to={**placed["order"]["shipping_address"], "first_name": hostile, "city": hostile})
    Line.objects.update(title=hostile)
    pays(api, stripe_server, placed)
    run_jobs()
    mail = mail_of(placed["order"], "order_paid")
    assert "Bcc" not in mail.subject + mail.from_email + mail.reply_to
    assert "\nBcc" not in mail.text and "\nYou have won" not in mail.text


def test_refused_addresses_leave_the_basket_as_it_was(api: Api, stripe_server: LocalStripe) -> None:
    make_piece("band")
    basket = api.ready_basket(BAND_1=1)
    for email in ("ada@example.com\r\nBcc: eve@example.com", "a" * 10_000 + "@example.com", "ada@example.com\x00"):
        answer = api.patch(f"/store/baskets/{basket['id']}", {"email": email, "shipping_address": ADDRESS})
        assert answer.status_code == 422
    assert api.get(f"/store/baskets/{basket['id']}").json()["email"] == "ada@example.com"
