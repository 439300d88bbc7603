"""Writes to Stripe: stored before they are sent, repeated under their key, and never repeated blindly."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Protocol, TypeVar

from django.db import transaction
from django.utils import timezone

from orders.outbox.models import CommandKind, CommandStatus, StripeCommand
from orders.outbox.rules import can_be_looked_up, key_is_remembered
from shop import stripe_gateway
from shop.stripe_gateway import Intent, StripeRefusedError, StripeUnreachableError


class HasId(Protocol):
    @property
    def id(self) -> str: ...


Made = TypeVar("Made", bound=HasId)
Params = Mapping[str, str]


def create_intent(*, payment: str, amount: Decimal, currency: str, order: str) -> Intent:
    """The payment's intent; `payment` is its public id, `order` the order's number. Raises as `send` does."""
    metadata = {"payment": payment, "order": order}
    return send(
        CommandKind.CREATE_INTENT,
        payment,
        params={"amount": str(amount), "currency": currency, "order": order},
        call=lambda key: stripe_gateway.create_intent(
            amount=amount, currency=currency, key=key, metadata=metadata, group=order
        ),
        find=lambda: stripe_gateway.find_intent(payment),
    )


def cancel_intent(intent_id: str, *, payment: str) -> Intent:
    """Cancel, or tell how it stands: an intent that has ended otherwise, or is processing, is returned as it is.

    Raises as `send` does.
    """

    def find() -> Intent | None:
        intent = stripe_gateway.retrieve_intent(intent_id)
        return intent if intent.status == "canceled" else None

    try:
        return send(
            CommandKind.CANCEL_INTENT,
            payment,
            params={"intent": intent_id},
            call=lambda key: stripe_gateway.cancel_intent(intent_id, key=key),
            find=find,
        )
    except StripeRefusedError as error:
        if error.intent is None:
            raise
        # Its charge is not in a refusal.
        return stripe_gateway.retrieve_intent(error.intent.id)


def send(
    kind: CommandKind,
    about: str,
    *,
    params: Params,
    call: Callable[[str], Made],
    find: Callable[[], Made | None],
) -> Made:
    """Have it done at Stripe once, however often this is called; returns what Stripe has made.

    `call` sends it under the key that it is given. Within a day a repetition has the same key, and Stripe answers
    with what it did before. Later, or where other `params` are asked for, `find` looks first whether it has happened.
    Call it outside a transaction. Raises StripeUnreachableError, where the outcome is unknown, and StripeRefusedError.
    """
    command = _about_to_send(kind, about, params)
    if command is None:
        if (found := find()) is not None:
            learn(kind, about, found.id)
            return found
        command = _about_to_send(kind, about, params, looked_up=True)
        assert command is not None
    try:
        made = call(command.key)
    except StripeRefusedError as error:
        _write(command, status=CommandStatus.REFUSED, error=error.code)
        raise
    except StripeUnreachableError as error:
        _write(command, error=str(error)[:255])
        raise
    _write(command, status=CommandStatus.DONE, result_id=made.id, error="")
    return made


def learn(kind: CommandKind, about: str, result_id: str) -> None:
    """It has happened: what it made has been seen at Stripe."""
    unknown = StripeCommand.objects.filter(kind=kind, about=about, status=CommandStatus.UNKNOWN)
    unknown.update(status=CommandStatus.DONE, result_id=result_id, error="")


@transaction.atomic
def _about_to_send(kind: CommandKind, about: str, params: Params, *, looked_up: bool = False) -> StripeCommand | None:
    """The command as it will be sent, stored: its outcome is unknown from here on until an answer has come.

    None where it may have happened already and the key would not keep it from happening twice.
    """
    now = timezone.now()
    command = StripeCommand.objects.select_for_update().filter(kind=kind, about=about).first()
    if command is None:
        first = StripeCommand(kind=kind, about=about, params=params, first_sent_at=now, last_sent_at=now)
        # Somebody may be faster: then it is the same key.
        StripeCommand.objects.bulk_create([first], ignore_conflicts=True)
        return first
    if command.status != CommandStatus.REFUSED and _is_blind(command, params, now):
        if not looked_up:
            return None
        command.status = CommandStatus.REFUSED
    if command.status == CommandStatus.REFUSED:
        command.version += 1
        command.params, command.first_sent_at = dict(params), now
        command.status, command.tries, command.error = CommandStatus.UNKNOWN, 0, ""
    command.tries += 1
    command.last_sent_at = now
    command.save()
    return command


def _is_blind(command: StripeCommand, params: Params, now: datetime) -> bool:
    """Whether its key says nothing any more. Raises StripeUnreachableError where looking it up says nothing yet."""
    if key_is_remembered(command.first_sent_at, now) and command.params == params:
        return False
    if not can_be_looked_up(command.last_sent_at, now):
        raise StripeUnreachableError("It was sent a moment ago; whether it has happened cannot be looked up yet.")
    return True


def _write(command: StripeCommand, **outcome: str) -> None:
    """What came of this version. What is known stays, whoever else had no answer."""
    tried = StripeCommand.objects.filter(kind=command.kind, about=command.about, version=command.version)
    tried.exclude(status=CommandStatus.DONE).update(**outcome)
