"""What happened below, told to those above: who reacts stands in config/subscriptions.py."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import transaction

Reaction = Callable[[Any], None]
# Takes all events it reacts to of one transaction, in their order.
LastReaction = Callable[[Sequence[Any]], None]
_reactions: dict[type, Sequence[Reaction]] = {}
_last: dict[type, LastReaction] = {}


class _PutOff(threading.local):
    """What this thread's open transaction has put off to its end; None outside `atomic`."""

    events: dict[LastReaction, list[Any]] | None = None


_put_off = _PutOff()


def subscribe(table: Mapping[type, Sequence[Reaction]], last: Mapping[type, LastReaction]) -> None:
    """Take over the two tables; called once, when the project starts."""
    _reactions.clear()
    _reactions.update(table)
    _last.clear()
    _last.update(last)


def publish(event: Any) -> None:
    """Tell everybody who reacts, in the caller's transaction. Who fails undoes the change.

    Those who react last are told at the end of the outermost `atomic`, without one at once. What should happen after
    the commit enqueues a job in its reaction.
    """
    for react in _reactions.get(type(event), ()):
        react(event)
    react_last = _last.get(type(event))
    if react_last is None:
        return
    if _put_off.events is None:
        react_last([event])
    else:
        _put_off.events.setdefault(react_last, []).append(event)


@contextmanager
def atomic() -> Iterator[None]:
    """`transaction.atomic` for services whose change somebody reacts to last: with it or as a decorator, `@atomic()`.

    However many of them are nested, those who react last do so once, before the outermost one commits.
    """
    with transaction.atomic():
        if _put_off.events is not None:
            yield
            return
        _put_off.events = {}
        try:
            yield
            _react_last()
        finally:
            _put_off.events = None


def _react_last() -> None:
    # Where all is rolled back without an error, as a rehearsal is, there is nothing to react to.
    while _put_off.events and not transaction.get_rollback():
        react_last, events = _put_off.events.popitem()
        react_last(events)
