"""What a mail address looks like here, and limits of what a customer keeps. Pure."""

import re
from decimal import Decimal

MAX_ADDRESSES = 20
MAX_RING_SIZES = 20
# Inner circumferences: below is a child's smallest ring, above the largest thumb.
SMALLEST_RING_MM, LARGEST_RING_MM = Decimal(30), Decimal(90)

# Lower case. No other scripts, whose letters look like ours; no quotes and no [127.0.0.1], which nobody has.
MAIL_ADDRESS = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9.-]+\.[a-z0-9-]+")


# What the way there may carry (RFC 5321, 4.5.3.1.3).
MAX_MAIL_ADDRESS = 254


def is_unmistakable(email: str) -> bool:
    """Whether the address, in lower case, can be taken for no other: people recognize each other by it."""
    return len(email) <= MAX_MAIL_ADDRESS and MAIL_ADDRESS.fullmatch(email) is not None
