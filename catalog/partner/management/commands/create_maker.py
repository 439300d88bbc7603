"""`manage.py create_maker SLUG --name NAME [--city CITY --state ST]`"""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_slug

from catalog.partner.models import Partner


class Command(BaseCommand):
    help = "Create a maker, whose pieces can then be imported."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--name", required=True)
        parser.add_argument("--city", default="")
        parser.add_argument("--state", default="")

    def handle(self, **options: Any) -> None:
        slug = options["slug"]
        try:
            validate_slug(slug)
        except ValidationError as error:
            raise CommandError(f"'{slug}' is no slug: use letters, digits, hyphens.") from error
        if Partner.objects.filter(code=slug).exists():
            raise CommandError(f"There is a maker '{slug}' already.")
        maker = Partner.objects.create(
            code=slug, name=options["name"], city=options["city"], state=options["state"].upper()
        )
        self.stdout.write(f"Created the maker {maker.name}: {maker.code}")
