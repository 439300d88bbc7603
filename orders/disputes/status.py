"""Where a dispute stands, in Stripe's own words."""

from django.db import models


class DisputeStatus(models.TextChoices):
    """`warning_...` is an inquiry of the bank's: no money has been taken, and giving it back ends the matter."""

    WARNING_NEEDS_RESPONSE = "warning_needs_response"
    WARNING_UNDER_REVIEW = "warning_under_review"
    WARNING_CLOSED = "warning_closed"
    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    PREVENTED = "prevented"
    WON = "won"
    LOST = "lost"


CLOSED = frozenset({DisputeStatus.WARNING_CLOSED, DisputeStatus.PREVENTED, DisputeStatus.WON, DisputeStatus.LOST})
# Stripe has taken the amount out of our balance.
WITHDRAWN = frozenset({DisputeStatus.NEEDS_RESPONSE, DisputeStatus.UNDER_REVIEW, DisputeStatus.WON, DisputeStatus.LOST})
# The bank has the money, so that none of it can be given back.
FREEZING = WITHDRAWN - {DisputeStatus.WON}
