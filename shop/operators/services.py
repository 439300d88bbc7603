"""Making somebody an operator: what nobody can do over the web."""

import secrets
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.usersessions.models import UserSession
from django.db import transaction

from shop.accounts.models import User
from shop.accounts.queries import verified_emails
from shop.actors import SYSTEM
from shop.audit import services as audit

PASSWORD_BYTES = 18


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """What the operator keeps: for the authenticator app, and for the day it is lost. Shown once."""

    secret: str
    recovery_codes: list[str]


class AlreadyOperator(Exception):
    """They have their password and second factor."""


class AddressNotVerified(Exception):
    """Whoever signed up with this address has not shown that they read its mail."""


class NoSuchOperator(Exception):
    """Nobody of this address is an operator."""


def new_password() -> str:
    return secrets.token_urlsafe(PASSWORD_BYTES)


@transaction.atomic
def create_operator(*, email: str, password: str) -> SecondFactor:
    """An operator with this password and a new second factor; somebody with an account becomes one, signed out anew.

    Raises AlreadyOperator and AddressNotVerified.
    """
    user = _account(email)
    if user is None:
        user = User.objects.create_user(email)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    elif user.is_staff:
        raise AlreadyOperator
    elif email.lower() not in verified_emails(user):
        raise AddressNotVerified
    user.is_staff = user.is_active = True
    user.set_password(password)
    user.save(update_fields=["is_staff", "is_active", "password"])
    audit.record(SYSTEM, "operator.created", object=user.public_id)
    return _new_second_factor(user)


@transaction.atomic
def reset_second_factor(*, email: str) -> SecondFactor:
    """Take all second factors of an operator away, give a new one, sign them out. Raises NoSuchOperator."""
    user = _account(email)
    if user is None or not user.is_staff:
        raise NoSuchOperator
    audit.record(SYSTEM, "operator.second_factor_reset", object=user.public_id)
    return _new_second_factor(user)


def _account(email: str) -> User | None:
    return User.objects.select_for_update().filter(email__iexact=email).first()


def _new_second_factor(user: User) -> SecondFactor:
    Authenticator.objects.filter(user=user).delete()
    for session in UserSession.objects.filter(user=user):
        session.end()
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    recovery = RecoveryCodes.activate(user)
    recovery.mark_as_viewed()
    return SecondFactor(secret, recovery.generate_codes())
