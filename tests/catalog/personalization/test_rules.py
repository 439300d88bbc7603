"""What may be asked of a piece, and what it costs."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.catalogue.written_sizes import read_number
from catalog.personalization.rules import (
    KINDS,
    Known,
    Personalization,
    Wish,
    as_wishes,
    asked_uploads,
    kept_uploads,
    length,
    option_problems,
    plain_option,
    read_wishes,
    with_ring_sizes,
    without_person,
)

KNOWN = Known(date(2026, 11, 24), {"upl_1": "image/png"})

BY_SIZE = {
    "limits": {"unit": "us_ring_size", "from": "4", "to": "14", "step": "0.25", "above": "9.5"},
    "price": {"kind": "per_size_above", "amount": "15.00"},
}


def option(kind: str = "text", **values: Any) -> dict[str, Any]:
    limits = {
        "text": {"max_length": 12},
        "size": {"unit": "us_ring_size", "from": "4", "to": "9", "step": "0.25"},
        "gift_message": {"max_length": 200},
    }
    choices = [{"value": "heart", "label": "Heart", "price": None}] if kind == "choice" else []
    plain = {
        "code": "inside", "label": "Inside", "help": "", "kind": kind, "required": False,
        "limits": limits.get(kind, {}), "choices": choices, "price": None, "lead_time_days": 0, "final_sale": False,
    }  # fmt: skip
    return {**plain, **values}


def asked(options: list[dict[str, Any]], *wishes: Wish, price: str = "200.00") -> Personalization:
    found, problems = read_wishes(options, wishes, variant_price=Decimal(price), currency="USD", known=KNOWN)
    assert problems == []
    return found


def refused(options: list[dict[str, Any]], *wishes: Wish) -> list[tuple[str, str]]:
    _, problems = read_wishes(options, wishes, variant_price=Decimal(200), currency="USD", known=KNOWN)
    return [(problem["field"], problem["code"]) for problem in problems]


def value_of(given: str, **values: Any) -> str:
    [wish] = asked([option(**values)], Wish("inside", given)).wishes
    return str(wish["value"])


def code_of(given: str, font: str = "", **values: Any) -> str:
    [(field, code)] = refused([option(**values)], Wish("inside", given, font))
    assert field == "inside"
    return code


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("A & B", "A & B"),
        ("  To   the\u00a0moon ", "To the moon"),
        ("Zoe\u0308", "Zoë"),
        ("14.02.2026", "14.02.2026"),
        ("abcdefghijkl", "abcdefghijkl"),
        # As telephones write them.
        ("Mia\u2019s", "Mia's"),
        ("\u201cTo Mia\u201d", '"To Mia"'),
    ],
)
def test_a_text_is_one_line_with_its_accents_joined(given: str, kept: str) -> None:
    assert value_of(given) == kept


@pytest.mark.parametrize(
    ("given", "limits", "code"),
    [
        ("abcdefghijklm", {}, "too_long"),
        (" ", {}, "blank"),
        ("Анна", {}, "character_not_possible"),
        ("Anna ♥", {}, "character_not_possible"),
        ("Anna 🙂", {}, "character_not_possible"),
        ("No 5", {"characters": "letters"}, "character_not_possible"),
        ("A & B", {"characters": "letters_and_digits"}, "character_not_possible"),
        ("Anna", {"scripts": ["greek"]}, "character_not_possible"),
        ("٣", {}, "character_not_possible"),
    ],
)
def test_what_cannot_be_engraved_is_refused(given: str, limits: dict[str, Any], code: str) -> None:
    assert code_of(given, limits={"max_length": 12, **limits}) == code


@pytest.mark.parametrize(
    ("given", "limits"),
    [
        ("Anna ♥", {"extra_characters": "♥"}),
        ("Анна", {"scripts": ["cyrillic"]}),
        ("שלום", {"scripts": ["hebrew"]}),
        ("愛", {"scripts": ["cjk"]}),
        ("No 5", {"characters": "letters_and_digits"}),
        ("Ångström", {"characters": "letters"}),
        ("Mia\u2019s", {"extra_characters": "\u2019"}),
    ],
)
def test_what_the_maker_allows_is_taken(given: str, limits: dict[str, Any]) -> None:
    assert value_of(given, limits={"max_length": 12, **limits}) == given


def test_a_font_is_one_of_the_makers() -> None:
    limits = {"max_length": 12, "fonts": ["script", "block"]}
    [wish] = asked([option(limits=limits)], Wish("inside", "A", "script")).wishes
    assert wish["font"] == "script"
    assert code_of("A", "comic", limits=limits) == code_of("A", limits=limits) == code_of("A", "script") == "font"


@pytest.mark.parametrize(
    ("given", "size"),
    [("6", "6"), ("6.5", "6.5"), ("6 1/2", "6.5"), ("6½", "6.5"), ("6-3/4", "6.75"), (" 4 ", "4"), ("6¼", "6.25")],
)
def test_sizes_as_people_write_them(given: str, size: str) -> None:
    assert value_of(given, kind="size") == size


@pytest.mark.parametrize("given", ["", "six", "6.1", "3.75", "9.25", "-6", "6 1/3", "6e0", "٦", "999999", "6½½"])
def test_sizes_that_are_not_made(given: str) -> None:
    assert code_of(given, kind="size") == "size_not_made"


def test_a_day_within_the_makers_range() -> None:
    limits = {"earliest_days": 14, "latest_days": 60}
    assert value_of("2026-12-24", kind="date", limits=limits) == "2026-12-24"
    assert code_of("2026-12-01", kind="date", limits=limits) == "too_early"
    assert code_of("2027-06-01", kind="date", limits=limits) == "too_late"
    assert code_of("24.12.2026", kind="date") == "not_a_date"


def test_a_choice_and_a_message() -> None:
    [wish] = asked([option("choice")], Wish("inside", "heart")).wishes
    assert (wish["value"], wish["value_label"]) == ("heart", "Heart")
    assert code_of("moon", kind="choice") == "not_a_choice"
    assert value_of("Happy birthday!\nJo 🙂", kind="gift_message") == "Happy birthday!\nJo 🙂"
    assert code_of("x" * 201, kind="gift_message") == "too_long"


def test_all_that_is_wrong_is_said_at_once() -> None:
    options = [option(required=True), option(code="outside")]
    wishes = (Wish("outside", "☃"), Wish("outside", "A"), Wish("lid", "A"))
    assert refused(options, *wishes) == [
        ("outside", "character_not_possible"), ("outside", "given_twice"), ("lid", "unknown_option"),
        ("inside", "required"),
    ]  # fmt: skip


def test_what_it_costs() -> None:
    by_character = option(price={"kind": "per_character", "amount": "2.50"})
    fixed = option(code="box", kind="choice", price={"kind": "fixed", "amount": "10.00"})
    fixed["choices"] = [{"value": "oak", "label": "Oak", "price": "4.00"}]
    share = option(code="rush", kind="choice", price={"kind": "percent", "amount": "12.5"})
    wishes = (Wish("rush", "heart"), Wish("inside", "A & B"), Wish("box", "oak"))
    found = asked([by_character, fixed, share], *wishes, price="99.99")
    # Three characters, for spaces are no work; a box and its wood; an eighth of 99.99, half a cent up.
    assert [wish["price"] for wish in found.wishes] == ["7.50", "14.00", "12.50"]
    assert found.price == Decimal("34.00")


@pytest.mark.parametrize(
    ("size", "price"), [("4", "0.00"), ("9.5", "0.00"), ("10.25", "0.00"), ("10½", "15.00"), ("14", "60.00")]
)
def test_a_price_for_each_whole_size_above(size: str, price: str) -> None:
    [wish] = asked([option("size", **BY_SIZE)], Wish("inside", size)).wishes
    assert wish["price"] == price


def ring_sizes(**values: Any) -> dict[str, Any]:
    price = {"amount": "15.00", "currency": "USD"}
    plain = {"from_mm": "49.3", "to_mm": "62.1", "made_on_request": True, "extra_lead_time_days": 14}
    return {**plain, "price_per_size_above": price, **values}


def test_other_sizes_of_a_ring_are_made_on_request() -> None:
    [other] = with_ring_sizes([], ring_sizes(), usual_days=28)
    assert other["code"] == "ring_size_on_request"
    # 0 is 36.5 mm, 20.75 is 89.5 mm; the range ends with a 10.
    assert other["limits"] == {"unit": "us_ring_size", "from": "0", "to": "20.75", "step": "0.25", "above": "10"}
    found = asked([other], Wish("ring_size_on_request", "11 1/2"))
    assert (found.price, found.lead_time_days, found.final_sale) == (Decimal("15.00"), 14, False)
    assert refused([other], Wish("ring_size_on_request", "21")) == [("ring_size_on_request", "size_not_made")]


def test_a_size_on_request_takes_the_usual_time_where_its_maker_says_none_and_may_cost_nothing() -> None:
    sizes = ring_sizes(extra_lead_time_days=None, price_per_size_above=None)
    [other] = with_ring_sizes([], sizes, usual_days=28)
    assert (other["lead_time_days"], other["price"], "above" in other["limits"]) == (28, None, False)
    assert asked([other], Wish("ring_size_on_request", "13")).price == 0
    [same_day] = with_ring_sizes([], ring_sizes(extra_lead_time_days=0), usual_days=28)
    assert same_day["lead_time_days"] == 0


@pytest.mark.parametrize("sizes", [None, ring_sizes(made_on_request=False)])
def test_none_other_where_none_are_made(sizes: dict[str, Any] | None) -> None:
    assert with_ring_sizes([option()], sizes, usual_days=28) == [option()]


def test_a_file_is_one_of_the_baskets_own() -> None:
    [wish] = asked([option("upload")], Wish("inside", "upl_1")).wishes
    assert (wish["value"], wish["content_type"]) == ("upl_1", "image/png")
    assert code_of("upl_2", kind="upload") == code_of("", kind="upload") == "not_uploaded"
    options = [option("upload"), option(code="words")]
    assert asked_uploads(options, [Wish("inside", "upl_1"), Wish("words", "upl_2"), Wish("lid", "x")]) == {"upl_1"}
    assert kept_uploads([wish, {"kind": "text", "value": "upl_3"}]) == {"upl_1"}


def test_without_the_person_options_and_prices_stay() -> None:
    options = [
        option(limits={"max_length": 12, "fonts": ["script"]}, price={"kind": "per_character", "amount": "2.00"}),
        option("choice", code="box"), option("date", code="day"), option("upload", code="crest"),
        option("gift_message", code="card"), option("size", code="size"),
    ]  # fmt: skip
    wishes = (
        Wish("inside", "Ada", "script"), Wish("box", "heart"), Wish("day", "2026-12-24"), Wish("crest", "upl_1"),
        Wish("card", "Yours, Jo"), Wish("size", "6"),
    )  # fmt: skip
    kept = asked(options, *wishes).wishes
    left = without_person(kept)
    assert [(wish["option"], wish["value"], wish["value_label"]) for wish in left] == [
        ("inside", "", ""), ("box", "heart", "Heart"), ("day", "", ""), ("crest", "", ""), ("card", "", ""),
        ("size", "6", "6"),
    ]  # fmt: skip
    assert [wish["price"] for wish in left] == [wish["price"] for wish in kept]
    assert kept_uploads(left) == set()


def test_time_and_returns() -> None:
    slow = option(lead_time_days=5, final_sale=True)
    other = option(code="box", kind="choice", lead_time_days=2)
    both = asked([slow, other], Wish("inside", "A"), Wish("box", "heart"))
    assert (both.lead_time_days, both.final_sale) == (7, True)
    assert asked([slow, other], Wish("box", "heart")).final_sale is False
    assert asked([slow, other]) == Personalization()


@pytest.mark.parametrize(
    ("bad", "field", "code"),
    [
        (option(limits={}), "limits.max_length", "required"),
        (option(limits={"max_length": 5, "unit": "mm"}), "limits.unit", "not_of_this_kind"),
        (option("choice", choices=[]), "choices", "choices"),
        (option(choices=[{"value": "a", "label": "A", "price": None}]), "choices", "choices"),
        (option("choice", choices=[{"value": "a", "label": "A", "price": None}] * 2), "choices", "same_value"),
        (option("choice", price={"kind": "per_character", "amount": "1.00"}), "price.kind", "no_characters"),
        (option("date", limits={"earliest_days": 9, "latest_days": 2}), "limits.latest_days", "empty_range"),
        (
            option("size", limits={"unit": "mm", "from": "9", "to": "4", "step": "1"}),
            "limits.to",
            "empty_range",
        ),
        (option("size", limits={"unit": "mm", "from": "4", "to": "9", "step": "0"}), "limits.to", "empty_range"),
        (option("upload", limits={"max_length": 5}), "limits.max_length", "not_of_this_kind"),
        (option(price=BY_SIZE["price"]), "price.kind", "no_sizes"),
        (option("size", price=BY_SIZE["price"]), "limits.above", "above"),
        (option("size", limits=BY_SIZE["limits"]), "limits.above", "above"),
        (option(code="ring_size_on_request"), "code", "reserved"),
    ],
)
def test_an_offer_that_makes_no_sense(bad: dict[str, Any], field: str, code: str) -> None:
    assert [(each["field"], each["code"]) for each in option_problems([bad])] == [(f"options.0.{field}", code)]


def test_an_offer_is_kept_whole_with_numbers_in_words() -> None:
    given = {"code": "a", "label": "A", "kind": "size", "limits": {"from": Decimal("4.50"), "unit": "mm"}}
    assert plain_option(given) == option("size", code="a", label="A", limits={"from": "4.5", "unit": "mm"})
    chosen = {
        "code": "a",
        "label": "A",
        "kind": "choice",
        "choices": [{"value": "b", "label": "B", "price": Decimal(4)}],
    }
    assert plain_option(chosen)["choices"] == [{"value": "b", "label": "B", "price": "4"}]


def test_options_have_names_of_their_own() -> None:
    [problem] = option_problems([option(), option()])
    assert (problem["field"], problem["code"]) == ("options.1.code", "same_code")


@given(text=st.text(max_size=40), kind=st.sampled_from(KINDS))
def test_whatever_is_sent_is_taken_or_refused(text: str, kind: str) -> None:
    options = [option(kind)]
    found, problems = read_wishes(
        options, [Wish("inside", text)], variant_price=Decimal(9), currency="USD", known=KNOWN
    )
    if not problems:
        # What a line keeps is what it would be asked again.
        again, still = read_wishes(
            options, as_wishes(found.wishes), variant_price=Decimal(9), currency="USD", known=KNOWN
        )
        assert (again, still) == (found, [])


@given(st.text(max_size=30))
def test_length_never_counts_more_than_there_is(text: str) -> None:
    assert 0 <= length(text) <= length(text, spaces=True) <= len(text)


@given(st.decimals(min_value=0, max_value=99, places=2))
def test_a_size_in_digits_is_itself(size: Decimal) -> None:
    assert read_number(f"{size:f}") == size
