"""What a customer changes about themselves: each under the lock of their own row."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from allauth.account.utils import user_pk_to_url_str
from allauth.mfa import app_settings as mfa
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from shop import versions
from shop.accounts import shapes
from shop.accounts.models import Address, RingSize, User
from shop.accounts.queries import get_address, get_ring_size, verified_emails
from shop.accounts.rules import MAX_ADDRESSES, MAX_RING_SIZES
from shop.actors import Actor
from shop.addresses import FIELDS, place_errors
from shop.errors import DomainError, InvalidInput
from shop.identity import InvalidCredentials
from shop.jobs.services import defer

DEFAULTS = ("default_shipping", "default_billing")


class TooManyAddresses(DomainError):
    code = "too_many_addresses"
    title = "The address book is full"
    detail = f"It takes {MAX_ADDRESSES} addresses. Change or delete one."


class TooManyRingSizes(DomainError):
    code = "too_many_ring_sizes"
    title = "No more ring sizes fit in"
    detail = f"A customer keeps up to {MAX_RING_SIZES}. Change or delete one."


class ConfirmationRequired(DomainError):
    code = "confirmation_required"
    status = HTTPStatus.FORBIDDEN
    title = "Confirm that it is you"
    detail = "Send your password to /v1/auth/app/v1/auth/reauthenticate (or .../2fa/reauthenticate), then try again."


def require_confirmation(actor: Actor) -> None:
    """The person has given a password or a second factor just now. Raises ConfirmationRequired."""
    lately = timezone.now() - timedelta(seconds=settings.ACCOUNT_REAUTHENTICATION_TIMEOUT)
    if actor.confirmed_at is None or actor.confirmed_at < lately:
        raise ConfirmationRequired


def lock_person(actor: Actor) -> User:
    """The caller's own row, locked until the end of the transaction: before baskets and orders, whoever needs both.

    Raises InvalidCredentials for somebody who has been erased meanwhile.
    """
    person = User.objects.select_for_update(no_key=True).filter(pk=actor.user and actor.user.pk, is_active=True).first()
    if person is None:
        raise InvalidCredentials
    return person


@transaction.atomic
def update_profile(*, actor: Actor, changes: Mapping[str, Any], if_match: str | None) -> User:
    """Set names and phone; only what is given changes. Raises StaleVersion."""
    person = lock_person(actor)
    is_verified = person.email.lower() in verified_emails(person)
    versions.check_shape(if_match, shapes.profile(person, email_verified=is_verified))
    User.objects.filter(pk=person.pk).update(**changes)
    person.refresh_from_db()
    return person


@transaction.atomic
def add_address(*, actor: Actor, values: Mapping[str, Any]) -> Address:
    """Keep an address; as a default it takes the place of the one before. Raises InvalidInput, TooManyAddresses."""
    person = lock_person(actor)
    if Address.objects.filter(user=person).count() >= MAX_ADDRESSES:
        raise TooManyAddresses
    return _saved(Address(user=person, **values))


@transaction.atomic
def change_address(address_id: str, *, actor: Actor, changes: Mapping[str, Any], if_match: str | None) -> Address:
    """Only what is given changes. Raises NotFound, StaleVersion and InvalidInput."""
    address = get_address(lock_person(actor), address_id)
    versions.check_shape(if_match, shapes.address(address))
    for name, value in changes.items():
        setattr(address, name, value)
    return _saved(address)


@transaction.atomic
def remove_address(address_id: str, *, actor: Actor, if_match: str | None) -> None:
    """Raises NotFound and StaleVersion."""
    address = get_address(lock_person(actor), address_id)
    versions.check_shape(if_match, shapes.address(address))
    address.delete()


def _saved(address: Address) -> Address:
    if errors := place_errors({name: getattr(address, name) for name in FIELDS}):
        raise InvalidInput(errors=errors)
    others = Address.objects.filter(user_id=address.user_id).exclude(pk=address.pk)
    for default in DEFAULTS:
        if getattr(address, default):
            others.filter(**{default: True}).update(**{default: False})
    address.save()
    return address


@transaction.atomic
def add_ring_size(*, actor: Actor, values: Mapping[str, Any]) -> RingSize:
    """Raises TooManyRingSizes."""
    person = lock_person(actor)
    if RingSize.objects.filter(user=person).count() >= MAX_RING_SIZES:
        raise TooManyRingSizes
    return RingSize.objects.create(user=person, **values)


@transaction.atomic
def change_ring_size(ring_size_id: str, *, actor: Actor, changes: Mapping[str, Any], if_match: str | None) -> RingSize:
    """Only what is given changes. Raises NotFound and StaleVersion."""
    size = get_ring_size(lock_person(actor), ring_size_id)
    versions.check_shape(if_match, shapes.ring_size(size))
    for name, value in changes.items():
        setattr(size, name, value)
    size.save()
    return size


@transaction.atomic
def remove_ring_size(ring_size_id: str, *, actor: Actor, if_match: str | None) -> None:
    """Raises NotFound and StaleVersion."""
    size = get_ring_size(lock_person(actor), ring_size_id)
    versions.check_shape(if_match, shapes.ring_size(size))
    size.delete()


def use_up_code(authenticator: Authenticator) -> bool:
    """Take note that an authenticator's code, which was right, has been used; False where it had been before.

    An app shows one code in each step of 30 seconds, and no code of another step is right (`TOTP_TOLERANCE` is 0): who
    has shown one in this step has used it up (RFC 6238, 5.2). allauth remembers that for one process only. Recovery
    codes it strikes out itself.
    """
    if authenticator.type != Authenticator.Type.TOTP:
        return True
    now = timezone.now()
    step = mfa.TOTP_PERIOD
    began_at = datetime.fromtimestamp(now.timestamp() // step * step, UTC)
    unused = Q(last_used_at=None) | Q(last_used_at__lt=began_at)
    return bool(Authenticator.objects.filter(unused, pk=authenticator.pk).update(last_used_at=now))


def forget_begun_sign_ins(user_id: int) -> None:
    """Delete the sessions in which a person began to sign in, with the address; no table says whose they are."""
    in_login, in_records = user_pk_to_url_str(User(pk=user_id)), str(user_id)
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        found = session.get_decoded()
        login = found.get("account_login") or {}
        if login.get("user_pk") == in_login or found.get("account_authentication_methods_user") == in_records:
            session.delete()


def remove_ended_sign_ins() -> int:
    """Delete the sessions that have expired; returns how many."""
    return Session.objects.filter(expire_date__lt=timezone.now()).delete()[0]


def delete_person(person: User) -> None:
    """Delete the person with all their sign-ins, in the caller's transaction.

    What points to them goes along: addresses, ring sizes, mail addresses, second factors, social accounts. In the
    operators' log their id takes the place of their address.
    """
    keys = UserSession.objects.filter(user=person).values_list("session_key", flat=True)
    Session.objects.filter(session_key__in=list(keys)).delete()
    defer("shop.accounts.forget_begun_sign_ins", user_id=person.pk)
    LogEntry.objects.filter(object_repr__icontains=person.email).update(object_repr=person.public_id)
    person.delete()
