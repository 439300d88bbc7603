"""What no text may hold, whoever sends it: asked in one place, for every door."""

from typing import Any

import pytest
from rest_framework import serializers

from shop.inputs import Line, Paragraphs, Text
from tests.factories import api_of, make_member, make_user

TURNING = ["\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069", "\u206a", "\u206f"]
FILLING = ["\u00ad", "\u180e", "\u200b", "\u2060", "\u2064", "\ufeff"]
CONTROLLING = ["\x01", "\x07", "\x08", "\x1b", "\x7f", "\x85", "\x9f"]
BREAKING = ["\n", "\r", "\t", "\u2028", "\u2029"]
# Hebrew with a mark of direction, Persian with a non-joiner, an emoji of two with a joiner, an accent on its own.
HARMLESS = ["עדה\u200f, 12", "می\u200cخواهم", "👩\u200d🎨", "Ze\u0308", "Ada O’Neill-Łódź", "青木"]


def refusal(field: type[Text], value: str) -> str:
    try:
        field().run_validation(value)
    except serializers.ValidationError as error:
        detail: Any = error.detail
        return str(detail[0].code)
    return ""


@pytest.mark.parametrize("mark", TURNING + CONTROLLING, ids=ascii)
@pytest.mark.parametrize("field", [Text, Line, Paragraphs])
def test_no_text_is_turned_around_or_rings_a_bell(field: type[Text], mark: str) -> None:
    assert refusal(field, f"Ada{mark} Lovelace") == "control_character"


@pytest.mark.parametrize("mark", FILLING + BREAKING, ids=ascii)
def test_a_line_is_one_line_of_what_is_seen(mark: str) -> None:
    assert refusal(Line, f"Ada{mark}Lovelace") == "control_character"
    assert (refusal(Text, f"Ada{mark}Lovelace"), refusal(Paragraphs, f"Ada{mark}Lovelace")) == ("", "")


@pytest.mark.parametrize("text", HARMLESS)
def test_other_scripts_are_welcome(text: str) -> None:
    assert [refusal(field, text) for field in (Text, Line, Paragraphs)] == ["", "", ""]
    assert Line().run_validation(text) == text


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["Ada\u202eecalevoL", "Ada\u200b", "Ada\nBcc: eve@example.com"])
def test_names_at_the_doors(name: str) -> None:
    """Of people, in addresses, of makers: nobody passes for somebody else."""
    ada, owner = api_of(make_user("ada@example.com")), api_of(make_member("owner@example.com"))
    address = {"first_name": name, "last_name": "L", "line1": "1", "city": "P", "country": "US"}
    for answer in (
        ada.patch("/store/customer", {"first_name": name}),
        ada.post("/store/customer/addresses", address),
        owner.patch("/studio/makers/alder", {"name": name}),
        owner.post("/studio/makers/alder/storefronts", {"name": name}),
        owner.post("/studio/makers/alder/keys", {"name": name, "scopes": ["team.read"]}),
    ):
        assert answer.status_code == 422
        assert "control_character" in {error["code"] for error in answer.json()["errors"]}
