"""The developers' pages: there where the setting is on, and nowhere else."""

import importlib
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import clear_url_caches

import config.urls
from shop.mail import services
from shop.mail.samples import SAMPLES
from tests.shop.mail.steps import ADA, write_mail

pytestmark = pytest.mark.django_db

PATHS = ["/dev/mails", "/dev/mails/sent?to=ada@example.com", *(f"/dev/mails/{template}" for template in SAMPLES)]


@pytest.fixture
def dev_pages(settings: Any) -> Iterator[None]:
    """The addresses as they are where development's pages are on."""

    def read_again() -> None:
        importlib.reload(config.urls)
        clear_url_caches()

    settings.DEV_PAGES = True
    read_again()
    yield
    settings.DEV_PAGES = False
    read_again()


def page(path: str) -> HttpResponse:
    return Client().get(path)


@pytest.mark.parametrize("path", PATHS)
def test_off_there_is_nothing(path: str) -> None:
    write_mail()
    answer = page(path)
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert answer.json()["code"] == "not_found"


@pytest.mark.usefixtures("dev_pages")
def test_the_list_leads_to_every_mail() -> None:
    listed = page("/dev/mails").content.decode()
    for template in SAMPLES:
        assert f'href="/dev/mails/{template}"' in listed and f'href="/dev/mails/{template}.txt"' in listed
    assert "Ada Lovelace invites you to the team of Alder &amp; Anvil" in listed


@pytest.mark.usefixtures("dev_pages")
@pytest.mark.parametrize("template", SAMPLES)
def test_a_mail_is_shown_in_both_forms(template: str) -> None:
    html, text = page(f"/dev/mails/{template}"), page(f"/dev/mails/{template}.txt")
    assert (html.status_code, html["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert (text.status_code, text["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert "sent you this mail because" in html.content.decode()
    assert text.content.decode().startswith("Subject: ") and "sent you this mail" in text.content.decode()


@pytest.mark.usefixtures("dev_pages")
@pytest.mark.parametrize(
    "path", ["/dev/mails", "/dev/mails/invitation", "/dev/mails/invitation.txt", "/dev/mails/sent"]
)
def test_a_page_runs_nothing_and_is_not_framed(path: str) -> None:
    answer = page(path)
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "script-src" not in policy
    assert (answer["X-Frame-Options"], answer["X-Content-Type-Options"]) == ("DENY", "nosniff")
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.usefixtures("dev_pages")
def test_what_was_sent_to_an_address() -> None:
    first, second = write_mail("password_reset"), write_mail("sign_in_code", to="Ada@Example.com")
    write_mail(to="adam@example.com")
    services.deliver(first.pk)
    results = page(f"/dev/mails/sent?to={ADA}").json()["results"]
    assert [mail["id"] for mail in results] == [second.public_id, first.public_id]
    assert results[1]["subject"] == "Choose a new password for Alder & Anvil"
    assert "\n    4-cz2k1p-93f1\n" in results[1]["text"]
    assert results[0]["sent_at"] is None and results[1]["sent_at"] is not None
    assert set(results[0]) == {"id", "template", "subject", "text", "created_at", "sent_at"}


@pytest.mark.usefixtures("dev_pages")
@pytest.mark.parametrize("query", ["", "?to=", "?to=nobody@example.com", "?to=%25@example.com", "?to[]=x"])
def test_to_nobody_nothing_was_sent(query: str) -> None:
    write_mail()
    assert page(f"/dev/mails/sent{query}").json() == {"results": []}


@pytest.mark.usefixtures("dev_pages")
@pytest.mark.parametrize("path", ["/dev/mails/nothing", "/dev/mails/nothing.txt", "/dev/mails/base", "/dev/mails/../x"])
def test_an_unknown_mail_is_a_problem(path: str) -> None:
    answer = page(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.usefixtures("dev_pages")
def test_the_pages_are_only_read() -> None:
    for path in PATHS:
        answer = Client().post(path)
        assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
