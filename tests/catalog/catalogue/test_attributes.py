"""The table of attributes: what each type of piece has, and what is refused."""

from typing import Any

import pytest

from catalog.catalogue.attributes import PRODUCT_TYPES, attributes_of, in_words, read_attributes


@pytest.mark.parametrize("product_type", PRODUCT_TYPES)
def test_each_type_has_attributes_that_can_be_given(product_type: str) -> None:
    for code, attribute in attributes_of(product_type).items():
        assert attribute.code == code
        assert bool(attribute.choices) == (attribute.kind in ("choice", "choices"))
        assert (attribute.least is not None) == (attribute.kind == "number") == bool(attribute.unit)
        assert bool(attribute.longest) == (attribute.kind in ("text", "texts"))
        assert bool(attribute.items) == (attribute.kind in ("choices", "texts"))


NICKEL = {"nickel": "nickel_free"}
KEPT: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "ring",
        {"technique": ["forged", "forged"], "band_width_mm": "4.00", "profile": "d_shape", "resizable": False},
        {"band_width_mm": "4", "profile": "d_shape", "resizable": False, "technique": ["forged"]},
    ),
    ("earrings", {"sold_as": "pair", "fastening": "lever_back", "drop_mm": "31.5"}, {}),
    ("necklace", {"chain_style": "rolo", "length_in": "18", "clasp": "lobster"}, {}),
    ("pendant", {"pendant_height_mm": "22", "bail_opening_mm": "4"}, {}),
    ("bracelet", {"inner_circumference_mm": "165", "clasp": "toggle"}, {}),
    ("brooch", {"fastening": "safety_catch"}, {}),
    ("cufflinks", {"backing": "whale_back"}, {}),
    ("charm", {"attachment": "jump_ring"}, {}),
    ("loose_stone", {"length_mm": "7.123", "colour": "D"}, {}),
    ("kit", {"contents": ["Wax", "A saw"], "skill_level": "beginner"}, {}),
    ("other", {"care": " Wipe it. ", "nickel": "nickel_free"}, {"care": "Wipe it.", "nickel": "nickel_free"}),
    ("ring", {"care": "", "technique": [], "setting": None}, {"care": None}),
]


@pytest.mark.parametrize(("product_type", "given", "kept"), KEPT)
def test_what_is_kept(product_type: str, given: dict[str, Any], kept: dict[str, Any]) -> None:
    expected = {name: value for name, value in (kept or given).items() if value is not None}
    found, errors = read_attributes(product_type, given)
    assert errors == []
    assert found == expected
    assert list(found) == [code for code in attributes_of(product_type) if code in expected]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("sparkle", "much", "unknown_attribute"),
        ("bail_opening_mm", "4", "other_type"),
        ("band_width_mm", 4, "not_a_number"),
        ("band_width_mm", "4,5", "not_a_number"),
        ("band_width_mm", "-1", "not_a_number"),
        ("band_width_mm", "1e3", "not_a_number"),
        ("band_width_mm", "NaN", "not_a_number"),
        ("band_width_mm", "0", "out_of_range"),
        ("band_width_mm", "50.001", "out_of_range"),
        ("profile", "wavy", "no_choice"),
        ("profile", ["flat"], "no_choice"),
        ("resizable", "yes", "not_boolean"),
        ("technique", "forged", "not_a_list"),
        ("technique", ["forged", "glued"], "no_choice"),
        ("technique", [{}], "no_choice"),
        ("technique", ["forged"] * 100, "too_many"),
        ("care", 5, "not_text"),
        ("care", "a\0b", "not_text"),
        ("care", "  ", "not_text"),
        ("care", "x" * 1_001, "too_long"),
    ],
)
def test_what_is_refused(name: str, value: Any, code: str) -> None:
    kept, errors = read_attributes("ring", {name: value})
    assert kept == {}
    assert [(error["field"], error["code"]) for error in errors] == [(f"attributes.{name}", code)]


def test_all_that_is_wrong_is_said_at_once() -> None:
    _, errors = read_attributes("ring", {"sparkle": 1, "profile": "wavy", "care": 5, "setting": "halo"})
    assert {error["field"] for error in errors} == {"attributes.sparkle", "attributes.profile", "attributes.care"}


def test_a_name_as_long_as_the_body_is_cut() -> None:
    _, (error,) = read_attributes("ring", {"x\n" * 10_000: 1})
    assert len(error["field"]) < 100
    assert "\n" not in error["field"] + error["message"]


def test_in_words() -> None:
    values = {
        "band_width_mm": "4",
        "resizable": True,
        "technique": ["lost_wax_cast", "forged"],
        "nickel": "nickel_free",
    }
    assert [(fact["label"], fact["value"]) for fact in in_words("ring", values)] == [
        ("Band width", "4 mm"),
        ("Can be resized", "yes"),
        ("Technique", "lost wax cast, forged"),
        ("Nickel", "nickel-free"),
    ]
