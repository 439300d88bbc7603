from django.db import models


class CommandKind(models.TextChoices):
    """What is asked of Stripe. The value begins the idempotency key."""

    CREATE_INTENT = "pi", "create intent"
    CANCEL_INTENT = "cancel", "cancel intent"


class CommandStatus(models.TextChoices):
    """`unknown`: sent, and no answer has come, so it may have happened or not."""

    UNKNOWN = "unknown"
    DONE = "done"
    REFUSED = "refused"


class StripeCommand(models.Model):
    """A write to Stripe: stored with its key before it is sent, then with what came of it.

    Refunds are not among them: each is a row of `orders/refunds`, with a key of its own. `about` is our id of what it
    concerns. A `version` begins where the one before was refused, or where its outcome was looked up and it had not
    happened: each has a key of its own.
    """

    kind = models.CharField(max_length=16, choices=CommandKind)
    about = models.CharField(max_length=64)
    version = models.PositiveIntegerField(default=1)
    params = models.JSONField(help_text="What was asked for; others are another version.")
    status = models.CharField(max_length=16, choices=CommandStatus, default=CommandStatus.UNKNOWN)
    tries = models.PositiveIntegerField(default=1, help_text="Of this version.")
    first_sent_at = models.DateTimeField(help_text="Of this version.")
    last_sent_at = models.DateTimeField()
    result_id = models.CharField(max_length=255, blank=True, help_text="Stripe's id of what it made.")
    error = models.CharField(max_length=255, blank=True, help_text="Of the last try.")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["kind", "about"], name="command_once"),)
        indexes = (
            models.Index(
                fields=["last_sent_at"], condition=models.Q(status=CommandStatus.UNKNOWN), name="command_unknown"
            ),
        )

    @property
    def key(self) -> str:
        """The idempotency key it is sent with."""
        return f"{self.kind}:{self.about}:{self.version}"
