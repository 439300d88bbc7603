"""`manage.py create_maker SLUG --name NAME [--city CITY --state ST] [--owner EMAIL]`"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.partner.services import SlugTaken, create_maker
from shop.accounts.models import User
from shop.accounts.queries import verified_emails
from shop.actors import SYSTEM
from shop.errors import InvalidInput


class Command(BaseCommand):
    help = "Create a maker, whose pieces can then be imported."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--name", required=True)
        parser.add_argument("--city", default="")
        parser.add_argument("--state", default="")
        parser.add_argument("--owner", metavar="EMAIL", help="Who has signed up already and will own the maker.")

    def handle(self, **options: Any) -> None:
        values = {"name": options["name"], "city": options["city"], "state": options["state"].upper()}
        owner = self._owner(options["owner"]) if options["owner"] else None
        try:
            maker = create_maker(actor=SYSTEM, values=values, slug=options["slug"], owner=owner)
        except SlugTaken as error:
            raise CommandError(f"There is a maker '{options['slug']}' already.") from error
        except InvalidInput as error:
            problems = "; ".join(f"{each['field']}: {each['message']}" for each in error.errors)
            raise CommandError(problems) from error
        self.stdout.write(f"Created the maker {maker.name}: {maker.code}")

    def _owner(self, email: str) -> User:
        person = User.objects.filter(email__iexact=email, is_active=True).first()
        if person is None or email.lower() not in verified_emails(person):
            raise CommandError(f"Nobody has signed up as {email} and verified it.")
        return person
