"""Two at once: one slug is one maker's, and the limit holds. Real threads, each with its own connection."""

from collections.abc import Callable

import pytest
from django.http import HttpResponse

from catalog.partner.models import Partner
from catalog.partner.rules import MAX_MAKERS
from shop.makers.models import Membership
from tests.api import Api
from tests.factories import api_of, make_maker, make_member, make_user
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 4


def statuses(*actions: Callable[[], HttpResponse]) -> list[int]:
    return sorted(answer.status_code for answer in at_once(*actions))


def begin(api: Api, slug: str) -> Callable[[], HttpResponse]:
    return lambda: api.post("/studio/makers", {"name": "Alder", "slug": slug})


def test_one_slug_is_one_makers() -> None:
    people = [api_of(make_user(f"person-{number}@example.com")) for number in range(AT_ONCE)]
    assert statuses(*(begin(person, "alder") for person in people)) == [201] + [409] * (AT_ONCE - 1)
    assert Partner.objects.get().memberships.count() == 1


def test_nobody_passes_the_limit() -> None:
    for number in range(MAX_MAKERS - 1):
        make_member("ada@example.com", maker=make_maker(f"maker-{number}"))
    ada = make_user("ada@example.com")
    assert statuses(*(begin(api_of(ada), f"new-{n}") for n in range(AT_ONCE))) == [201] + [409] * (AT_ONCE - 1)
    assert Membership.objects.filter(user=ada).count() == MAX_MAKERS


def test_two_changes_of_one_version() -> None:
    owner = make_member("owner@example.com")
    version = api_of(owner).get("/studio/makers/alder")["ETag"]

    def change(name: str) -> Callable[[], HttpResponse]:
        api = api_of(owner)
        return lambda: api.patch("/studio/makers/alder", {"name": name}, If_Match=version)

    assert statuses(*(change(f"Alder {n}") for n in range(AT_ONCE))) == [200] + [412] * (AT_ONCE - 1)
