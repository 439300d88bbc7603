"""Reads over makers."""

from catalog.partner.models import Partner
from shop.accounts.models import User
from shop.makers.models import Membership


def is_taken(slug: str) -> bool:
    return Partner.objects.filter(code=slug).exists()


def makers_owned(person: User) -> int:
    """How many makers the person is an owner of."""
    return Membership.objects.owners().filter(user=person).count()
