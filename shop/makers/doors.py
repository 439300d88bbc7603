"""What every door of the studio has in common: one maker in the path, and a permission for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.http import HttpRequest
from rest_framework.request import Request

from shop.doors import Door
from shop.events.services import atomic
from shop.identity import identify
from shop.makers import permissions
from shop.makers.models import Membership

READS = ("GET", "HEAD")


class StudioDoor(Door):
    """A door under `/v1/studio/makers/{maker}`; `self.membership` holds the caller's place there, and the maker.

    A change runs in one transaction that holds the membership: who is removed meanwhile is asked again under the
    lock, so that nothing of theirs succeeds after the removal.
    """

    # Not `in_transaction`, a door holds the membership in its service's own transactions, `in_team`.
    membership: Membership

    def let_in(self, request: HttpRequest) -> None:
        self.actor = identify(request)
        self.membership = permissions.authorize(
            self.actor, maker=self.kwargs["maker"], permission=self.needed_permission
        )

    @property
    def maker(self) -> Any:
        """The maker in the path, a `Partner`."""
        return self.membership.maker

    def carry_out(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        if request.method in READS or not self.in_transaction:
            return super().carry_out(request, *args, **kwargs)
        with self.in_team(request):
            return super().carry_out(request, *args, **kwargs)

    @contextmanager
    def in_team(self, request: Request) -> Iterator[None]:
        """A transaction in which the caller's place on the team is held, and asked for again."""
        with atomic():
            permissions.hold(self.membership)
            self.let_in(request._request)
            yield

    def idempotency_scope(self, request: HttpRequest, **path: str) -> str | None:
        return f"{self.actor.id}:{self.maker.public_id}"
