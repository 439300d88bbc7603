"""Stones by their kinds and trade names, and what must be said of them."""

from typing import Any

import pytest

from catalog.catalogue.stones import (
    STONE_KEYS,
    STONE_KINDS,
    TREATMENTS,
    plain_stone,
    stone_disclosures,
    stone_errors,
    stone_in_words,
)


def stone(kind: str = "sapphire", **values: Any) -> dict[str, Any]:
    return {"kind": kind, "origin": "natural", **values}


@pytest.mark.parametrize(
    ("given", "kind", "name"),
    [
        ("sapphire", "sapphire", ""),
        ("Sapphire", "sapphire", ""),
        ("tsavorite", "garnet", "tsavorite"),
        ("cubic zirconia", "cubic_zirconia", ""),
        ("cultured pearl", "cultured_pearl", ""),
        # The word stands right before "pearl", whatever the maker calls it.
        ("Akoya pearl", "cultured_pearl", "Akoya cultured pearl"),
        ("bottle glass from Bisbee", "other", "bottle glass from Bisbee"),
    ],
)
def test_a_trade_name_becomes_kind_and_name(given: str, kind: str, name: str) -> None:
    kept = plain_stone(stone(given))
    assert (kept["kind"], kept["name"]) == (kind, name)
    assert kept.keys() == STONE_KEYS.keys()
    assert plain_stone(kept) == kept


def test_no_trade_name_stands_for_two_kinds() -> None:
    names = [name.casefold() for kind in STONE_KINDS.values() for name in {kind.code, kind.label, *kind.trade_names}]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        (stone(), []),
        (stone("tsavorite"), []),
        (stone("other", name="bottle glass"), []),
        (stone("other"), [("stones.0.name", "required")]),
        (stone("saphire"), [("stones.0.kind", "unknown_stone")]),
        (stone(treatment="polished"), [("stones.0.treatment", "unknown_treatment")]),
        (stone(treatment="HPHT"), []),
    ],
)
def test_errors(given: dict[str, Any], errors: list[tuple[str, str]]) -> None:
    assert [(error["field"], error["code"]) for error in stone_errors([given])] == errors


@pytest.mark.parametrize("code", [code for code in TREATMENTS if code != "none"])
def test_each_treatment_is_told_with_its_permanence_and_care(code: str) -> None:
    [said] = stone_disclosures([plain_stone(stone(treatment=code))])
    treatment = TREATMENTS[code]
    assert said["code"] == "treated"
    assert f"The treatment is {treatment.permanence}." in said["text"]
    assert said["text"].endswith(treatment.care or ".")


def test_the_qualifier_stands_right_before_a_trade_name() -> None:
    kept = plain_stone(stone("padparadscha", origin="lab_grown", cut="oval"))
    assert stone_in_words(kept) == "1 x oval lab-grown padparadscha"
