"""What mails say, as text and as HTML, for every template there is."""

import re
from collections.abc import Mapping
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.template import Engine

import shop.mail
from shop.mail.samples import SAMPLES
from shop.mail.shapes import Content, rendered, sender_name
from shop.storefronts.models import Storefront
from tests.shop.mail.steps import window

FOLDER = Path(shop.mail.__file__).parent / "templates" / "mail"
HOSTILE = "<script>alert('1')</script> & <b>\"bold\"</b>"
SECRETS = {"key", "token", "code"}

each_template = pytest.mark.parametrize("template", SAMPLES)


@pytest.fixture(autouse=True)
def missing_values_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """Django writes nothing for a variable that is not there."""
    monkeypatch.setattr(Engine.get_default(), "string_if_invalid", "[missing %s]")


def hostile(value: Any) -> Any:
    """The same with every word replaced."""
    if isinstance(value, Mapping):
        return {name: hostile(each) for name, each in value.items()}
    if isinstance(value, list):
        return [hostile(each) for each in value]
    return HOSTILE if isinstance(value, str) else value


def drawn(template: str, storefront: Storefront | None = None, **changes: Any) -> Content:
    return rendered(template, {**SAMPLES[template], **changes}, storefront or window(mail_footer="12 Bench Lane"))


def without_link(template: str) -> Content:
    return drawn(template, **({"link": ""} if "link" in SAMPLES[template] else {}))


def seen(html: str) -> str:
    """The words that a reader sees, on one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def secrets_of(template: str) -> Mapping[str, str]:
    return {name: value for name, value in SAMPLES[template].items() if name in SECRETS}


def test_every_template_has_an_example_and_every_form() -> None:
    assert {path.name for path in FOLDER.glob("*.*")} - {"base.txt", "base.html"} == {
        f"{template}.{form}" for template in SAMPLES for form in ("subject.txt", "txt", "html")
    }


@each_template
@pytest.mark.parametrize("make", [drawn, without_link])
def test_nothing_is_left_open(template: str, make: Any) -> None:
    content = make(template)
    assert content.subject and "\n" not in content.subject
    for form in (content.subject, content.text, content.html):
        assert not re.search(r"\[missing|\{\{|\{%|None|\[\]", form)
    assert not re.search(r"\n\n\n|&\w+;|&#", content.text)
    assert all(len(line) <= 76 or " " not in line.strip() for line in content.text.splitlines())


@each_template
@pytest.mark.parametrize("make", [drawn, without_link])
def test_it_shows_its_key_and_points_where_the_storefront_says(template: str, make: Any) -> None:
    content = make(template)
    for value in secrets_of(template).values():
        assert re.search(rf"^    {re.escape(value)}$", content.text, re.MULTILINE)
        assert f">{value}</p>" in content.html
    if link := SAMPLES[template].get("link"):
        assert (link in content.text.splitlines()) is (make is drawn)
        assert (f'href="{link}"' in content.html) is (make is drawn)


@each_template
def test_it_says_who_sent_it_why_and_what_to_do_if_it_was_not_you(template: str) -> None:
    content = drawn(template)
    for words in (" ".join(content.text.split()), seen(content.html)):
        assert "Alder & Anvil sent you this mail because " in words
        assert "Questions? Write to bench@alder.example" in words
        assert re.search(r"If (it was not you|you do not know|you did not expect)", words)
        assert "12 Bench Lane" in words


@each_template
def test_both_forms_say_the_same(template: str) -> None:
    def words(text: str) -> set[str]:
        return set(re.findall(r"[\w-]{4,}", text))

    content = drawn(template)
    # A button and its address are one line in the text.
    of_button = {"open", "address", *words(" ".join(re.findall(r"<a [^>]*>([^<]*)</a>", content.html)))}
    body = re.sub(r"<title>.*</title>", "", content.html)
    assert words(content.text) <= words(seen(body))
    assert words(seen(body)) - words(content.text) <= of_button


@each_template
def test_names_cannot_put_markup_into_a_mail(template: str) -> None:
    context = {name: hostile(value) for name, value in SAMPLES[template].items()}
    storefront = window(name=HOSTILE, mail_footer=HOSTILE, logo_url=f'https://x.example/"{HOSTILE}')
    content = rendered(template, context, storefront)
    assert "<script" not in content.html and "<b>" not in content.html
    assert HOSTILE in seen(content.html.replace("&lt;", "‹").replace("&gt;", "›")).replace("‹", "<").replace("›", ">")
    assert "&lt;" not in content.text and "&amp;" not in content.text and "&#" not in content.text
    assert "<script>alert('1')</script>" in content.text


@each_template
def test_html_brings_nothing_that_mail_programs_refuse(template: str) -> None:
    html = drawn(template).html
    assert not re.search(r"<(script|style|link|form|iframe|object)\b|\bon\w+=|javascript:", html)
    assert html.count("<table") == html.count("</table>") and html.count("<p") == html.count("</p>")


def test_a_name_cannot_pretend_to_be_a_paragraph() -> None:
    content = drawn(
        "invitation", inviter_name="Ada\n\nYour account was closed.\u2028Call us.", roles=["Owner\r\nof all"]
    )
    assert "Ada Your account was closed. Call us. invites you" in " ".join(content.text.split())
    assert "\nYour account" not in content.text and "Owner of all" in content.text
    assert content.subject == "Ada Your account was closed. Call us. invites you to the team of Alder & Anvil"


def test_times_are_shown_in_utc() -> None:
    assert "9 March 2026, 12:00 UTC" in drawn("invitation").text


def test_what_is_indented_stays_so_over_its_lines() -> None:
    engraving = f"Inside of the band: {'for ever ' * 12}".strip()
    ring = {"quantity": "1", "title": "Ring", "details": [engraving], "amount": "$1.00"}
    lines = drawn("order_paid", lines=[ring]).text.splitlines()
    first = lines.index("1 x Ring: $1.00") + 1
    assert " ".join(line.strip() for line in lines[first : first + 2]) == engraving
    assert all(line.startswith("  ") for line in lines[first : first + 2])


def test_a_long_subject_is_cut() -> None:
    assert len(drawn("invitation", inviter_name="A" * 400).subject) == 255


def test_a_context_that_lacks_something_is_refused() -> None:
    with pytest.raises(ValueError, match=r"invitation lacks \['inviter_name', 'token'\]"):
        rendered(
            "invitation",
            {k: v for k, v in SAMPLES["invitation"].items() if k not in ("inviter_name", "token")},
            window(),
        )


@pytest.mark.parametrize(
    ("storefront", "name"),
    [
        (window(mail_from_name="Alder's bench"), "Alder's bench"),
        (window(), "Alder & Anvil"),
        (Storefront(name="Shop", is_default=True), "The Platform"),
    ],
)
def test_a_mail_is_in_the_storefronts_name(storefront: Storefront, name: str, settings: Any) -> None:
    settings.MAIL_FROM = "The Platform <mail@platform.example>"
    assert sender_name(storefront) == name
    assert f"{name} sent you this mail" in " ".join(drawn("sign_in_code", storefront).text.split())
