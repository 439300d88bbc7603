"""Making, naming, replacing and revoking keys, and noting that one was used."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from shop import versions
from shop.actors import Actor
from shop.audit import services as audit
from shop.errors import DomainError, FieldError
from shop.keys import rules, shapes
from shop.keys.models import KeyStatus, SecretKey
from shop.keys.queries import get_key
from shop.makers.models import Membership


class ScopeNotYours(DomainError):
    code = "scope_not_yours"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    title = "A key cannot do what you may not do yourself"
    detail = "Leave out what `errors` names, or ask an owner for the role that has it."


class TooManyKeys(DomainError):
    code = "too_many_keys"
    title = "This maker has as many keys as it may have"
    detail = f"{rules.MAX_LIVE} can be used at a time. Revoke one that is not needed any more."


class KeyEnded(DomainError):
    code = "key_ended"
    title = "This key has ended"
    detail = "It was revoked, has expired, or its owner has left. Make a new one."


class KeyReplaced(DomainError):
    code = "key_replaced"
    title = "This key has been replaced already"
    detail = "Rotate the one that `replaced_by` names."


class KeyOfAnother(DomainError):
    code = "key_of_another"
    status = HTTPStatus.FORBIDDEN
    title = "Only its owner may rotate a key"
    detail = "Its new secret would act in its owner's name. You may revoke it and make one of your own."


@transaction.atomic
def create_key(
    *, membership: Membership, name: str, scopes: Sequence[str], expires_in_days: int, actor: Actor
) -> tuple[SecretKey, str]:
    """A new key of the member, and its secret, which nobody can read again. Raises ScopeNotYours and TooManyKeys."""
    _check_scopes(membership, scopes)
    _make_room(membership.maker)
    expires_at = timezone.now() + timedelta(days=expires_in_days)
    return _issue(membership, name=name, scopes=scopes, expires_at=expires_at, actor=actor)


@transaction.atomic
def rename_key(*, maker: Any, key_id: str, name: str, if_match: str | None, actor: Actor) -> SecretKey:
    """Raises NotFound and StaleVersion."""
    key = _locked(maker, key_id)
    _check_version(if_match, key)
    if key.name != name:
        key.name = name
        key.save(update_fields=["name"])
        # Without the names: people write addresses into them.
        audit.record(actor, "key.renamed", maker=maker.public_id, object=key.public_id)
    return key


@transaction.atomic
def rotate_key(
    *, membership: Membership, key_id: str, overlap_hours: int, if_match: str | None, actor: Actor
) -> tuple[SecretKey, str]:
    """A successor with the same scopes, for as long as this one was made for, and its secret.

    The old one ends after the overlap. Raises NotFound, StaleVersion, KeyOfAnother, KeyEnded, KeyReplaced,
    ScopeNotYours where the owner's roles have become fewer, and TooManyKeys.
    """
    now = timezone.now()
    maker = membership.maker
    key = _locked(maker, key_id)
    _check_version(if_match, key)
    if key.membership_id not in (membership.pk, None):
        raise KeyOfAnother
    if key.replaced_by is not None:
        raise KeyReplaced(replaced_by=key.replaced_by.public_id)
    if key.status(now) != KeyStatus.ACTIVE:
        raise KeyEnded
    _check_scopes(membership, key.scopes)
    old_end = key.expires_at
    key.expires_at = rules.end_of_overlap(old_end, now=now, overlap=timedelta(hours=overlap_hours))
    key.save(update_fields=["expires_at"])
    _make_room(maker)
    expires_at = now + rules.lifetime(key.created_at, old_end)
    successor, secret = _issue(membership, name=key.name, scopes=key.scopes, expires_at=expires_at, actor=actor)
    key.replaced_by = successor
    key.save(update_fields=["replaced_by"])
    audit.record(
        actor,
        "key.rotated",
        maker=maker.public_id,
        object=key.public_id,
        before={"expires_at": old_end, "replaced_by": None},
        after={"expires_at": key.expires_at, "replaced_by": successor.public_id},
    )
    return successor, secret


@transaction.atomic
def revoke_key(*, maker: Any, key_id: str, if_match: str | None, actor: Actor) -> None:
    """End the key now: requests of its that run are waited for, later ones are refused. Again does nothing.

    Raises NotFound and StaleVersion.
    """
    key = _locked(maker, key_id)
    _check_version(if_match, key)
    if key.revoked_at is None:
        key.revoked_at = timezone.now()
        key.save(update_fields=["revoked_at"])
        audit.record(
            actor,
            "key.revoked",
            maker=maker.public_id,
            object=key.public_id,
            before={"revoked_at": None},
            after={"revoked_at": key.revoked_at},
        )


def note_use(key_id: str, *, last_used_at: datetime | None) -> None:
    """Write down that a request with this key was let in, at most once a minute."""
    now = timezone.now()
    if not rules.is_use_due(last_used_at, now):
        return
    due = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - rules.USE_NOTED_EVERY)
    SecretKey.objects.filter(due, public_id=key_id).update(last_used_at=now)


def _locked(maker: Any, key_id: str) -> SecretKey:
    """The key, which nobody else changes, nor a change of its own uses, until the end of the transaction."""
    SecretKey.objects.for_maker(maker.pk).select_for_update().filter(public_id=key_id).first()
    # Read under the lock: what is joined would be from before the wait for it.
    return get_key(maker.pk, key_id)


def _check_version(if_match: str | None, key: SecretKey) -> None:
    versions.check_shape(if_match, shapes.versioned(shapes.key(key)))


def _check_scopes(membership: Membership, scopes: Sequence[str]) -> None:
    """Nobody gives a key what they do not have."""
    beyond: list[FieldError] = [
        {"field": f"scopes.{place}", "code": "scope_not_yours", "message": f"Your roles do not include {scope}."}
        for place, scope in enumerate(scopes)
        if scope not in membership.permissions
    ]
    if beyond:
        raise ScopeNotYours(errors=beyond)


def _make_room(maker: Any) -> None:
    """Raise TooManyKeys where there is none. The maker's lock makes the count hold until the key is there."""
    type(maker).objects.select_for_update(no_key=True).get(pk=maker.pk)
    if SecretKey.objects.for_maker(maker.pk).usable().count() >= rules.MAX_LIVE:
        raise TooManyKeys


def _issue(
    membership: Membership, *, name: str, scopes: Sequence[str], expires_at: datetime, actor: Actor
) -> tuple[SecretKey, str]:
    secret = rules.new_secret()
    key = SecretKey.objects.create(
        maker=membership.maker,
        membership=membership,
        name=name,
        scopes=scopes,
        digest=rules.digest(secret),
        hint=rules.hint(secret),
        expires_at=expires_at,
    )
    after = {"scopes": scopes, "expires_at": expires_at}
    audit.record(actor, "key.created", maker=membership.maker.public_id, object=key.public_id, after=after)
    return key, secret
