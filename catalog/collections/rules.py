"""How large collections may be, and what a rule may ask. Pure."""

from typing import Any

MAX_COLLECTIONS = 200
MAX_PIECES = 500
MAX_STONE = 64
MAX_TAG = 128

# What a rule may ask of a piece, each with what stands for "not asked". All that is asked must hold, metal and price
# of one and the same variant.
NOT_ASKED: dict[str, Any] = {
    "product_type": "",
    "metal": "",
    "stone": "",
    "tag": "",
    "price_min": None,
    "price_max": None,
    "category": None,
    "one_of_a_kind": None,
}
