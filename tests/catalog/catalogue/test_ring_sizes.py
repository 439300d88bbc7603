"""Sizes against the trade's table, and what must hold of every one."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.catalogue.ring_sizes import BY_COUNTRY, SYSTEMS, diameter, nearest, parse, rounded, sizes
from shop.accounts.rules import LARGEST_RING_MM, SMALLEST_RING_MM

ANY_SYSTEM = st.sampled_from(list(SYSTEMS.values()))
ANY_RING = st.decimals(SMALLEST_RING_MM, LARGEST_RING_MM, places=2)


def named(circumference: Decimal, code: str) -> str | None:
    found = nearest(circumference, SYSTEMS[code])
    return found and found.size


@pytest.mark.parametrize(
    ("us", "diameter_mm", "circumference_mm", "uk", "jp"),
    [("7", "17.32", "54.4", "N½", "14"), ("5", "15.70", "49.3", "J½", "9"), ("10", "19.76", "62.1", "T½", "21")],
)
def test_the_trades_table(us: str, diameter_mm: str, circumference_mm: str, uk: str, jp: str) -> None:
    found = parse(us, SYSTEMS["US"])
    assert found is not None
    assert rounded(diameter(found)) == Decimal(diameter_mm)
    assert found.quantize(Decimal("0.1")) == Decimal(circumference_mm)
    assert (named(found, "US"), named(found, "UK"), named(found, "JP")) == (us, uk, jp)


@pytest.mark.parametrize("code", ["CH", "IT", "ES"])
def test_the_swiss_count_forty_less_than_the_rest_of_europe(code: str) -> None:
    assert parse("14", BY_COUNTRY[code]) == parse("54", SYSTEMS["EU"]) == 54
    assert parse("14", BY_COUNTRY[code]) != parse("14", SYSTEMS["JP"])


@pytest.mark.parametrize("text", ["6½", "6 1/2", "6-1/2", "61/2", "6.5", "6.50", " 6½ ", "6 ½"])
def test_a_half_however_it_is_written(text: str) -> None:
    # "61/2" is what is left of "6½" where a keyboard has no fractions.
    assert parse(text, SYSTEMS["US"]) == SYSTEMS["US"].circumference(Decimal("6.5"))


@pytest.mark.parametrize("text", ["N½", "n½", "N 1/2", "n.5"])
def test_half_letters(text: str) -> None:
    assert parse(text, SYSTEMS["UK"]) == Decimal("54.375")


def test_quarters() -> None:
    assert [parse(text, SYSTEMS["US"]) for text in ("6¼", "6 3/4")] == [
        parse("6.25", SYSTEMS["US"]),
        parse("6.75", SYSTEMS["US"]),
    ]
    assert parse("N¼", SYSTEMS["UK"]) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "US"), ("N", "US"), ("7", "UK"), ("6.3", "US"), ("6 1/3", "US"), ("6 2/4", "US"), ("6½½", "US"),
        ("-1", "US"), ("99", "US"), ("21", "US"), ("Z+1", "UK"), ("NN", "UK"), ("29.9", "EU"), ("90.1", "EU"),
        ("0", "CH"), ("1e1", "EU"), ("NaN", "EU"), ("７", "US"), ("Ñ", "UK"), ("7\n8", "US"), ("54,5", "EU"),
    ],
)  # fmt: skip
def test_what_is_no_size(text: str, code: str) -> None:
    assert parse(text, SYSTEMS[code]) is None


def test_nearest_is_said_to_be_nearest() -> None:
    us_7 = parse("7", SYSTEMS["US"])
    assert us_7 is not None
    exact = {code: found.exact for code in SYSTEMS if (found := nearest(us_7, SYSTEMS[code]))}
    assert exact == {"US": True, "UK": False, "EU": False, "CH": False, "JP": False}


def test_a_system_that_does_not_reach_so_far_says_nothing() -> None:
    assert [named(Decimal(30), code) for code in SYSTEMS] == [None, None, "30", None, None]
    assert named(Decimal("69.6"), "UK") == "Z½"
    assert named(Decimal(70), "UK") is None


@given(ANY_RING, ANY_RING, ANY_SYSTEM)
def test_a_larger_ring_has_no_smaller_size(one: Decimal, other: Decimal, system: object) -> None:
    smaller, larger = (nearest(each, system) for each in sorted([one, other]))  # type: ignore[arg-type]
    if smaller and larger:
        assert smaller.circumference_mm <= larger.circumference_mm


@given(ANY_RING, ANY_SYSTEM)
def test_the_nearest_is_at_most_half_a_step_away(ring: Decimal, system: object) -> None:
    found = nearest(ring, system)  # type: ignore[arg-type]
    if found is not None:
        step = found.system.circumference(found.system.step) - found.system.circumference(Decimal(0))
        assert abs(found.circumference_mm - ring) <= step / 2


@pytest.mark.parametrize("code", SYSTEMS)
def test_every_size_is_read_back_as_it_is_written(code: str) -> None:
    system = SYSTEMS[code]
    rings = list(sizes(system, system.step))
    found = [nearest(ring, system) for ring in rings]
    assert all(each is not None and each.exact for each in found)
    assert [parse(each.size, system) for each in found if each] == rings
    assert len({each.size for each in found if each}) == len(rings)
    assert rings == sorted(rings)
    assert rings[0] >= SMALLEST_RING_MM and rings[-1] <= LARGEST_RING_MM
