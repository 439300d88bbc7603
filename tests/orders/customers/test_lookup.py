"""A lost link: asked for with number and address, sent to the address the order was placed with."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from orders.order.models import Order
from shop.mail.models import Mail, MailQuerySet
from tests.api import Api
from tests.factories import make_maker, make_piece, make_storefront
from tests.fakes.local_stripe import LocalStripe
from tests.orders.customers.steps import bought, refused, told
from tests.orders.documented import DocumentedApi

pytestmark = pytest.mark.django_db
HOME = "/store/orders/lookup"
RunJobs = Callable[[], int]


@pytest.fixture
def order(api: DocumentedApi, stripe_server: LocalStripe) -> dict[str, Any]:
    make_piece("band")
    return bought(api, email="Ada@example.com", BAND_1=1)


def ask(api: DocumentedApi, number: str, email: str = "ada@example.com", **headers: str) -> Any:
    answer = api.post(HOME, {"number": number, "email": email}, **headers)
    assert answer.status_code == 202, answer.content
    return answer


def links() -> MailQuerySet:
    """The mails that were asked for; what else is told of an order has tests of its own."""
    return Mail.objects.filter(template="order_link")


def token_in(mail: Mail, number: str) -> str:
    """The token as the mail shows it, found by trying each word."""
    api = DocumentedApi()
    words = [word for word in mail.text.split() if "." in word]
    fits = [w for w in words if api.get(f"/store/orders/{number}", Benchpin_Order_Token=w).status_code == 200]
    assert len(fits) == 1, mail.text
    return fits[0]


def test_the_link_goes_to_the_orders_address(api: DocumentedApi, order: dict[str, Any], run_jobs: RunJobs) -> None:
    answer = ask(api, order["number"].lower(), "ADA@example.com")
    assert answer.json() == {"accepted": True}
    run_jobs()
    mail = links().get()
    assert (mail.template, mail.to) == ("order_link", "Ada@example.com")
    assert order["number"] in mail.text
    assert token_in(mail, order["number"])


def test_the_link_is_the_storefronts(api: DocumentedApi, stripe_server: LocalStripe, run_jobs: RunJobs) -> None:
    make_piece("band")
    template = "https://alder.example/orders/{number}?token={token}"
    window = make_storefront(owner=make_maker(), link_templates={"order": template})
    there = DocumentedApi(Benchpin_Key=window.publishable_key)
    order = bought(there, BAND_1=1)
    ask(api, order["number"])  # in the default storefront there is no such order
    run_jobs()
    assert not links().exists()
    ask(there, order["number"])
    run_jobs()
    assert f"https://alder.example/orders/{order['number']}?token=" in links().get().text


def test_an_old_order_gets_a_token_that_is_good(api: DocumentedApi, order: dict[str, Any], run_jobs: RunJobs) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=settings.ORDER_TOKEN_DAYS + 1)):
        path = f"/store/orders/{order['number']}"
        assert refused(api.get(path, Benchpin_Order_Token=order["access_token"])) == (401, "access_token_expired")
        ask(api, order["number"])
        run_jobs()
        token_in(links().get(), order["number"])


@pytest.mark.parametrize("email", ["eve@example.com", "ada@example.co", "ada+1@example.com"])
def test_nothing_shows_whether_it_fits(
    api: DocumentedApi, order: dict[str, Any], run_jobs: RunJobs, email: str
) -> None:
    right = ask(api, order["number"])
    run_jobs()
    for number, address in ((order["number"], email), ("0000-0000-0000", "ada@example.com"), ("ʹ", email)):
        answer = ask(api, number, address)
        assert told(answer) == told(right)
        assert answer.headers.keys() == right.headers.keys()
    run_jobs()
    assert links().count() == 1


def test_the_same_work_is_done_whether_it_fits_or_not(api: DocumentedApi, order: dict[str, Any]) -> None:
    done = []
    for number, email in ((order["number"], "ada@example.com"), (order["number"], "eve@example.com"), ("0", "a@b.co")):
        with CaptureQueriesContext(connection) as queries:
            ask(api, number, email)
        done.append([str(query["sql"]).split()[0] for query in queries])
    assert done[0] == done[1] == done[2]
    jobs = ProcrastinateJob.objects.filter(task_name="orders.customers.send_order_link")
    assert [set(job.args) for job in jobs] == [{"order_id"}] * 3  # no address is kept with the job


def test_nobody_is_flooded(api: DocumentedApi, order: dict[str, Any], run_jobs: RunJobs) -> None:
    other = bought(api, BAND_1=1)
    for _ in range(3):
        ask(api, order["number"])
        ask(api, other["number"])
    run_jobs()
    assert links().count() == 3
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        ask(api, order["number"])
        run_jobs()
    assert links().count() == 4


def test_an_order_without_its_buyer_is_found_by_nobody(
    api: DocumentedApi, order: dict[str, Any], run_jobs: RunJobs
) -> None:
    Order.objects.update(guest_email="")
    ask(api, order["number"])
    assert refused(api.post(HOME, {"number": order["number"], "email": ""})) == (422, "invalid_input")
    run_jobs()
    assert not links().exists()


def test_a_repeat_with_the_same_key_is_one_request(api: DocumentedApi, order: dict[str, Any]) -> None:
    for _ in range(2):
        ask(api, order["number"], Idempotency_Key="a-key-of-some-length")
    assert ProcrastinateJob.objects.filter(task_name="orders.customers.send_order_link").count() == 1


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"number", "email"}),
        ({"number": 7, "email": "ada@example.com"}, {"number"}),
        ({"number": "x" * 33, "email": "ada@example.com"}, {"number"}),
        ({"number": "A", "email": "nobody"}, {"email"}),
        ({"number": "A", "email": "ada@example.com\nBcc: eve@example.com"}, {"email"}),
        ({"number": "A", "email": ["ada@example.com"]}, {"email"}),
        ({"number": "A", "email": "ada@example.com", "to": "eve@example.com"}, {"to"}),
    ],
)
def test_bad_input_is_refused(api: DocumentedApi, body: dict[str, Any], fields: set[str]) -> None:
    answer = api.post(HOME, body)
    assert refused(answer) == (422, "invalid_input")
    assert {error["field"] for error in answer.json()["errors"]} == fields
    assert not ProcrastinateJob.objects.exists()


def test_it_is_asked_by_post_only() -> None:
    assert Api().get(HOME).status_code == 405
