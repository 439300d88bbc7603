"""Handing a maker over: offered, withdrawn, accepted."""

from datetime import timedelta

import pytest
import time_machine
from django.http import HttpResponse

from shop.mail.models import Mail
from shop.makers.models import Invitation, Membership, OwnershipTransfer
from shop.ownership.rules import after_transfer
from tests.api import Api
from tests.factories import api_of, make_key, make_maker, make_member
from tests.shop.makers.steps import ALDER, code_of, entries, field_codes, invited, roles_of

pytestmark = pytest.mark.django_db

TRANSFER = f"{ALDER}/ownership-transfer"


@pytest.fixture
def owner() -> Membership:
    return make_member("ada@example.com")


@pytest.fixture
def jeweler(owner: Membership) -> Membership:
    return make_member("bea@example.com", "bench_jeweler")


def offer(api: Api, member: Membership) -> HttpResponse:
    return api.post(TRANSFER, {"member": member.public_id})


def take(member: Membership) -> HttpResponse:
    return api_of(member).post(f"{TRANSFER}/accept")


@pytest.mark.parametrize(
    ("giver", "taker", "left", "given"),
    [
        (["owner"], ["instructor"], ["manager"], ["owner", "instructor"]),
        (["owner", "bookkeeper"], ["manager"], ["bookkeeper"], ["owner", "manager"]),
        (["owner"], ["owner"], ["manager"], ["owner"]),
    ],
)
def test_what_becomes_of_both(giver: list[str], taker: list[str], left: list[str], given: list[str]) -> None:
    assert after_transfer(giver, taker) == (left, given)


def test_an_offer_changes_nothing_until_it_is_accepted(owner: Membership, jeweler: Membership) -> None:
    api = api_of(owner)
    answer = offer(api, jeweler)
    assert answer.status_code == 201
    shape = answer.json()
    assert (shape["giver"], shape["taker"], shape["status"]) == (owner.public_id, jeweler.public_id, "open")
    assert (roles_of(owner), roles_of(jeweler)) == (["owner"], ["bench_jeweler"])
    read = api_of(jeweler).get(TRANSFER)
    assert (read.json(), read["ETag"]) == (shape, answer["ETag"])
    mail = Mail.objects.get()
    assert (mail.template, mail.to) == ("ownership_offer", "bea@example.com")
    assert "Alder" in mail.text
    (entry,) = entries("ownership.offered")
    assert (entry.object, entry.after) == (shape["id"], {"giver": owner.public_id, "taker": jeweler.public_id})


def test_by_accepting_it_changes_hands(owner: Membership, jeweler: Membership) -> None:
    offer(api_of(owner), jeweler)
    answer = take(jeweler)
    assert answer.status_code == 200
    assert answer.json()["roles"] == ["owner", "bench_jeweler"]
    assert (roles_of(owner), roles_of(jeweler)) == (["manager"], ["owner", "bench_jeweler"])
    assert code_of(offer(api_of(owner), jeweler)) == (403, "not_permitted")
    assert code_of(api_of(jeweler).get(TRANSFER)) == (404, "not_found")
    assert code_of(take(jeweler)) == (404, "not_found")
    (entry,) = entries("ownership.transferred")
    assert entry.before == {"giver": ["owner"], "taker": ["bench_jeweler"]}
    assert entry.after == {"giver": ["manager"], "taker": ["owner", "bench_jeweler"]}


def test_what_the_giver_offered_others_and_could_not_offer_now_ends(owner: Membership, jeweler: Membership) -> None:
    as_owner, as_manager = invited(api_of(owner), "x@example.com", "owner"), invited(api_of(owner), "y@example.com")
    offer(api_of(owner), jeweler)
    take(jeweler)
    assert Invitation.objects.get(public_id=as_owner["id"]).revoked_at is not None
    assert Invitation.objects.get(public_id=as_manager["id"]).revoked_at is None


def test_nobody_else_accepts(owner: Membership, jeweler: Membership) -> None:
    offer(api_of(owner), jeweler)
    others = [owner, make_member("mia@example.com", "manager"), make_member("second@example.com")]
    for other in others:
        assert code_of(take(other)) == (404, "not_found")
    stranger = make_member("sue@example.com", maker=make_maker("birch"))
    assert code_of(take(stranger)) == (404, "not_found")
    assert code_of(api_of(stranger).post("/studio/makers/birch/ownership-transfer/accept")) == (404, "not_found")
    assert (roles_of(owner), roles_of(jeweler)) == (["owner"], ["bench_jeweler"])


def test_a_key_neither_offers_nor_accepts(owner: Membership, jeweler: Membership) -> None:
    assert code_of(offer(api_of(make_key(owner, "team.read", "maker.edit")), jeweler)) == (403, "not_permitted")
    offer(api_of(owner), jeweler)
    key = api_of(make_key(jeweler, "team.read"))
    assert code_of(key.post(f"{TRANSFER}/accept")) == (403, "person_required")
    assert roles_of(owner) == ["owner"]


