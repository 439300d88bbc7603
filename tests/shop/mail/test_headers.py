"""No name, subject or address can write a header of its own, whatever it holds."""

from collections.abc import Callable
from email import message_from_bytes, policy
from typing import Any

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from shop.errors import InvalidInput
from shop.mail import services
from shop.mail.models import Mail
from shop.mail.rules import message_id
from shop.mail.samples import SAMPLES
from tests.shop.mail.mail_server import MailServer
from tests.shop.mail.steps import ADA, window, write_mail

pytestmark = pytest.mark.django_db

OnTheWire = Callable[[Mail], bytes]

BREAKS = {
    "crlf": "\r\n", "lf": "\n", "cr": "\r", "folded": "\r\n ", "tab-folded": "\n\t", "vertical tab": "\v",
    "form feed": "\f", "file separator": "\x1c", "group separator": "\x1d", "record separator": "\x1e",
    "next line": "\x85", "line separator": "\u2028", "paragraph separator": "\u2029", "nul": "\0",
    "encoded word": "=?utf-8?q?=0D=0A?=", "quote": '"\r\n', "end of address": "> <",
    "turned direction": "\u202e", "half a character": "\ud800",
}  # fmt: skip
HEADERS = {
    "content-type", "mime-version", "subject", "from", "to", "reply-to", "message-id", "date", "auto-submitted",
}  # fmt: skip

each_break = pytest.mark.parametrize("line_break", BREAKS.values(), ids=BREAKS)


@pytest.fixture
def on_the_wire(mail_server: MailServer) -> OnTheWire:
    """What the mail server was given of a mail; its only recipient is the mail's."""

    def sent(mail: Mail) -> bytes:
        services.deliver(mail.pk)
        assert len(mail_server.recipients) == 1
        return mail_server.raw[-1]

    return sent


def headers_of(raw: bytes) -> Any:
    """The headers as a mail program reads them, each of them once and none besides ours."""
    head = raw.partition(b"\r\n\r\n")[0]
    lines = head.replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ").split(b"\r\n")
    assert all(32 <= byte < 127 for line in lines for byte in line)
    names = [line.partition(b":")[0].decode().lower() for line in lines]
    assert sorted(names) == sorted(HEADERS)
    return message_from_bytes(raw, policy=policy.default)


@each_break
def test_a_name_in_the_subject(line_break: str, on_the_wire: OnTheWire) -> None:
    context = {**SAMPLES["invitation"], "inviter_name": f"Ada{line_break}Bcc: eve@evil.example"}
    message = headers_of(on_the_wire(services.send("invitation", to=ADA, context=context, storefront=window())))
    assert message["Subject"].startswith("Ada") and "Bcc: eve@evil.example invites you" in message["Subject"]
    assert message["Subject"].isprintable()


@each_break
def test_the_storefronts_name(line_break: str, on_the_wire: OnTheWire) -> None:
    storefront = window(mail_from_name=f"Alder{line_break}Bcc: eve@evil.example")
    [sender] = headers_of(on_the_wire(write_mail(storefront=storefront)))["From"].addresses
    assert sender.addr_spec == "shop@localhost"
    assert sender.display_name.startswith("Alder") and "Bcc: eve@evil.example" in sender.display_name
    assert sender.display_name.isprintable()


@each_break
def test_the_support_address(line_break: str, on_the_wire: OnTheWire) -> None:
    mail = write_mail(storefront=window(support_email=f"bench@alder.example{line_break}Bcc: eve@evil.example"[:254]))
    assert mail.reply_to == ""
    assert b"evil" not in on_the_wire(mail)


@each_break
@pytest.mark.parametrize(
    "form", ["ada@example.com{0}Bcc: eve@evil.example", "{0}ada@example.com", '"a{0}b"@example.com']
)
def test_the_recipient(line_break: str, form: str) -> None:
    assert_refused(form.format(line_break))


@pytest.mark.parametrize(
    "address",
    [
        "", "ada", "ada@", "@example.com", "ada@example", "ada@example.com, eve@evil.example",
        "ada@example.com eve@evil.example",
        "Ada <ada@example.com>", "ada@exa mple.com", "ada@@example.com", "ada@[example]", "ada@example..com",
        "\u212Aada@example.com", "a\u017Fa@example.com", "ädä@example.com", "ada\u202e@example.com",
        "ada@example.com\u200b", "=?utf-8?q?ada?=@example.com",
        f"{'a' * 250}@example.com", '"a\x0bb"@example.com', '"a\x7fb"@example.com',
    ],
)  # fmt: skip
def test_an_address_that_no_mail_can_go_to(address: str) -> None:
    assert_refused(address)


def assert_refused(address: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        write_mail(to=address)
    assert [error["field"] for error in caught.value.errors] == ["email"]
    assert Mail.objects.count() == ProcrastinateJob.objects.count() == 0


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("ada@example.com", "ada@example.com"),
        ("Ada.O'Hara+ring@Example.COM", "Ada.O'Hara+ring@Example.COM"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@localhost", "ada@localhost"),
        ("ada@[192.0.2.1]", "ada@[192.0.2.1]"),
    ],
)
def test_an_address_that_is_good(address: str, written: str, on_the_wire: OnTheWire) -> None:
    message = headers_of(on_the_wire(write_mail(to=address)))
    assert [each.addr_spec for each in message["To"].addresses] == [written]


@pytest.mark.parametrize(
    "name",
    [
        'Ada "Bench" Lovelace', "Ada <eve@evil.example>", "Ada, Eve", "Back\\slash\\", '\\"', "Größe & Söhne", "鍛冶屋",
        "💍" * 100, "a" * 100, "(comment)", "Team: Ada;",
    ],
)  # fmt: skip
def test_any_name_stays_a_name(name: str, on_the_wire: OnTheWire) -> None:
    [sender] = headers_of(on_the_wire(write_mail(storefront=window(mail_from_name=name))))["From"].addresses
    # A long name comes in several encoded words; Python's reader leaves a space between them.
    assert sender.display_name.replace(" ", "") == name.replace(" ", "")
    assert sender.addr_spec == "shop@localhost"


def test_all_headers(settings: Any, on_the_wire: OnTheWire) -> None:
    settings.MAIL_FROM = "The Platform <mail@platform.example>"
    settings.PUBLIC_URL = "https://api.platform.example:8443/shop"
    mail = write_mail("already_registered")
    message = headers_of(on_the_wire(mail))
    assert message["From"] == "Alder & Anvil <mail@platform.example>"
    assert (message["To"], message["Reply-To"]) == (ADA, "bench@alder.example")
    assert message["Message-ID"] == f"<{mail.public_id}@api.platform.example>"
    assert message["Date"].datetime == mail.created_at.replace(microsecond=0)
    assert message["Auto-Submitted"] == "auto-generated"
    text, html = message.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content().replace("\r\n", "\n") == mail.text
    assert html.get_content().replace("\r\n", "\n") == mail.html


@pytest.mark.parametrize(
    ("public_url", "domain"),
    [
        ("http://localhost:8000", "localhost"),
        ("https://bücher.example", "xn--bcher-kva.example"),
        ("http://[::1]:8000", "[::1]"),
        ("nothing", "localhost"),
    ],
)
def test_the_message_id_is_of_our_host(public_url: str, domain: str) -> None:
    assert message_id("eml_1", public_url) == f"<eml_1@{domain}>"
