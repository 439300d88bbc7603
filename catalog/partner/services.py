"""Makers begun and changed. A maker's team is `shop.makers`; this is what the shop says of the maker."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.text import slugify

from catalog.html import TooManyTags, sanitised
from catalog.partner import shapes
from catalog.partner.events import MakerChanged
from catalog.partner.models import Partner
from catalog.partner.queries import is_taken, makers_owned
from catalog.partner.rules import MAX_MAKERS, MAX_SLUG, slug_error
from shop import versions
from shop.accounts.models import User
from shop.accounts.queries import verified_emails
from shop.accounts.services import lock_person
from shop.actors import Actor
from shop.addresses import US_STATES
from shop.audit import services as audit
from shop.errors import DomainError, FieldError, InvalidInput
from shop.events.services import atomic, publish
from shop.makers.models import Membership
from shop.makers.permissions import PersonRequired
from shop.makers.roles import OWNER

# Written down with their values; of the long texts only that they changed.
FACTS = ("name", "city", "state", "is_public", "requires_second_factor")
TEXTS = ("tagline", "story", "returns_policy")


class MakerSignUpClosed(DomainError):
    code = "maker_sign_up_closed"
    status = HTTPStatus.FORBIDDEN
    title = "Makers do not sign up by themselves here"
    detail = "Ask whoever runs the platform to create the maker and make you its owner."


class EmailNotVerified(DomainError):
    code = "email_not_verified"
    status = HTTPStatus.FORBIDDEN
    title = "Your mail address is not verified yet"
    detail = "Open the link in the mail you were sent, then try again."


class TooManyMakers(DomainError):
    code = "too_many_makers"
    title = "You own as many makers as one person may"
    detail = f"A person may own {MAX_MAKERS}; hand one over, or ask whoever runs the platform."


class SlugTaken(DomainError):
    code = "slug_taken"
    title = "Another maker has this slug"
    detail = "Send another `slug`."


class SecondFactorMissing(DomainError):
    code = "second_factor_missing"
    title = "You have not shown a second factor yourself"
    detail = (
        "Demanding one of the team would lock you out. Set one up at /v1/auth/app/v1/account/authenticators/totp, or "
        "a passkey, and sign in with it first."
    )


class MakerSuspended(DomainError):
    code = "maker_suspended"
    title = "The platform keeps this maker closed"
    detail = "Ask whoever runs the platform why; the maker can be opened again once they have lifted it."


@atomic()
def sign_up_maker(*, actor: Actor, values: Mapping[str, Any], slug: str) -> Partner:
    """A maker whose owner the caller is; not public before they open it. Without a `slug` its name makes one.

    `values` are fields of `Partner`. Raises MakerSignUpClosed, EmailNotVerified, TooManyMakers, SlugTaken and
    InvalidInput.
    """
    if not settings.MAKER_SIGN_UP:
        raise MakerSignUpClosed
    # Under the lock nobody begins two at once to pass the limit.
    person = lock_person(actor)
    if not verified_emails(person):
        raise EmailNotVerified
    if makers_owned(person) >= MAX_MAKERS:
        raise TooManyMakers
    return create_maker(actor=actor, values={**values, "is_public": False}, slug=slug, owner=person)


@atomic()
def create_maker(*, actor: Actor, values: Mapping[str, Any], slug: str, owner: User | None) -> Partner:
    """A maker of these fields of `Partner`, on whose team `owner` is the first. Raises SlugTaken and InvalidInput."""
    values = _checked(values)
    maker = Partner(code=slug or _slug_of(values["name"]), **values)
    if problem := slug_error(maker.code):
        raise InvalidInput(errors=[_error("slug", "invalid_slug", problem)])
    if is_taken(maker.code):
        raise SlugTaken
    try:
        with transaction.atomic():
            maker.save()
    except IntegrityError as error:  # somebody else's, committed since we looked
        raise SlugTaken from error
    audit.record(
        actor,
        "maker.created",
        maker=maker.public_id,
        object=maker.public_id,
        after={"slug": maker.code, **_facts(maker)},
    )
    publish(MakerChanged(maker.pk))
    if owner is not None:
        place = Membership.objects.create(maker=maker, user=owner, roles=[OWNER])
        audit.record(
            actor, "member.joined", maker=maker.public_id, object=place.public_id,
            after={"user": owner.public_id, "roles": place.roles},
        )  # fmt: skip
    return maker


@atomic()
def change_maker(maker_id: int, *, actor: Actor, changes: Mapping[str, Any], if_match: str | None) -> Partner:
    """Set the fields of `Partner` that are given; who is not public sells nothing from then on.

    Raises StaleVersion, PersonRequired, SecondFactorMissing, MakerSuspended and InvalidInput.
    """
    maker = Partner.objects.select_for_update(no_key=True).get(pk=maker_id)
    versions.check_shape(if_match, shapes.maker(maker))
    _check_second_factor(maker, changes, actor)
    if maker.suspended and changes.get("is_public"):
        raise MakerSuspended
    changes = _checked(changes)
    before, texts_before = _facts(maker), _texts(maker)
    for name, value in changes.items():
        setattr(maker, name, value)
    differing = audit.changes(before, _facts(maker))
    if texts := [name for name, text in _texts(maker).items() if text != texts_before[name]]:
        differing["after"]["texts"] = texts
    if differing["after"]:
        maker.save(update_fields=list(changes))
        publish(MakerChanged(maker.pk))
        audit.record(actor, "maker.changed", maker=maker.public_id, object=maker.public_id, **differing)
    return maker


def _check_second_factor(maker: Partner, changes: Mapping[str, Any], actor: Actor) -> None:
    """Only a person switches it, and nobody locks themselves out. A key has no second factor to show."""
    wanted = changes.get("requires_second_factor", maker.requires_second_factor)
    if wanted == maker.requires_second_factor:
        return
    if not actor.is_person:
        raise PersonRequired
    if wanted and not actor.second_factor:
        raise SecondFactorMissing


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of `Partner` that may stand there, the story safe to show. Raises InvalidInput."""
    errors: list[FieldError] = []
    checked = dict(values)
    if values.get("state", "") not in {"", *US_STATES}:
        errors.append(_error("state", "unknown_state", "Give the two-letter code of a state or territory, such as OR."))
    try:
        if "story" in values:
            checked["story"] = sanitised(values["story"])
    except TooManyTags as error:
        errors.append(_error("story", "too_many_tags", str(error)))
    if errors:
        raise InvalidInput(errors=errors)
    return checked


def _error(field: str, code: str, message: str) -> FieldError:
    return {"field": field, "code": code, "message": message}


def _slug_of(name: str) -> str:
    return slugify(name)[:MAX_SLUG].strip("-")


def _facts(maker: Partner) -> dict[str, Any]:
    return {name: getattr(maker, name) for name in FACTS}


def _texts(maker: Partner) -> dict[str, str]:
    return {name: getattr(maker, name) for name in TEXTS}