def test_only_an_owner_offers(owner: Membership, jeweler: Membership) -> None:
    manager = make_member("mia@example.com", "manager")
    for member in (jeweler, manager):
        assert code_of(offer(api_of(member), jeweler)) == (403, "not_permitted")
    assert not OwnershipTransfer.objects.exists()


def test_it_goes_to_another_member(owner: Membership) -> None:
    stranger, api = make_member("sue@example.com", maker=make_maker("birch")), api_of(owner)
    assert field_codes(offer(api, owner)) == [("member", "yourself")]
    assert code_of(offer(api, stranger)) == (404, "not_found")
    assert code_of(api.post(TRANSFER, {"member": "mem_0000000000000000000000"})) == (404, "not_found")
    assert not OwnershipTransfer.objects.exists()
    assert not Mail.objects.exists()


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, ("member", "required")),
        ({"member": 7}, ("member", "invalid")),
        ({"member": None}, ("member", "null")),
        ({"member": "m" * 33}, ("member", "max_length")),
        ({"member": "mem_1", "roles": []}, ("roles", "unknown_field")),
    ],
)
def test_what_names_no_member_is_refused(owner: Membership, body: object, error: tuple[str, str]) -> None:
    assert field_codes(api_of(owner).post(TRANSFER, body)) == [error]


def test_there_is_one_offer_at_a_time(owner: Membership, jeweler: Membership) -> None:
    other = make_member("mia@example.com", "manager")
    first = offer(api_of(owner), jeweler).json()
    assert code_of(offer(api_of(make_member("second@example.com")), other)) == (409, "transfer_open")
    assert api_of(owner).get(TRANSFER).json() == first
    assert Mail.objects.count() == 1


def test_an_offer_can_be_withdrawn(owner: Membership, jeweler: Membership) -> None:
    api, other = api_of(owner), make_member("mia@example.com", "manager")
    stale = offer(api, other)["ETag"]
    assert api.delete(TRANSFER).status_code == 204
    assert code_of(api.delete(TRANSFER)) == (404, "not_found")
    assert code_of(take(other)) == (404, "not_found")
    fresh = offer(api, jeweler)["ETag"]
    assert code_of(api.delete(TRANSFER, If_Match=stale)) == (412, "stale_version")
    assert code_of(api_of(jeweler).delete(TRANSFER)) == (403, "not_permitted")
    assert api.delete(TRANSFER, If_Match=fresh).status_code == 204
    assert roles_of(owner) == ["owner"]
    assert len(entries("ownership.withdrawn")) == 2


def test_an_offer_expires(owner: Membership, jeweler: Membership) -> None:
    offer(api_of(owner), jeweler)
    with time_machine.travel(OwnershipTransfer.objects.get().expires_at, tick=False):
        assert api_of(owner).get(TRANSFER).json()["status"] == "expired"
        assert code_of(take(jeweler)) == (410, "transfer_expired")
        assert (roles_of(owner), roles_of(jeweler)) == (["owner"], ["bench_jeweler"])
        assert offer(api_of(owner), jeweler).status_code == 201
        assert take(jeweler).status_code == 200


def test_just_before_its_end_an_offer_holds(owner: Membership, jeweler: Membership) -> None:
    offer(api_of(owner), jeweler)
    moment = OwnershipTransfer.objects.get().expires_at - timedelta(seconds=1)
    with time_machine.travel(moment, tick=False):
        assert take(jeweler).status_code == 200


def test_who_owns_nothing_any_more_gives_nothing(owner: Membership, jeweler: Membership) -> None:
    make_member("second@example.com")
    offer(api_of(owner), jeweler)
    # Past the services, which would have cancelled it.
    Membership.objects.filter(pk=owner.pk).update(roles=["manager"])
    assert code_of(take(jeweler)) == (404, "not_found")
    assert roles_of(jeweler) == ["bench_jeweler"]


@pytest.mark.parametrize("gone", ["giver", "taker"])
def test_an_offer_ends_with_either_of_them(owner: Membership, jeweler: Membership, gone: str) -> None:
    second = make_member("second@example.com")
    offer(api_of(owner), jeweler)
    leaver = owner if gone == "giver" else jeweler
    assert api_of(second).delete(f"{ALDER}/members/{leaver.public_id}").status_code == 204
    assert code_of(api_of(second).get(TRANSFER)) == (404, "not_found")


def test_accepting_takes_no_fields(owner: Membership, jeweler: Membership) -> None:
    offer(api_of(owner), jeweler)
    answer = api_of(jeweler).post(f"{TRANSFER}/accept", {"roles": ["owner"]})
    assert field_codes(answer) == [("roles", "unknown_field")]
    assert roles_of(jeweler) == ["bench_jeweler"]
