from django.db import models


class Reading(models.Model):
    """How far a list at Stripe has been read: its newest entry's time. What came later is still to be read."""

    name = models.CharField(max_length=32, unique=True)
    until = models.DateTimeField()


class StripeMovement(models.Model):
    """A change of our balance at Stripe, as Stripe lists it; to be held against the ledger.

    `net` is after Stripe's fee, below zero for money that left; `intent_id` is empty where it is about no payment.
    """

    movement_id = models.CharField(max_length=255, unique=True)
    kind = models.CharField(max_length=64)
    net = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3)
    intent_id = models.CharField(max_length=255, blank=True, db_index=True)
    created_at = models.DateTimeField(help_text="At Stripe.")
