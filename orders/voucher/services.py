"""A maker's vouchers, or the platform's, made, changed and ended. None is deleted: orders name their codes."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog.partner.models import Partner
from orders.offer.models import ConditionalOffer
from orders.offer.services import AlreadyEnded, note, refused
from orders.voucher import shapes
from orders.voucher.models import Voucher
from orders.voucher.queries import USAGE_OF, get_voucher
from orders.voucher.rules import SINGLE, normal
from shop import versions
from shop.actors import Actor

Given = Mapping[str, Any]
COLUMNS = {"label": "name", "max_uses": "max_uses", "starts_at": "start_datetime", "ends_at": "end_datetime"}
TYPE_OF = {usage: type_ for type_, usage in USAGE_OF.items()}


@transaction.atomic
def create_voucher(*, maker: Partner | None, values: Given, actor: Actor) -> Voucher:
    """A new code for some of the maker's offers that take one. Raises InvalidInput, also for a code that is taken."""
    row = Voucher(maker=maker, code=normal(values["code"]))
    _set(row, {"label": row.code, **values})
    return _noted(row, "voucher.created", None, actor)


@transaction.atomic
def change_voucher(
    *, maker: Partner | None, voucher: str, changes: Given, actor: Actor, if_match: str | None
) -> Voucher:
    """Change what is given; the code stays. Raises NotFound, StaleVersion, AlreadyEnded and InvalidInput."""
    row = _for_change(maker, voucher, if_match)
    if row.ended_at is not None:
        raise AlreadyEnded
    before = shapes.voucher(row)
    _set(row, changes)
    return _noted(row, "voucher.changed", before, actor)


@transaction.atomic
def end_voucher(*, maker: Partner | None, voucher: str, actor: Actor, if_match: str | None) -> Voucher:
    """Nobody can use it any more. A repeated call changes nothing. Raises NotFound and StaleVersion."""
    row = _for_change(maker, voucher, if_match)
    if row.ended_at is not None:
        return row
    before = shapes.voucher(row)
    row.ended_at = timezone.now()
    row.save(update_fields=["ended_at"])
    return _noted(row, "voucher.ended", before, actor)


def _for_change(maker: Partner | None, voucher: str, if_match: str | None) -> Voucher:
    row = get_voucher(maker.pk if maker else None, voucher, lock=True)
    versions.check_shape(if_match, shapes.version(shapes.voucher(row)))
    return row


def _set(row: Voucher, values: Given) -> None:
    """Take over what is given and save it. Raises InvalidInput."""
    for name, column in COLUMNS.items():
        if name in values:
            setattr(row, column, values[name])
    if "usage" in values:
        row.usage = TYPE_OF[values["usage"]]
    if row.end_datetime and row.end_datetime <= row.start_datetime:
        raise refused("ends_at", "ends_before_it_starts", "It must end after it starts.")
    if row.usage == TYPE_OF[SINGLE] and row.max_uses is not None:
        raise refused("max_uses", "single", "A single-use voucher is good for one order; leave it null.")
    offers = _offers(row.maker, values["offers"]) if "offers" in values else None
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise refused("code", "code_taken", "Another voucher of the shop has this code.") from error
    if offers is not None:
        row.offers.set(offers)


def _offers(maker: Partner | None, names: Sequence[str]) -> list[ConditionalOffer]:
    own = ConditionalOffer.objects.filter(maker=maker, offer_type=ConditionalOffer.VOUCHER, ended_at=None)
    found = list(own.filter(public_id__in=names))
    if unknown := set(names) - {each.public_id for each in found}:
        message = f"You have no offer {', '.join(sorted(unknown)[:10])} that takes a voucher and has not been ended."
        raise refused("offers", "unknown_offer", message)
    return found


def _noted(row: Voucher, action: str, before: dict[str, Any] | None, actor: Actor) -> Voucher:
    row = get_voucher(row.maker_id, row.public_id)
    note(actor, action, row.maker, row.public_id, before, shapes.version(shapes.voucher(row)))
    return row
