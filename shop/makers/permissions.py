"""May they? Asked in one place, for every door of the studio, anew at each request."""

from http import HTTPStatus

from django.db import connection

from shop.actors import Actor
from shop.errors import DomainError, NotFound
from shop.makers.models import Membership


class SignInRequired(DomainError):
    code = "sign_in_required"
    status = HTTPStatus.UNAUTHORIZED
    title = "This needs a sign-in or a key"
    detail = (
        "Sign in at /v1/auth/app/v1/auth/login and send its token in `X-Session-Token`, or a secret key in "
        "`Authorization: Bearer`."
    )


class PersonRequired(DomainError):
    code = "person_required"
    status = HTTPStatus.FORBIDDEN
    title = "A key cannot do this"
    detail = "It belongs to a person: sign in and try again."


class NotPermitted(DomainError):
    code = "not_permitted"
    status = HTTPStatus.FORBIDDEN
    title = "Your roles, or the key's scopes, do not allow this"
    detail = "Ask an owner or manager of the maker. `permission` names what is missing."


class SecondFactorRequired(DomainError):
    code = "second_factor_required"
    status = HTTPStatus.FORBIDDEN
    title = "This maker demands a second factor"
    detail = "Set one up at /v1/auth/app/v1/account/authenticators/totp, or a passkey, and sign in with it."


def authorize(actor: Actor, *, maker: str, permission: str) -> Membership:
    """The membership (with `maker` and `user`) that lets the actor do this for the maker, by slug or id.

    Raises SignInRequired, NotFound for a maker that is not theirs as for one that is not there, NotPermitted and
    SecondFactorRequired.
    """
    if actor.user is None:
        raise SignInRequired
    membership = _membership(actor, maker)
    if membership is None:
        raise NotFound
    allowed = membership.permissions if actor.scopes is None else membership.permissions & actor.scopes
    if permission not in allowed:
        raise NotPermitted(permission=permission)
    # A key is no sign-in: what was made before the maker demanded a second factor works until it is revoked.
    if actor.is_person and membership.maker.requires_second_factor and not actor.second_factor:
        raise SecondFactorRequired
    return membership


def _membership(actor: Actor, maker: str) -> Membership | None:
    teams = Membership.objects.select_related("maker", "user").filter(user=actor.user)
    if actor.membership_id is not None:
        teams = teams.filter(pk=actor.membership_id)
    by_id = maker.startswith("mkr_")
    return (teams.filter(maker__public_id=maker) if by_id else teams.filter(maker__code=maker)).first()


def hold(membership: Membership) -> None:
    """Keep the membership as it is until the end of the transaction: who removes or changes it waits.

    Shared, so that a member's requests do not wait for each other. Ask `authorize` again afterwards: what was
    changed before the lock is seen then.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM makers_membership WHERE id = %s FOR SHARE", [membership.pk])
