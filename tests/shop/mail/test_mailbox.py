"""Which spellings of a mail address are one customer's, and which may be two."""

import pytest

from shop.mail.addresses import mailbox

ADA = "ada.lovelace@example.com"


@pytest.mark.parametrize(
    "spelling",
    [
        "Ada.LOVELACE@Example.COM", "  ada.lovelace@example.com\t", "ada.lovelace+rings@example.com",
        "ada.lovelace+a+b@example.com", "\uff41da.lovelace\uff20example.com", "\u3000ada.lovelace@e\uff58ample.com",
    ],
)  # fmt: skip
def test_one_mailbox(spelling: str) -> None:
    assert mailbox(spelling) == ADA


@pytest.mark.parametrize(
    ("one", "another"),
    [
        ("a.d.a@gmail.com", "ada@googlemail.com"),
        ("A.da+x@GoogleMail.com", "ada@gmail.com"),
        ("ada@STRASSE.example", "ada@straße.example"),
        ("ada@\u212bngstrom.example", "ada@ångstrom.example"),
    ],
)
def test_by_its_provider_and_by_unicode(one: str, another: str) -> None:
    assert mailbox(one) == mailbox(another)


@pytest.mark.parametrize(
    "other",
    [
        "adalovelace@example.com", "ada-lovelace@example.com", "ada_lovelace@example.com", "ada.lovelace@example.org",
        "ada.lovelace@mail.example.com", "ada.lovelace@gmail.com", "rings+ada.lovelace@example.com",
        "àda.lovelace@example.com",
    ],
)  # fmt: skip
def test_another_mailbox(other: str) -> None:
    assert mailbox(other) != ADA


@pytest.mark.parametrize("address", ["", "+ada@example.com", "ada", "@", "ada+rings"])
def test_what_is_hardly_an_address_stays_apart(address: str) -> None:
    assert mailbox(address) == address


@pytest.mark.parametrize("address", ["Ada.L+x@GMAIL.com", "ada@\u212bngstrom.example", "+a@example.com"])
def test_its_spelling_is_its_own(address: str) -> None:
    assert mailbox(mailbox(address)) == mailbox(address)
