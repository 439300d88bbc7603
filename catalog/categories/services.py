"""The tree as the platform's operator changes it: branches renamed and moved, each change written down."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, connection, transaction

from catalog.catalogue.events import CategoriesChanged
from catalog.catalogue.models import Category
from catalog.catalogue.rules import MAX_CATEGORY_DEPTH
from catalog.catalogue.slugs import slug as slug_of
from catalog.categories.queries import levels, parent_of
from catalog.slug_history.models import Kind
from catalog.slug_history.queries import is_kept_for_another
from catalog.slug_history.services import keep_old_slug
from shop.actors import Actor
from shop.audit import services as audit
from shop.errors import InvalidInput
from shop.events.services import atomic, publish


@atomic()
def rename_category(category_id: int, *, name: str, slug: str, actor: Actor) -> Category:
    """Give the branch another name and slug; the old slug leads to it from then on. Raises InvalidInput."""
    _hold_the_tree()
    branch = Category.objects.get(pk=category_id)
    check_name(branch, name=name, slug=slug, parent=parent_of(branch))
    before = {"name": branch.name, "slug": branch.slug}
    branch.name, branch.slug = name, slug
    try:
        with transaction.atomic():
            branch.save(update_fields=["name", "slug"])
    except IntegrityError as error:
        raise _refused("slug", "slug_taken", f"Another category is at {slug}.") from error
    keep_old_slug(Kind.CATEGORY, branch.pk, old=before["slug"], new=slug)
    _note(branch, "category.renamed", before, {"name": name, "slug": slug}, actor)
    return branch


@atomic()
def move_category(category_id: int, *, parent_id: int | None, before_id: int | None, actor: Actor) -> Category:
    """Put the branch with all below it under another one, or at the root; before a sister there, else last.

    What is under a hidden branch is hidden with it. Raises InvalidInput, also for a place below itself.
    """
    _hold_the_tree()
    branch = Category.objects.get(pk=category_id)
    parent = None if parent_id is None else Category.objects.get(pk=parent_id)
    sister = None if before_id is None else Category.objects.get(pk=before_id)
    check_place(branch, parent=parent, before=sister)
    facts = _place(branch)
    if sister is not None:
        Category.objects.move(branch, sister, "left")
    elif parent is not None:
        Category.objects.move(branch, parent, "last-child")
    else:
        Category.objects.move(branch, Category.objects.get_root_nodes().last(), "last-sibling")
    branch = Category.objects.get(pk=category_id)
    branch.set_ancestors_are_public()
    _note(branch, "category.moved", facts, _place(branch), actor)
    return branch


def check_name(branch: Category, *, name: str, slug: str, parent: Category | None) -> None:
    """Raise InvalidInput where the branch may not be called so in that place."""
    if not slug or slug_of(slug) != slug:
        raise _refused("slug", "invalid", "Give lower case letters and digits with single hyphens between them.")
    if is_kept_for_another(Kind.CATEGORY, slug, holder=branch.pk):
        raise _refused("slug", "slug_taken", f"Links to another category lead to {slug}.")
    # An import finds a branch by the names on the way to it.
    sisters = Category.objects.get_children(parent) if parent else Category.objects.get_root_nodes()
    if sisters.filter(name__iexact=name).exclude(pk=branch.pk).exists():
        raise _refused("name", "same_name", "A category beside it is called the same.")


def check_place(branch: Category, *, parent: Category | None, before: Category | None) -> None:
    """Raise InvalidInput where the branch may not stand there."""
    if parent is not None and parent.path.startswith(branch.path):
        raise _refused("parent", "category_cycle", "A category cannot stand below itself or what is below it.")
    depth = parent.depth if parent else 0
    if depth + levels(branch) > MAX_CATEGORY_DEPTH:
        raise _refused("parent", "too_deep", f"The tree may be {MAX_CATEGORY_DEPTH} levels deep.")
    if before is not None and (before.pk == branch.pk or parent_of(before) != parent):
        raise _refused("before", "no_sister", "It can only stand before a category right below the same parent.")
    check_name(branch, name=branch.name, slug=branch.slug, parent=parent)


def name_in_audit(category_id: int) -> str:
    return f"category:{category_id}"


def _hold_the_tree() -> None:
    """Nobody adds or moves a branch meanwhile: places are counted from what is there. Reads go on."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE catalogue_category IN SHARE ROW EXCLUSIVE MODE")


def _place(branch: Category) -> dict[str, Any]:
    parent = parent_of(branch)
    return {"parent": parent and parent.slug, "path": branch.path}


def _note(branch: Category, action: str, before: Mapping[str, Any], after: Mapping[str, Any], actor: Actor) -> None:
    changed = audit.changes(before, after)
    if not changed["after"]:
        return
    audit.record(actor, action, maker="", object=name_in_audit(branch.pk), **changed)
    publish(CategoriesChanged((branch.pk,)))


def _refused(field: str, code: str, message: str) -> InvalidInput:
    return InvalidInput(errors=[{"field": field, "code": code, "message": message}])
