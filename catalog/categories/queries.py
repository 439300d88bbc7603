"""Where branches stand in the tree."""

from catalog.catalogue.models import Category


def parent_of(branch: Category) -> Category | None:
    """The branch it stands on; None at the root."""
    found: Category | None = Category.objects.filter(path=branch.path[: -Category.steplen]).first()
    return found


def levels(branch: Category) -> int:
    """How many levels the branch has, itself counted."""
    deepest = Category.objects.filter(path__startswith=branch.path).order_by("-depth").values_list("depth", flat=True)
    return int(deepest[0]) - int(branch.depth) + 1
