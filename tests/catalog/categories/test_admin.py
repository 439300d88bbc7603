"""The operator's page of the tree."""

from typing import Any

import pytest
from django.test import Client

from catalog.catalogue.models import Category
from catalog.imports.services import make_category
from shop.audit.models import AuditEntry
from tests.shop.operators.steps import operator, signed_in
from tests.shop.operators.test_pages import address, facts

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(db: None) -> Client:
    make_category(["Rings", "Bands"])
    make_category(["Chains"])
    return signed_in()


def send(site: Client, known_as: str, **changes: Any) -> Any:
    branch = Category.objects.get(slug=known_as)
    parent = Category.objects.filter(path=branch.path[:-4]).first()
    form = {"name": branch.name, "slug": branch.slug, "parent": parent.pk if parent else "", "before": ""}
    return site.post(address(Category, branch.pk, "change"), form | changes)


def test_a_branch_is_renamed_and_moved(site: Client) -> None:
    chains = Category.objects.get(slug="chains")
    assert send(site, "bands", name="Hoops", slug="hoops", parent=chains.pk).status_code == 302
    assert Category.objects.get(slug="hoops").path.startswith(chains.path)
    entries = list(AuditEntry.objects.filter(action__startswith="category.").order_by("pk"))
    assert [entry.action for entry in entries] == ["category.renamed", "category.moved"]
    assert {entry.actor for entry in entries} == {operator().public_id}
    history = site.get(address(Category, chains.pk, "history"))
    assert history["Location"].endswith(f"object=category%3A{chains.pk}")


@pytest.mark.parametrize(
    ("changes", "field"), [({"slug": "Bad Slug"}, "slug"), ({"slug": "chains"}, "slug"), ({"name": ""}, "name")]
)
def test_what_is_refused(site: Client, changes: dict[str, str], field: str) -> None:
    before = facts()
    answer = send(site, "bands", **changes)
    assert (answer.status_code, list(answer.context["adminform"].form.errors)) == (200, [field])
    assert facts() == before


def test_a_cycle_is_refused_in_words(site: Client) -> None:
    before = facts()
    answer = send(site, "rings", parent=Category.objects.get(slug="bands").pk)
    assert answer.context["adminform"].form.errors == {
        "parent": ["A category cannot stand below itself or what is below it."]
    }
    assert facts() == before


def test_saving_what_is_there_is_no_change(site: Client) -> None:
    before = facts()
    assert send(site, "bands").status_code == 302
    assert facts() == before


def test_hidden_fields_are_not_written(site: Client) -> None:
    send(site, "bands", is_public="", path="0009", numchild=7)
    assert Category.objects.get(slug="bands").is_public
