"""What becomes of the roles of both when a maker is handed over. Pure."""

from shop.makers.roles import OWNER

# Of a giver who was an owner and nothing else.
FORMER_OWNER = "manager"


def after_transfer(giver: list[str], taker: list[str]) -> tuple[list[str], list[str]]:
    """The roles of giver and taker: ownership moves, what else they are stays."""
    left = [role for role in giver if role != OWNER]
    return left or [FORMER_OWNER], [OWNER, *(role for role in taker if role != OWNER)]
