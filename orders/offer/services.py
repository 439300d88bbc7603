"""A maker's offers, or the platform's, made, changed and ended. None is deleted: orders keep what it took off."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from catalog.catalogue.models import Category, Product
from catalog.partner.models import Partner
from orders.offer import shapes
from orders.offer.models import Benefit, Condition, ConditionalOffer, CustomerGroup, Range
from orders.offer.queries import KIND_OF, get_offer
from orders.offer.rules import MAX_OFFERS, MULTIBUY
from shop import versions
from shop.actors import Actor
from shop.audit import services as audit
from shop.errors import DomainError, FieldError, InvalidInput

Given = Mapping[str, Any]
COLUMNS = {
    "label": "name", "priority": "priority", "exclusive": "exclusive", "starts_at": "start_datetime",
    "ends_at": "end_datetime",
}  # fmt: skip
LIMITS = {
    "uses": "max_global_applications", "uses_per_customer": "max_user_applications",
    "uses_per_order": "max_basket_applications", "discount": "max_discount",
}  # fmt: skip
TYPE_OF = {kind: type_ for type_, kind in KIND_OF.items()}


class TooManyOffers(DomainError):
    code = "too_many_offers"
    title = "The maker has as many offers as there may be"
    detail = f"A maker may have {MAX_OFFERS} that have not ended. End one first."


class AlreadyEnded(DomainError):
    code = "already_ended"
    title = "It has been ended"
    detail = "What has been ended stays so. Make a new one."


@transaction.atomic
def create_offer(*, maker: Partner | None, values: Given, actor: Actor) -> ConditionalOffer:
    """A new offer; the platform's without a maker. Raises InvalidInput and TooManyOffers."""
    # With those there are locked, nobody else can add one to them meanwhile.
    there = ConditionalOffer.objects.filter(maker=maker, ended_at=None).order_by("pk")
    if len(there.select_for_update(no_key=True).values_list("pk")) >= MAX_OFFERS:
        raise TooManyOffers
    opened_by = ConditionalOffer.VOUCHER if values["by_voucher"] else ConditionalOffer.SITE
    row = ConditionalOffer(maker=maker, offer_type=opened_by, exclusive=False)
    pieces = Range(name=row.public_id, includes_all_products=True)
    row.condition = Condition(range=pieces, type=Condition.COUNT, value=1)
    row.benefit = Benefit(range=pieces)
    _set(row, values)
    return _noted(row, "offer.created", None, actor)


@transaction.atomic
def change_offer(
    *, maker: Partner | None, offer: str, changes: Given, actor: Actor, if_match: str | None
) -> ConditionalOffer:
    """Change what is given. What it is used for already, orders keep. Raises NotFound, StaleVersion, AlreadyEnded and
    InvalidInput.
    """
    row = _for_change(maker, offer, if_match)
    if row.ended_at is not None:
        raise AlreadyEnded
    before = shapes.offer(row)
    _set(row, changes)
    return _noted(row, "offer.changed", before, actor)


@transaction.atomic
def end_offer(*, maker: Partner | None, offer: str, actor: Actor, if_match: str | None) -> ConditionalOffer:
    """Nobody gets it any more, nor by its vouchers. A repeated call changes nothing. Raises NotFound, StaleVersion."""
    row = _for_change(maker, offer, if_match)
    if row.ended_at is not None:
        return row
    before = shapes.offer(row)
    row.ended_at = timezone.now()
    row.save(update_fields=["ended_at"])
    return _noted(row, "offer.ended", before, actor)


def _for_change(maker: Partner | None, offer: str, if_match: str | None) -> ConditionalOffer:
    row = get_offer(maker.pk if maker else None, offer, lock=True)
    versions.check_shape(if_match, shapes.version(shapes.offer(row)))
    return row


