"""How sizes are written: one reader for ring sizes of every system, for lengths, and for what shoppers search by."""

from decimal import Decimal

import pytest

from catalog.browse.rules import ring_size
from catalog.catalogue.written_sizes import read_number, read_size


@pytest.mark.parametrize("text", ["6.5", "6½", "6 ½", "6-½", "6 1/2", "61/2", "6-1/2", " 6  1/2 ", "6.50", "6.500"])
def test_six_and_a_half(text: str) -> None:
    assert read_number(text) == Decimal("6.5")
    assert ring_size(text) == ring_size(f"US {text}") == ring_size(f"size {text}") == "6.5"


@pytest.mark.parametrize(("text", "whole", "rest"), [("N½", "N", "0.5"), ("n 1/4", "N", "0.25"), ("18", "18", "0")])
def test_letters_and_whole_numbers(text: str, whole: str, rest: str) -> None:
    assert read_size(text) == (whole, Decimal(rest))


@pytest.mark.parametrize("text", ["", "6 1/3", "6.5½", "-6", "6.", "½", "1000", "6.1234", "six", "٦", "6 1/2 x"])
def test_what_is_no_size(text: str) -> None:
    assert read_size(text) is None and read_number(text) is None


def test_letters_and_words_are_known_by_their_slug() -> None:
    assert [ring_size(text) for text in ("N", "Adjustable", "One Size")] == ["n", "adjustable", "one-size"]
