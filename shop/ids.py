"""Opaque, prefixed, unguessable ids: what the outside sees instead of database keys."""

import secrets

# Crockford's base 32 without look-alikes (no i, l, o, u), lower case.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
# For each byte its letter, all equally often: 256 is a multiple of 32.
LETTERS = ALPHABET.encode() * 8


def new_id(prefix: str) -> str:
    """`bsk_` + 22 characters: 110 random bits, so that an id can serve as a capability."""
    return f"{prefix}_{_random_letters(22)}"


def new_number(groups: int = 3) -> str:
    """A number people can read aloud, e.g. `7K3M-92QX-H4TD`, not guessable in sequence (60 bits)."""
    return "-".join(_random_letters(4) for _ in range(groups)).upper()


def _random_letters(count: int) -> str:
    return secrets.token_bytes(count).translate(LETTERS).decode()
