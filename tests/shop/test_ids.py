"""Opaque, prefixed, unguessable ids."""

import re
from collections import Counter

from shop.ids import ALPHABET, LETTERS, new_id, new_number


def test_an_id_has_its_prefix_and_110_bits() -> None:
    assert re.fullmatch(f"bsk_[{ALPHABET}]{{22}}", new_id("bsk"))
    assert len(ALPHABET) == len(set(ALPHABET)) == 32


def test_a_number_can_be_read_aloud() -> None:
    number = new_number()
    assert re.fullmatch(f"([{ALPHABET.upper()}]{{4}}-){{2}}[{ALPHABET.upper()}]{{4}}", number)


def test_letters_that_look_like_others_are_left_out() -> None:
    assert not set("ilou") & set(ALPHABET)


def test_ids_do_not_repeat() -> None:
    assert len({new_id("lin") for _ in range(2000)}) == 2000
    assert len({new_number() for _ in range(2000)}) == 2000


def test_every_letter_comes_equally_often() -> None:
    assert len(LETTERS) == 256
    assert set(Counter(LETTERS).values()) == {8}
    assert set("".join(new_id("lin")[4:] for _ in range(200))) == set(ALPHABET)