def _set(row: ConditionalOffer, values: Given) -> None:
    """Take over what is given and save it with its parts. Raises InvalidInput."""
    for name, column in COLUMNS.items():
        if name in values:
            setattr(row, column, values[name])
    for name, column in LIMITS.items():
        if "limits" in values:
            setattr(row, column, values["limits"][name])
    if "customer_group" in values:
        row.group = _group(values["customer_group"])
    if "benefit" in values:
        row.benefit.type, row.benefit.value = TYPE_OF[values["benefit"]["kind"]], _value(values["benefit"])
    if "condition" in values:
        _set_condition(row.condition, values["condition"])
    _check(row)
    wanted = _pieces(row.maker, values["applies_to"]) if "applies_to" in values else None
    pieces = row.condition.range
    if wanted is not None:
        pieces.includes_all_products = not (wanted["included_products"] or wanted["included_categories"])
    pieces.save()
    row.condition.range = row.benefit.range = pieces
    row.condition.save()
    row.benefit.save()
    row.save()
    for name, members in (wanted or {}).items():
        getattr(pieces, name).set(members)


def _value(benefit: Given) -> Decimal | None:
    value: Decimal | None = benefit["percent"] if benefit["percent"] is not None else benefit["amount"]
    return value


def _set_condition(condition: Condition, given: Given) -> None:
    if given["min_amount"] is not None:
        condition.type, condition.value = Condition.VALUE, given["min_amount"]
    else:
        condition.type, condition.value = Condition.COUNT, given["min_quantity"] or 1


def _group(name: str | None) -> CustomerGroup | None:
    if name is None:
        return None
    if found := CustomerGroup.objects.filter(name=name).first():
        return found
    raise refused("customer_group", "unknown_group", "There is no such group; the platform's operators keep them.")


def _check(row: ConditionalOffer) -> None:
    """What must be right together, however much of it was given."""
    start, end = row.start_datetime, row.end_datetime
    if start and end and end <= start:
        raise refused("ends_at", "ends_before_it_starts", "It must end after it starts.")
    asks_several = row.condition.type == Condition.COUNT and row.condition.value > 1
    if KIND_OF[row.benefit.type] == MULTIBUY and not asks_several:
        raise refused("condition.min_quantity", "too_few", "Of how many pieces is one free? Give 2 or more.")


def _pieces(maker: Partner | None, given: Given) -> dict[str, list[Any]]:
    """What the range's lists are to hold. Raises InvalidInput for a piece that is not the maker's."""
    return {
        "included_products": _products(maker, "products", given["products"]),
        "excluded_products": _products(maker, "except_products", given["except_products"]),
        "included_categories": _categories("categories", given["categories"]),
        "excluded_categories": _categories("except_categories", given["except_categories"]),
    }


def _products(maker: Partner | None, field: str, names: Sequence[str]) -> list[Product]:
    pieces = Product.objects.for_maker(maker.pk) if maker else Product.objects.pieces()
    found = list(pieces.filter(public_id__in=names))
    _check_all_known(field, "unknown_product", names, {each.public_id for each in found})
    return found


def _categories(field: str, names: Sequence[str]) -> list[Category]:
    found = list(Category.objects.filter(slug__in=names))
    _check_all_known(field, "unknown_category", names, {each.slug for each in found})
    return found


def _check_all_known(field: str, code: str, names: Sequence[str], known: set[str]) -> None:
    if unknown := [name for name in names if name not in known]:
        raise refused(f"applies_to.{field}", code, f"There is no {', '.join(unknown[:10])}.")


def _noted(row: ConditionalOffer, action: str, before: dict[str, Any] | None, actor: Actor) -> ConditionalOffer:
    row = get_offer(row.maker_id, row.public_id)
    note(actor, action, row.maker, row.public_id, before, shapes.version(shapes.offer(row)))
    return row


def note(actor: Actor, action: str, maker: Partner | None, object_id: str, before: Given | None, after: Given) -> None:
    """Write down what changed; nothing where nothing did."""
    facts = audit.changes(before or {}, after)
    if facts["after"]:
        kept: dict[str, Any] = facts if before else {"after": facts["after"]}
        audit.record(actor, action, maker=maker.public_id if maker else "", object=object_id, **kept)


def refused(field: str, code: str, message: str) -> InvalidInput:
    error: FieldError = {"field": field, "code": code, "message": message}
    return InvalidInput(errors=[error])
