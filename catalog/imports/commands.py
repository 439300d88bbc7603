"""What the commands of this slice have in common."""

from django.core.management.base import CommandError

from catalog.partner.models import Partner


def find_maker(slug: str) -> Partner:
    """Raises CommandError, which says how to make one."""
    maker = Partner.objects.filter(code=slug).first()
    if maker is None:
        raise CommandError(f"There is no maker '{slug}'. Create one: manage.py create_maker {slug} --name 'Their name'")
    return maker
