"""The one table, and where one works."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shop.actors import Actor
from shop.makers.models import Membership
from shop.makers.queries import places_of
from shop.makers.roles import NOT_FOR_KEYS, OWNER, PERMISSIONS, ROLES, may_grant, permissions_of
from shop.makers.shapes import place
from tests.api import Api
from tests.factories import api_of, make_key, make_maker, make_member, make_user
from tests.shop.makers.steps import code_of

ALL = list(ROLES)


def test_the_table_names_known_permissions_only() -> None:
    assert permissions_of(ROLES) == set(PERMISSIONS)
    assert permissions_of([OWNER]) == set(PERMISSIONS)


def test_an_unknown_role_gives_nothing() -> None:
    assert permissions_of(["founder"]) == frozenset()


@pytest.mark.parametrize("role", ALL)
def test_whatever_one_is_one_may_see_the_team(role: str) -> None:
    """Or nobody could leave."""
    assert "team.read" in permissions_of([role])


@pytest.mark.parametrize("role", [role for role in ALL if role != OWNER])
def test_who_is_no_owner_makes_none(role: str) -> None:
    assert not may_grant([role], [OWNER])


@pytest.mark.parametrize("role", ALL)
def test_an_owner_makes_anybody_anything(role: str) -> None:
    assert may_grant([OWNER], [role])


def test_two_roles_give_together_what_neither_gives() -> None:
    assert may_grant(["bench_jeweler", "bookkeeper"], ["bookkeeper", "stock_keeper"])
    assert not may_grant(["bench_jeweler"], ["bookkeeper"])
    assert not may_grant(["bookkeeper"], ["stock_keeper"])


@pytest.mark.django_db
def test_the_table_can_be_read() -> None:
    table = api_of(make_user()).get("/studio/roles").json()
    assert [role["code"] for role in table["roles"]] == ALL
    assert {role["code"]: set(role["permissions"]) for role in table["roles"]} == {
        role.code: set(role.permissions) for role in ROLES.values()
    }
    assert {p["code"] for p in table["permissions"] if not p["for_keys"]} == NOT_FOR_KEYS


@pytest.mark.django_db
def test_the_table_is_for_people() -> None:
    secret = make_key(make_member("ada@example.com"), "team.read")
    assert code_of(Api().get("/studio/roles")) == (401, "sign_in_required")
    assert code_of(api_of(secret).get("/studio/roles")) == (403, "person_required")


@pytest.mark.django_db
def test_places_are_ones_own_by_name_and_take_one_query() -> None:
    ada = make_user()
    for slug in ("cedar", "birch", "alder"):
        make_member(ada.email, "instructor", "bookkeeper", maker=make_maker(slug))
    make_member("bea@example.com", maker=make_maker("dogwood"))
    with CaptureQueriesContext(connection) as queries:
        places = [place(each) for each in places_of(Actor(user=ada))]
    assert len(queries) == 1
    assert [each["slug"] for each in places] == ["alder", "birch", "cedar"]
    assert places[0]["roles"] == ["instructor", "bookkeeper"]
    assert places[0]["membership"] == Membership.objects.get(maker__code="alder").public_id
    assert set(places[0]["permissions"]) == permissions_of(["instructor", "bookkeeper"])
