"""Handing a maker over to another member, who must agree."""

from http import HTTPStatus

from django.db import IntegrityError, transaction
from django.utils import timezone

from shop import versions
from shop.actors import Actor
from shop.audit import services as audit
from shop.errors import DomainError, InvalidInput, NotFound
from shop.invitations.queries import storefront_for
from shop.mail import services as mail
from shop.makers.models import Membership, OwnershipTransfer
from shop.makers.permissions import PersonRequired
from shop.makers.queries import get_member
from shop.makers.services import set_roles
from shop.ownership import queries, shapes
from shop.ownership.rules import after_transfer


class TransferOpen(DomainError):
    code = "transfer_open"
    title = "This maker has been offered already"
    detail = "Withdraw that offer first, or let it be accepted or expire."


class TransferExpired(DomainError):
    code = "transfer_expired"
    status = HTTPStatus.GONE
    title = "The offer has expired"
    detail = "Ask its giver to make it again."


@transaction.atomic
def offer(*, own: Membership, member_id: str, actor: Actor) -> OwnershipTransfer:
    """Offer one's ownership to another member, who is told by mail. Raises NotFound, InvalidInput, TransferOpen."""
    taker = get_member(own.maker_id, member_id)
    if taker == own:
        message = "Name another member than yourself."
        raise InvalidInput(errors=[{"field": "member", "code": "yourself", "message": message}])
    now = timezone.now()
    OwnershipTransfer.objects.pending().filter(maker=own.maker, expires_at__lte=now).update(cancelled_at=now)
    try:
        with transaction.atomic():
            transfer = OwnershipTransfer.objects.create(maker=own.maker, giver=own, taker=taker)
    except IntegrityError as error:
        raise TransferOpen from error
    context = {
        "maker_name": own.maker.name,
        "giver_name": own.user.get_full_name() or own.user.email,
        "expires_at": transfer.expires_at,
    }
    mail.send(
        "ownership_offer", to=taker.user.email, context=context, storefront=storefront_for(own.maker_id, "invite")
    )
    after = {"giver": own.public_id, "taker": taker.public_id}
    audit.record(actor, "ownership.offered", maker=own.maker.public_id, object=transfer.public_id, after=after)
    return transfer


@transaction.atomic
def withdraw(*, own: Membership, if_match: str | None, actor: Actor) -> None:
    """Take the offer back, as any owner. Raises NotFound and StaleVersion."""
    transfer = queries.open_transfer(own.maker_id, lock=True)
    versions.check_shape(if_match, shapes.transfer(transfer))
    transfer.cancelled_at = timezone.now()
    transfer.save(update_fields=["cancelled_at"])
    audit.record(actor, "ownership.withdrawn", maker=own.maker.public_id, object=transfer.public_id)


@transaction.atomic
def accept(*, own: Membership, actor: Actor) -> Membership:
    """Become an owner in the giver's stead, as the one it was offered to. Called under `lock_team`.

    The giver stays with their other roles. Raises PersonRequired, NotFound, also for everybody else and where the
    giver owns the maker no longer, and TransferExpired.
    """
    if not actor.is_person:
        raise PersonRequired
    transfer = queries.open_transfer(own.maker_id, lock=True)
    giver, taker = transfer.giver, transfer.taker
    if taker != own or not giver.is_owner:
        raise NotFound
    if transfer.is_expired:
        raise TransferExpired
    before = {"giver": giver.roles, "taker": taker.roles}
    givers, takers = after_transfer(giver.roles, taker.roles)
    transfer.accepted_at = timezone.now()
    transfer.save(update_fields=["accepted_at"])
    set_roles(taker, takers)
    set_roles(giver, givers)
    audit.record(
        actor, "ownership.transferred", maker=own.maker.public_id, object=transfer.public_id,
        before=before, after={"giver": givers, "taker": takers},
    )  # fmt: skip
    return taker
