from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from oscar.apps.customer.abstract_models import AbstractUser

from shop.accounts.rules import LARGEST_RING_MM, SMALLEST_RING_MM
from shop.ids import new_id


def new_user_id() -> str:
    return new_id("usr")


def new_address_id() -> str:
    return new_id("adr")


def new_ring_size_id() -> str:
    return new_id("rsz")


class User(AbstractUser):
    """Whoever signs in: a shopper, a maker's team member, an operator. Signs in by email address.

    `public_id` stands for the person wherever a record outlives them: audit, ledger, events.
    """

    public_id = models.CharField(max_length=32, unique=True, default=new_user_id, editable=False)
    phone = models.CharField(max_length=32, blank=True)

    class Meta(AbstractUser.Meta):
        abstract = False
        constraints = (models.UniqueConstraint(Lower("email"), name="user_email_once_in_any_case"),)

    def save(self, *args: Any, **kwargs: Any) -> None:
        # allauth looks a person up by the address in lower case.
        self.email = str(self.email).lower()  # type: ignore[has-type]
        super().save(*args, **kwargs)


class Address(models.Model):
    """An address that a customer keeps for the next time. At most one is the default for each purpose."""

    public_id = models.CharField(max_length=32, unique=True, default=new_address_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="kept_addresses")
    label = models.CharField(max_length=50, blank=True)
    first_name = models.CharField(max_length=100)
    last_name = models.CharField(max_length=100)
    company = models.CharField(max_length=100, blank=True)
    line1 = models.CharField(max_length=100)
    line2 = models.CharField(max_length=100, blank=True)
    city = models.CharField(max_length=100)
    state = models.CharField(max_length=50, blank=True)
    postal_code = models.CharField(max_length=16, blank=True)
    country = models.CharField(max_length=2)
    phone = models.CharField(max_length=32, blank=True)
    default_shipping = models.BooleanField(default=False)
    default_billing = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "addresses"
        constraints = (
            models.UniqueConstraint(
                fields=["user"], condition=Q(default_shipping=True), name="address_one_default_shipping"
            ),
            models.UniqueConstraint(
                fields=["user"], condition=Q(default_billing=True), name="address_one_default_billing"
            ),
        )


class RingSize(models.Model):
    """A finger's size as the inner circumference of a ring that fits it; other systems are views of it."""

    public_id = models.CharField(max_length=32, unique=True, default=new_ring_size_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="ring_sizes")
    label = models.CharField(max_length=50, help_text="Whose finger, or which: Left ring finger.")
    inner_circumference_mm = models.DecimalField(max_digits=4, decimal_places=2)
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(inner_circumference_mm__gte=SMALLEST_RING_MM, inner_circumference_mm__lte=LARGEST_RING_MM),
                name="ring_size_of_a_finger",
            ),
        )
