from django.db import models


class Movement(models.TextChoices):
    """What happens to stock: counted, held for an order, given back, handed over."""

    SET = "set"
    HOLD = "hold"
    RELEASE = "release"
    CONSUME = "consume"


class StockMovement(models.Model):
    """The stock ledger: one row for each change of a counter, never altered.

    `reference` says what it was for (an order's number, an import); `quantity` is what moved, or the new
    count for `set`.
    """

    stockrecord = models.ForeignKey("partner.StockRecord", models.CASCADE, related_name="movements")
    kind = models.CharField(max_length=16, choices=Movement)
    quantity = models.PositiveIntegerField()
    reference = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = (models.Index(fields=["stockrecord", "reference"]),)


class StockShortfall(models.Model):
    """A count came in below what is already held: `missing` pieces are promised and not there.

    `references` names the orders that hold them; a person decides.
    """

    stockrecord = models.ForeignKey("partner.StockRecord", models.CASCADE, related_name="shortfalls")
    missing = models.PositiveIntegerField()
    references = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
