"""`manage.py check_invariants`: is anything broken that must never break? Exit code 1 and a report where it is."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from orders.invariants.checks import CHECKS
from orders.invariants.queries import findings


class Command(BaseCommand):
    help = "Check stock, orders, payments and ledger over the whole database; exit code 1 on a finding."

    def handle(self, **options: Any) -> None:
        found = findings()
        for finding in found:
            self.stdout.write(str(finding))
        self.stdout.write(f"{len(CHECKS)} checks, {len(found)} with findings.")
        if found:
            sys.exit(1)
