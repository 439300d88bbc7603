"""What a customer keeps with us."""

from allauth.account.models import EmailAddress
from django.db.models import QuerySet

from shop.accounts.models import Address, RingSize, User
from shop.errors import NotFound


def verified_emails(user: User) -> set[str]:
    """The addresses whose mail this person has shown to read, in lower case."""
    rows = EmailAddress.objects.filter(user=user, verified=True)
    return {email.lower() for email in rows.values_list("email", flat=True)}


def addresses_of(user: User) -> QuerySet[Address]:
    """The person's addresses, oldest first."""
    return Address.objects.filter(user=user).order_by("pk")


def get_address(user: User, public_id: str) -> Address:
    """Raises NotFound for what is not there, as for another person's."""
    found = addresses_of(user).filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def ring_sizes_of(user: User) -> QuerySet[RingSize]:
    """The person's ring sizes, oldest first."""
    return RingSize.objects.filter(user=user).order_by("pk")


def get_ring_size(user: User, public_id: str) -> RingSize:
    """Raises NotFound for what is not there, as for another person's."""
    found = ring_sizes_of(user).filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found
