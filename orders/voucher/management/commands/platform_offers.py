"""The platform's own offers and vouchers, made and ended by whoever runs the shop."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rest_framework.exceptions import ValidationError

from orders.offer.inputs import NewOfferInput
from orders.offer.services import create_offer, end_offer
from orders.voucher.services import create_voucher, end_voucher
from orders.voucher.studio import NewVoucherInput
from shop.actors import SYSTEM
from shop.errors import DomainError, as_domain_error
from shop.inputs import StrictSerializer, read_body

NEW: dict[str, tuple[type[StrictSerializer], Any]] = {
    "create-offer": (NewOfferInput, create_offer),
    "create-voucher": (NewVoucherInput, create_voucher),
}


class Command(BaseCommand):
    help = "Make an offer or a voucher of the platform's out of a JSON file, as the studio's doors take it; or end one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=[*NEW, "end-offer", "end-voucher"])
        parser.add_argument("of", help="The file, or the id of what is to end.")

    def handle(self, *args: Any, what: str, of: str, **options: Any) -> None:
        try:
            row = self._carry_out(what, of)
        except (DomainError, ValidationError) as error:
            found = as_domain_error(error)
            assert found is not None
            words = [f"{each['field']}: {each['message']}" for each in found.errors]
            raise CommandError("; ".join(words) or found.detail) from error
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(row.public_id)

    def _carry_out(self, what: str, of: str) -> Any:
        if what == "end-offer":
            return end_offer(maker=None, offer=of, actor=SYSTEM, if_match=None)
        if what == "end-voucher":
            return end_voucher(maker=None, voucher=of, actor=SYSTEM, if_match=None)
        shape, create = NEW[what]
        return create(maker=None, values=read_body(shape, json.loads(Path(of).read_text())), actor=SYSTEM)
