"""`manage.py create_operator EMAIL [--generate-password | --reset-second-factor]`"""

import getpass
import sys
from typing import Any
from urllib.parse import quote, urlencode

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from shop.operators import services


class Command(BaseCommand):
    help = "Make somebody an operator, who signs in at /admin/ with password and second factor."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        either = parser.add_mutually_exclusive_group()
        either.add_argument("--generate-password", action="store_true", help="Print a new one instead of asking.")
        either.add_argument(
            "--reset-second-factor", action="store_true", help="For an operator who has lost it; the password stays."
        )

    def handle(self, **options: Any) -> None:
        email = options["email"]
        try:
            validate_email(email)
        except ValidationError as error:
            raise CommandError(f"'{email}' is no mail address.") from error
        if options["reset_second_factor"]:
            self._reset(email)
        else:
            self._create(email, generate=options["generate_password"])

    def _create(self, email: str, *, generate: bool) -> None:
        generate = generate or not sys.stdin.isatty()
        password = services.new_password() if generate else self._asked(email)
        try:
            second_factor = services.create_operator(email=email, password=password)
        except services.AlreadyOperator as error:
            raise CommandError(f"{email} is an operator already; see --reset-second-factor.") from error
        except services.AddressNotVerified as error:
            raise CommandError(
                f"Somebody has signed up as {email} and not opened the link in the mail. Do that first."
            ) from error
        self.stdout.write(f"{email} is an operator now, and signs in at /admin/.")
        if generate:
            self.stdout.write(f"Password: {password}")
        self._show(email, second_factor)

    def _reset(self, email: str) -> None:
        try:
            second_factor = services.reset_second_factor(email=email)
        except services.NoSuchOperator as error:
            raise CommandError(f"{email} is no operator.") from error
        self.stdout.write(f"{email} has a new second factor and is signed out everywhere.")
        self._show(email, second_factor)

    def _show(self, email: str, second_factor: services.SecondFactor) -> None:
        query = urlencode({"secret": second_factor.secret, "issuer": "Benchpin"})
        self.stdout.write("This is shown once. For the authenticator app:")
        self.stdout.write(f"  otpauth://totp/{quote(email)}?{query}")
        self.stdout.write("Recovery codes, each good for one sign-in without the app:")
        for code in second_factor.recovery_codes:
            self.stdout.write(f"  {code}")

    def _asked(self, email: str) -> str:
        while True:
            password = getpass.getpass("Password: ")
            try:
                validate_password(password)
            except ValidationError as error:
                self.stderr.write("\n".join(error.messages))
                continue
            if getpass.getpass("Once more: ") == password:
                return password
            self.stderr.write(f"These are two different passwords for {email}.")
