"""Codes, and whether a voucher can be used. Pure."""

from datetime import datetime

MIN_CODE, MAX_CODE = 4, 32
# Letters, digits and single hyphens between them: read aloud, written on a card, typed on a phone.
CODE = r"^[A-Za-z0-9]+(-[A-Za-z0-9]+)*\Z"
CODE_HINT = f"Give {MIN_CODE} to {MAX_CODE} letters and digits, with single hyphens between them."
# In one basket.
MAX_VOUCHERS = 10
# That one voucher opens.
MAX_OFFERS = 10
SINGLE, MULTIPLE, ONCE_PER_CUSTOMER = "single", "multiple", "once_per_customer"
USAGES = (SINGLE, MULTIPLE, ONCE_PER_CUSTOMER)

NOT_YET_VALID, EXPIRED = "voucher_not_yet_valid", "voucher_expired"
USED_UP, ALREADY_USED = "voucher_used_up", "voucher_already_used"
PROBLEMS = (NOT_YET_VALID, EXPIRED, USED_UP, ALREADY_USED)


def normal(code: str) -> str:
    """The code as it is kept: whoever types it need not mind capitals or blanks around it."""
    return code.strip().upper()


def time_problem(*, now: datetime, starts_at: datetime | None, ends_at: datetime | None) -> str:
    """Why it cannot be used now, one of PROBLEMS; empty where it can."""
    if starts_at is not None and now < starts_at:
        return NOT_YET_VALID
    return EXPIRED if ends_at is not None and now >= ends_at else ""


def use_problem(*, uses: int, max_uses: int | None, uses_of_customer: int, once_per_customer: bool) -> str:
    """Likewise, by how often it has been used."""
    if once_per_customer and uses_of_customer:
        return ALREADY_USED
    return USED_UP if max_uses is not None and uses >= max_uses else ""
