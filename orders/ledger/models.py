from django.db import models
from django.db.models import Q

from orders.ledger.rules import Account, Kind


def choices(names: type[Account] | type[Kind]) -> list[tuple[str, str]]:
    return [(name.value, name.value) for name in names]


class LedgerTransaction(models.Model):
    """One posting: what happened to an order's money, once by its `key`, such as `charge:pay_...`.

    The database refuses to change or delete it, and one whose entries do not add up to zero.
    """

    key = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=32, choices=choices(Kind))
    order = models.ForeignKey("order.Order", models.PROTECT, related_name="ledger")
    currency = models.CharField(max_length=3)
    at = models.DateTimeField(auto_now_add=True)


class LedgerEntry(models.Model):
    """One side of a posting; `orders/ledger/rules.py` says what its sign means. No personal data."""

    transaction = models.ForeignKey(LedgerTransaction, models.PROTECT, related_name="entries")
    account = models.CharField(max_length=32, choices=choices(Account))
    maker = models.ForeignKey("partner.Partner", models.PROTECT, null=True, related_name="+")
    amount = models.DecimalField(max_digits=14, decimal_places=2)

    class Meta:
        verbose_name_plural = "ledger entries"
        constraints = (models.CheckConstraint(condition=~Q(amount=0), name="ledger_entry_not_zero"),)
        indexes = (models.Index(fields=["account", "maker"], name="ledger_of_account"),)
