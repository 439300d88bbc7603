"""What holds for every change of a piece, whichever slice makes it."""

from collections.abc import Iterator
from contextlib import contextmanager

from catalog.catalogue.events import ProductsChanged
from catalog.catalogue.models import Product
from catalog.catalogue.queries import publishing_problems
from catalog.catalogue.rules import NO_STOCK
from shop.errors import DomainError, FieldError
from shop.events.services import publish


class NeededWhilePublished(DomainError):
    """The change would take from a published piece what it was published for; `errors` says what."""

    code = "needed_while_published"
    title = "A published piece needs this"
    detail = "`errors` says what the piece would lack. Unpublish it first, or put something in its place."


@contextmanager
def changing(piece: Product) -> Iterator[None]:
    """Around a change of the locked piece or of its parts, which makes it newly updated.

    What a published piece lacks already, as an imported one may, it may go on lacking, and words that contradict what
    it declares may stay; stock it may run out of. Raises NeededWhilePublished.
    """
    lacking = set(map(_kind_of, publishing_problems(piece))) if piece.is_public else set()
    yield
    # Saved like this its date changes too.
    piece.save(update_fields=["date_updated"])
    problems = publishing_problems(piece) if piece.is_public else []
    lost = [problem for problem in problems if problem["code"] != NO_STOCK and _kind_of(problem) not in lacking]
    if lost:
        raise NeededWhilePublished(errors=lost)
    publish(ProductsChanged((piece.pk,)))


def _kind_of(problem: FieldError) -> tuple[str, ...]:
    """What makes a problem the same before and after: not the place of a picture among the others."""
    return problem["field"].partition(".")[0], problem["code"], problem.get("words", "").casefold()
