"""A maker's own storefronts: opened, changed, given a new key, closed. Each change is written down."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from shop import versions
from shop.actors import Actor
from shop.audit import services as audit
from shop.errors import DomainError, FieldError, InvalidInput
from shop.kept.services import drop_everywhere
from shop.storefronts import rules, shapes
from shop.storefronts.models import Storefront
from shop.storefronts.queries import own_storefront

# Written down with their values; of the mails' texts, which may name a person, only that they changed.
FACTS = ("name", "origins", "currency", "providers", "link_templates", "logo_url")
TEXTS = ("mail_from_name", "mail_footer", "support_email", "payment_instructions")


class TooManyStorefronts(DomainError):
    code = "too_many_storefronts"
    title = "The maker has as many storefronts as there may be"
    detail = f"A maker may have {rules.MAX_OPEN} open storefronts. Close one that is not used any more."


class StorefrontClosed(DomainError):
    code = "storefront_closed"
    title = "This storefront has been closed"
    detail = "It stays closed; open a new one."


@transaction.atomic
def open_storefront(*, actor: Actor, maker: Any, values: Mapping[str, Any]) -> Storefront:
    """A new storefront of the maker (a `Partner`), with fields of `Storefront`.

    Raises TooManyStorefronts and InvalidInput.
    """
    # With those there are locked, nobody else can add one to them meanwhile.
    list(Storefront.objects.open().for_maker(maker.pk).order_by("pk").select_for_update().values_list("pk"))
    if Storefront.objects.open().for_maker(maker.pk).count() >= rules.MAX_OPEN:
        raise TooManyStorefronts
    row = Storefront(owner=maker, **values)
    check(row)
    row.save()
    drop_everywhere()
    after = {name: getattr(row, name) for name in FACTS}
    audit.record(actor, "storefront.opened", maker=maker.public_id, object=row.public_id, after=after)
    return row


@transaction.atomic
def change_storefront(
    *, actor: Actor, maker: Any, storefront_id: str, changes: Mapping[str, Any], if_match: str | None
) -> Storefront:
    """Set the fields of `Storefront` that are given. Raises NotFound, StaleVersion, StorefrontClosed, InvalidInput."""
    row = _open_for_change(maker, storefront_id, if_match)
    before = _facts(row)
    for name, value in changes.items():
        setattr(row, name, value)
    check(row)
    after = _facts(row)
    texts = [name for name in TEXTS if before[name] != after[name]]
    differing = audit.changes(_without_texts(before), _without_texts(after))
    if texts or differing["after"]:
        row.save()
        drop_everywhere()
        differing["after"] |= {"texts": texts} if texts else {}
        audit.record(actor, "storefront.changed", maker=maker.public_id, object=row.public_id, **differing)
    return row


@transaction.atomic
def rotate_key(*, actor: Actor, maker: Any, storefront_id: str, overlap_hours: int) -> Storefront:
    """A new publishable key; the one before is good for so many hours more, none before that at all.

    Raises NotFound and StorefrontClosed.
    """
    row = _open_for_change(maker, storefront_id, None)
    now = timezone.now()
    row.previous_key, row.publishable_key = row.publishable_key, rules.new_publishable_key()
    row.previous_key_until = now + timedelta(hours=overlap_hours)
    row.save(update_fields=["previous_key", "publishable_key", "previous_key_until"])
    drop_everywhere()
    audit.record(
        actor, "storefront.key_rotated", maker=maker.public_id, object=row.public_id,
        before={"publishable_key": row.previous_key},
        after={"publishable_key": row.publishable_key, "overlap_hours": overlap_hours},
    )  # fmt: skip
    return row


@transaction.atomic
def close_storefront(*, actor: Actor, maker: Any, storefront_id: str, if_match: str | None) -> Storefront:
    """Its keys stop at once; a closed one stays as it is. Raises NotFound and StaleVersion."""
    row = own_storefront(maker.pk, storefront_id, lock=True)
    if row.closed_at is not None:
        return row
    versions.check_shape(if_match, shapes.storefront(row))
    row.closed_at = timezone.now()
    row.save(update_fields=["closed_at"])
    drop_everywhere()
    audit.record(actor, "storefront.closed", maker=maker.public_id, object=row.public_id)
    return row


def _open_for_change(maker: Any, storefront_id: str, if_match: str | None) -> Storefront:
    row = own_storefront(maker.pk, storefront_id, lock=True)
    if row.closed_at is not None:
        raise StorefrontClosed
    versions.check_shape(if_match, shapes.storefront(row))
    return row


def check(row: Storefront) -> None:
    """See to it that the storefront as a whole holds together, its origins in one form. Raises InvalidInput."""
    errors = [*_origin_errors(row.origins)]
    row.origins = _distinct(rules.normal_origin(origin) or origin for origin in row.origins)
    row.providers = _distinct(row.providers)
    if row.currency != settings.CURRENCY:
        errors.append(_error("currency", "unknown_currency", f"The shop sells in {settings.CURRENCY}."))
    if row.logo_url and not rules.is_picture_address(row.logo_url):
        errors.append(_error("mail.logo_url", "invalid", "Give an https address such as https://alder.example/a.png."))
    for kind, template in row.link_templates.items():
        if problem := rules.link_error(kind, template, row.origins):
            errors.append(_error(f"link_templates.{kind}", "invalid_link", problem))
    if errors:
        raise InvalidInput(errors=errors)


def _origin_errors(origins: Sequence[str]) -> list[FieldError]:
    hint = "Give scheme, host and port only, such as https://alder.example; http for localhost only."
    return [
        _error(f"origins.{place}", "invalid_origin", hint)
        for place, origin in enumerate(origins)
        if rules.normal_origin(origin) is None
    ]


def _error(field: str, code: str, message: str) -> FieldError:
    return {"field": field, "code": code, "message": message}


def _distinct(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))


def _facts(row: Storefront) -> dict[str, Any]:
    return {name: getattr(row, name) for name in (*FACTS, *TEXTS)}


def _without_texts(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: facts[name] for name in FACTS}
