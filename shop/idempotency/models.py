from django.db import models


class IdempotentRequest(models.Model):
    """A POST that was sent with an `Idempotency-Key`: first a claim with a lease, then its stored answer.

    `claim` is a hash of scope and key: a guest's scope is the basket's id, which is a capability.
    `owner` is the run that holds the lease; a run that lost it stores nothing.
    """

    claim = models.CharField(max_length=64, unique=True)
    fingerprint = models.CharField(max_length=64)
    owner = models.CharField(max_length=32)
    lease_until = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True)
    content_type = models.CharField(max_length=64, blank=True)
    body = models.BinaryField(null=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
