"""Who is on the team: seen, given other roles, taken off, gone by themselves."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shop.accounts.models import User
from shop.keys.models import SecretKey
from shop.makers.models import Invitation, Membership, OwnershipTransfer
from tests.api import Api
from tests.factories import api_of, make_key, make_maker, make_member, make_user
from tests.shop.makers.steps import ALDER, code_of, entries, field_codes, invited, roles_of

pytestmark = pytest.mark.django_db

MEMBERS = f"{ALDER}/members"


@pytest.fixture
def owner() -> Membership:
    return make_member("ada@example.com")


@pytest.fixture
def jeweler(owner: Membership) -> Membership:
    return make_member("bea@example.com", "bench_jeweler")


@pytest.fixture
def manager(owner: Membership) -> Membership:
    return make_member("mia@example.com", "manager")


@pytest.fixture
def stranger() -> Membership:
    """An owner of another maker."""
    return make_member("sue@example.com", maker=make_maker("birch"))


def at(member: Membership) -> str:
    return f"{MEMBERS}/{member.public_id}"


# Seen


def test_the_list_shows_the_team(owner: Membership, jeweler: Membership, stranger: Membership) -> None:
    User.objects.filter(pk=jeweler.user_id).update(first_name="Bea", last_name="Bright")
    Authenticator.objects.create(user=owner.user, type=Authenticator.Type.TOTP, data={})
    Authenticator.objects.create(user=jeweler.user, type=Authenticator.Type.RECOVERY_CODES, data={})
    answer = api_of(jeweler).get(MEMBERS).json()
    assert (answer["next"], answer["previous"]) == (None, None)
    assert [member["id"] for member in answer["results"]] == [owner.public_id, jeweler.public_id]
    ada, bea = answer["results"]
    assert ada["second_factor"] is True
    assert bea == {
        "id": jeweler.public_id,
        "user": jeweler.user.public_id,
        "name": "Bea Bright",
        "email": "bea@example.com",
        "roles": ["bench_jeweler"],
        "joined_at": bea["joined_at"],
        "second_factor": False,
    }


def test_the_list_is_walked_in_pages(owner: Membership) -> None:
    for number in range(4):
        make_member(f"m{number}@example.com", "instructor")
    api, path, seen = api_of(owner), f"{MEMBERS}?limit=2", []
    while path:
        page = api.get(path).json()
        seen += [member["email"] for member in page["results"]]
        path = (page["next"] or "").partition("/v1")[2]
    assert seen == ["ada@example.com", *(f"m{number}@example.com" for number in range(4))]


def test_a_long_list_takes_as_many_queries_as_a_short_one(owner: Membership) -> None:
    api = api_of(owner)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert api.get(f"{MEMBERS}?limit=100").status_code == 200
        return len(queries)

    short = cost()
    for number in range(20):
        member = make_member(f"m{number}@example.com", "instructor")
        Authenticator.objects.create(user=member.user, type=Authenticator.Type.TOTP, data={})
    assert cost() == short


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "cursor=forged", "role=owner"])
def test_a_list_query_that_makes_no_sense_is_refused(owner: Membership, query: str) -> None:
    assert api_of(owner).get(f"{MEMBERS}?{query}").status_code == 422


def test_one_member_is_seen_with_their_tag(owner: Membership, jeweler: Membership) -> None:
    answer = api_of(jeweler).get(at(owner))
    assert answer.json()["id"] == owner.public_id
    assert answer["ETag"]


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_another_makers_member_is_not_there(owner: Membership, stranger: Membership, method: str) -> None:
    body = [{"roles": ["manager"]}] if method == "patch" else []
    answer = getattr(api_of(owner), method)(at(stranger), *body)
    assert code_of(answer) == (404, "not_found")
    assert roles_of(stranger) == ["owner"]


def test_a_team_is_nobody_elses_to_see(owner: Membership, stranger: Membership) -> None:
    assert code_of(api_of(stranger).get(MEMBERS)) == (404, "not_found")
    assert code_of(api_of(make_user("shopper@example.com")).get(MEMBERS)) == (404, "not_found")
    assert code_of(Api().get(MEMBERS)) == (401, "sign_in_required")


# Other roles


def test_roles_are_changed_at_once(owner: Membership, jeweler: Membership) -> None:
    theirs = api_of(jeweler)
    assert code_of(theirs.post(f"{ALDER}/invitations", {})) == (403, "not_permitted")
    answer = api_of(owner).patch(at(jeweler), {"roles": ["bookkeeper", "manager"]})
    assert answer.status_code == 200
    assert answer.json()["roles"] == ["manager", "bookkeeper"]
    assert answer["ETag"] == theirs.get(at(jeweler))["ETag"]
    assert theirs.post(f"{ALDER}/invitations", {}).status_code == 422
    (entry,) = entries("member.roles_changed")
    assert (entry.maker, entry.object) == (owner.maker.public_id, jeweler.public_id)
    assert (entry.actor, entry.user) == (owner.user.public_id, owner.user.public_id)
    assert (entry.before, entry.after) == ({"roles": ["bench_jeweler"]}, {"roles": ["manager", "bookkeeper"]})


def test_the_same_roles_again_change_nothing(owner: Membership, jeweler: Membership) -> None:
    assert api_of(owner).patch(at(jeweler), {"roles": ["bench_jeweler"]}).status_code == 200
    assert entries("member.roles_changed") == []


def test_a_key_can_do_only_what_its_owner_can_still_do(owner: Membership, jeweler: Membership) -> None:
    key = api_of(make_key(jeweler, "team.read", "stock.edit"))
    assert key.get(MEMBERS).status_code == 200
    api_of(owner).patch(at(jeweler), {"roles": ["instructor"]})
    assert key.get(MEMBERS).status_code == 200
    assert "stock.edit" not in Membership.objects.get(pk=jeweler.pk).permissions


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, [("roles", "required")]),
        ({"roles": []}, [("roles", "empty")]),
        ({"roles": None}, [("roles", "null")]),
        ({"roles": "owner"}, [("roles", "not_a_list")]),
        ({"roles": {"owner": True}}, [("roles", "not_a_list")]),
        ({"roles": ["founder"]}, [("roles.0", "invalid_choice")]),
        ({"roles": ["manager", "Owner"]}, [("roles.1", "invalid_choice")]),
        ({"roles": ["manager", ""]}, [("roles.1", "invalid_choice")]),
        ({"roles": [1]}, [("roles.0", "invalid_choice")]),
        ({"roles": [["owner"]]}, [("roles.0", "invalid_choice")]),
        ({"roles": [None]}, [("roles.0", "null")]),
        ({"roles": ["manager", "manager"]}, [("roles", "repeated")]),
        ({"roles": ["manager"] * 50}, [("roles", "repeated")]),
        ({"roles": ["manager"], "email": "eve@example.com"}, [("email", "unknown_field")]),
    ],
)
def test_roles_that_are_none_are_refused(
    owner: Membership, jeweler: Membership, body: Any, errors: list[tuple[str, str]]
) -> None:
    assert field_codes(api_of(owner).patch(at(jeweler), body)) == errors
    assert roles_of(jeweler) == ["bench_jeweler"]


@pytest.mark.parametrize(
    "change",
    [
        lambda api, owner, jeweler, me: api.patch(at(jeweler), {"roles": ["owner"]}),
        lambda api, owner, jeweler, me: api.patch(at(jeweler), {"roles": ["bench_jeweler", "owner"]}),
        lambda api, owner, jeweler, me: api.patch(at(me), {"roles": ["owner", "manager"]}),
        lambda api, owner, jeweler, me: api.patch(at(owner), {"roles": ["manager"]}),
        lambda api, owner, jeweler, me: api.patch(at(owner), {"roles": ["owner", "bookkeeper"]}),
        lambda api, owner, jeweler, me: api.delete(at(owner)),
    ],
    ids=["make", "add", "make oneself", "unmake", "change", "remove"],
)
def test_a_manager_neither_makes_nor_unmakes_owners(
    owner: Membership, jeweler: Membership, manager: Membership, change: Callable[..., Any]
) -> None:
    make_member("second@example.com")  # so that it is not about the last owner
    before = list(Membership.objects.order_by("pk").values())
    assert code_of(change(api_of(manager), owner, jeweler, manager)) == (403, "beyond_own_roles")
    assert list(Membership.objects.order_by("pk").values()) == before
    assert entries("member.roles_changed") == entries("member.removed") == []


def test_a_manager_manages_the_rest(owner: Membership, jeweler: Membership, manager: Membership) -> None:
    api = api_of(manager)
    assert api.patch(at(jeweler), {"roles": ["manager"]}).status_code == 200
    assert api.delete(at(jeweler)).status_code == 204


def test_somebody_without_the_permission_changes_nothing(owner: Membership, jeweler: Membership) -> None:
    api = api_of(jeweler)
    assert code_of(api.patch(at(jeweler), {"roles": ["manager"]})) == (403, "not_permitted")
    assert code_of(api.delete(at(owner))) == (403, "not_permitted")
    assert (roles_of(owner), roles_of(jeweler)) == (["owner"], ["bench_jeweler"])


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_a_change_on_a_stale_view_is_refused(owner: Membership, jeweler: Membership, method: str) -> None:
    api = api_of(owner)
    stale = api.get(at(jeweler))["ETag"]
    api.patch(at(jeweler), {"roles": ["stock_keeper"]}, If_Match=stale)
    body = [{"roles": ["manager"]}] if method == "patch" else []
    assert code_of(getattr(api, method)(at(jeweler), *body, If_Match=stale)) == (412, "stale_version")
    assert roles_of(jeweler) == ["stock_keeper"]
    fresh = api.get(at(jeweler))["ETag"]
    assert getattr(api, method)(at(jeweler), *body, If_Match=fresh).status_code in (200, 204)


# The last owner


@pytest.mark.parametrize(
    "change",
    [
        lambda api, owner: api.patch(at(owner), {"roles": ["manager"]}),
        lambda api, owner: api.delete(at(owner)),
        lambda api, owner: api.post(f"{ALDER}/leave"),
    ],
    ids=["demoted", "removed", "left"],
)
def test_the_last_owner_stays(owner: Membership, manager: Membership, change: Callable[..., Any]) -> None:
    make_member("owner@birch.example", maker=make_maker("birch"))
    retired = make_member("retired@example.com")
    User.objects.filter(pk=retired.user_id).update(is_active=False)
    assert code_of(change(api_of(owner), owner)) == (409, "last_owner")
    assert roles_of(owner) == ["owner"]


def test_the_last_owner_may_be_other_things_besides(owner: Membership) -> None:
    assert api_of(owner).patch(at(owner), {"roles": ["owner", "instructor"]}).status_code == 200


def test_one_of_two_owners_may_go(owner: Membership) -> None:
    second = make_member("second@example.com")
    assert api_of(second).patch(at(owner), {"roles": ["stock_keeper"]}).status_code == 200
    assert roles_of(owner) == ["stock_keeper"]
    assert code_of(api_of(second).post(f"{ALDER}/leave")) == (409, "last_owner")


# Gone


def test_who_is_removed_has_nothing_left(owner: Membership, jeweler: Membership) -> None:
    theirs, key = api_of(jeweler), api_of(make_key(jeweler, "team.read"))
    assert key.get(MEMBERS).status_code == 200
    assert api_of(owner).delete(at(jeweler)).status_code == 204
    assert code_of(theirs.get(MEMBERS)) == (404, "not_found")
    assert code_of(key.get(MEMBERS)) == (401, "invalid_credentials")
    assert SecretKey.objects.get().membership is None
    (entry,) = entries("member.removed")
    assert (entry.object, entry.before, entry.after) == (jeweler.public_id, {"roles": ["bench_jeweler"]}, None)
    assert "bea@example.com" not in str(vars(entry))


def test_who_is_removed_twice_is_not_there(owner: Membership, jeweler: Membership) -> None:
    api = api_of(owner)
    api.delete(at(jeweler))
    assert code_of(api.delete(at(jeweler))) == (404, "not_found")


def test_another_makers_team_is_left_alone(owner: Membership, jeweler: Membership) -> None:
    elsewhere = make_member("bea@example.com", "manager", maker=make_maker("birch"))
    key = api_of(make_key(elsewhere, "team.read"))
    api_of(owner).delete(at(jeweler))
    assert api_of(elsewhere).get("/studio/makers/birch/members").status_code == 200
    assert key.get("/studio/makers/birch/members").status_code == 200


@pytest.mark.parametrize("end", ["removed", "left", "demoted"])
def test_invitations_die_with_the_place_they_were_sent_from(owner: Membership, manager: Membership, end: str) -> None:
    mine, theirs = invited(api_of(owner), "one@example.com"), invited(api_of(manager), "two@example.com")
    match end:
        case "removed":
            api_of(owner).delete(at(manager))
        case "left":
            api_of(manager).post(f"{ALDER}/leave")
        case "demoted":
            api_of(owner).patch(at(manager), {"roles": ["instructor"]})
    assert Invitation.objects.get(public_id=mine["id"]).revoked_at is None
    assert Invitation.objects.get(public_id=theirs["id"]).revoked_at is not None


def test_invitations_that_could_still_be_sent_stay(owner: Membership, manager: Membership) -> None:
    sent = invited(api_of(manager), "two@example.com", "instructor")
    api_of(owner).patch(at(manager), {"roles": ["bench_jeweler"]})
    assert Invitation.objects.get(public_id=sent["id"]).revoked_at is None


def test_who_is_removed_does_not_come_back_by_a_further_address(owner: Membership, jeweler: Membership) -> None:
    sent = invited(api_of(owner), "bea@elsewhere.example")
    jeweler.user.emailaddress_set.create(email="bea@elsewhere.example", verified=True)
    api_of(owner).delete(at(jeweler))
    assert Invitation.objects.get(public_id=sent["id"]).revoked_at is not None


def test_an_owners_offer_ends_with_their_ownership(owner: Membership, jeweler: Membership) -> None:
    second = make_member("second@example.com")
    api_of(owner).post(f"{ALDER}/ownership-transfer", {"member": jeweler.public_id})
    api_of(second).patch(at(owner), {"roles": ["manager"]})
    assert OwnershipTransfer.objects.get().cancelled_at is not None
    api_of(second).patch(at(owner), {"roles": ["owner"]})
    assert code_of(api_of(jeweler).post(f"{ALDER}/ownership-transfer/accept")) == (404, "not_found")
    assert roles_of(jeweler) == ["bench_jeweler"]


def test_anybody_may_leave(owner: Membership, jeweler: Membership) -> None:
    api = api_of(jeweler)
    assert api.post(f"{ALDER}/leave").status_code == 204
    assert not Membership.objects.filter(pk=jeweler.pk).exists()
    assert code_of(api.post(f"{ALDER}/leave")) == (404, "not_found")
    (entry,) = entries("member.left")
    assert (entry.actor, entry.object) == (jeweler.user.public_id, jeweler.public_id)


def test_a_key_does_not_leave_for_its_owner(owner: Membership, jeweler: Membership) -> None:
    key = api_of(make_key(jeweler, "team.read"))
    assert code_of(key.post(f"{ALDER}/leave")) == (403, "person_required")
    assert Membership.objects.filter(pk=jeweler.pk).exists()


def test_leaving_takes_no_fields(owner: Membership, jeweler: Membership) -> None:
    answer = api_of(jeweler).post(f"{ALDER}/leave", {"member": owner.public_id})
    assert field_codes(answer) == [("member", "unknown_field")]
    assert Membership.objects.count() == 2
