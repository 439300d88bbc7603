"""Whoever was mailed an invitation: what they see of it, and how they join."""

from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.utils import timezone

from shop.accounts.models import User
from shop.makers.models import Invitation, Membership
from tests.api import Api
from tests.factories import api_of, make_key, make_maker, make_member, make_user
from tests.shop.makers.steps import ALDER, accept, code_of, entries, field_codes, invited, mailed_token, roles_of

pytestmark = pytest.mark.django_db

WEEK = timedelta(days=7)


@pytest.fixture
def owner() -> Membership:
    return make_member("ada@example.com")


@pytest.fixture
def token(owner: Membership) -> str:
    """Of an invitation of bea@example.com to be a bench jeweler."""
    invited(api_of(owner))
    return mailed_token()


@pytest.fixture
def bea() -> Api:
    return api_of(make_user("bea@example.com"))


def look(api: Api, token: str) -> tuple[int, str]:
    answer = api.post("/studio/invitations/look", {"token": token})
    return answer.status_code, answer.json().get("code", "")


def nobody_joined() -> bool:
    return Membership.objects.count() == 1 and not entries("invitation.accepted")


# Looked at


def test_a_page_can_show_what_the_mail_says(token: str, owner: Membership) -> None:
    answer = Api().post("/studio/invitations/look", {"token": token})
    assert answer.status_code == 200
    assert answer.json() == {
        "maker": {"id": owner.maker.public_id, "slug": "alder", "name": "Alder"},
        "inviter_name": "ada@example.com",
        "roles": [{"code": "bench_jeweler", "label": "Bench jeweler"}],
        "expires_at": answer.json()["expires_at"],
    }
    assert "bea" not in answer.content.decode()
    assert nobody_joined()


# Accepted


def test_whoever_reads_the_mail_joins(token: str, bea: Api, owner: Membership) -> None:
    assert code_of(bea.get(f"{ALDER}/members")) == (404, "not_found")
    answer = accept(bea, token)
    assert answer.status_code == 201
    place = answer.json()
    assert (place["slug"], place["roles"], place["requires_second_factor"]) == ("alder", ["bench_jeweler"], False)
    assert "products.edit" in place["permissions"]
    members = bea.get(f"{ALDER}/members").json()["results"]
    assert [member["id"] for member in members] == [owner.public_id, place["membership"]]
    (entry,) = entries("invitation.accepted")
    assert entry.after == {"member": place["membership"], "roles": ["bench_jeweler"]}
    assert (entry.maker, entry.object) == (owner.maker.public_id, Invitation.objects.get().public_id)


def test_a_further_address_counts_once_it_is_verified(token: str) -> None:
    zoe = make_user("zoe@example.com")
    further = EmailAddress.objects.create(user=zoe, email="bea@example.com", verified=False)
    assert code_of(accept(api_of(zoe), token)) == (403, "invitation_for_another_address")
    assert nobody_joined()
    further.verified = True
    further.save()
    assert accept(api_of(zoe), token).status_code == 201


@pytest.mark.parametrize("email", ["zoe@example.com", "bea@example.com.eve.example", "beа@example.com"])
def test_another_address_does_not_join(token: str, email: str) -> None:
    answer = accept(api_of(make_user(email)), token)
    assert code_of(answer) == (403, "invitation_for_another_address")
    assert "bea@example.com" not in answer.content.decode()
    assert nobody_joined()


def test_joining_takes_a_person_who_signed_in(token: str) -> None:
    elsewhere = make_member("bea@example.com", maker=make_maker("birch"))
    assert code_of(accept(Api(), token)) == (401, "sign_in_required")
    assert code_of(accept(api_of(make_key(elsewhere, "team.read")), token)) == (403, "person_required")
    assert not Membership.objects.filter(user=elsewhere.user, maker__code="alder").exists()


def test_it_is_accepted_once(token: str, bea: Api) -> None:
    accept(bea, token)
    for who in (bea, api_of(make_user("zoe@example.com"))):
        assert code_of(accept(who, token)) == (409, "invitation_used")
    assert look(Api(), token) == (409, "invitation_used")
    assert Membership.objects.count() == 2
    assert len(entries("invitation.accepted")) == 1


def test_a_repeated_post_gets_the_same_answer(token: str, bea: Api) -> None:
    first, again = (bea.post("/studio/invitations/accept", {"token": token}, Idempotency_Key="k") for _ in range(2))
    assert (again.status_code, again.json()) == (201, first.json())


def test_an_accepted_one_does_not_let_in_again(token: str, bea: Api, owner: Membership) -> None:
    member = accept(bea, token).json()["membership"]
    api_of(owner).delete(f"{ALDER}/members/{member}")
    assert code_of(accept(bea, token)) == (409, "invitation_used")
    assert Membership.objects.count() == 1


def test_it_expires(token: str, bea: Api) -> None:
    expires_at = Invitation.objects.get().expires_at
    assert expires_at - timezone.now() > WEEK - timedelta(minutes=1)
    with time_machine.travel(expires_at, tick=False):
        assert code_of(accept(bea, token)) == (410, "invitation_expired")
        assert look(Api(), token) == (410, "invitation_expired")
    assert nobody_joined()
    with time_machine.travel(expires_at - timedelta(seconds=1), tick=False):
        assert accept(bea, token).status_code == 201


@pytest.mark.parametrize("change", ["forged", "cut", "longer", "id", "hash", "other case"])
def test_a_forged_token_opens_nothing(token: str, bea: Api, change: str) -> None:
    invitation = Invitation.objects.get()
    forged = {
        "forged": ("B" if token[0] == "A" else "A") + token[1:],
        "cut": token[:-1],
        "longer": f"{token}A",
        "id": invitation.public_id,
        "hash": invitation.token_hash,
        "other case": token.swapcase(),
    }[change]
    assert code_of(accept(bea, forged)) == (404, "not_found")
    assert look(Api(), forged) == (404, "not_found")
    assert nobody_joined()


def test_swapped_tokens_let_nobody_in(token: str, bea: Api, owner: Membership) -> None:
    invited(api_of(owner), "cleo@example.com", "manager")
    cleo = api_of(make_user("cleo@example.com"))
    assert code_of(accept(bea, mailed_token("cleo@example.com"))) == (403, "invitation_for_another_address")
    assert code_of(accept(cleo, token)) == (403, "invitation_for_another_address")
    assert nobody_joined()


@pytest.mark.parametrize("door", ["look", "accept"])
@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, ("token", "required")),
        ({"token": ""}, ("token", "blank")),
        ({"token": None}, ("token", "null")),
        ({"token": 7}, ("token", "invalid")),
        ({"token": ["a"]}, ("token", "invalid")),
        ({"token": "a\x00"}, ("token", "control_character")),
        ({"token": "a" * 129}, ("token", "max_length")),
        ({"token": "a", "roles": ["owner"]}, ("roles", "unknown_field")),
    ],
)
def test_what_is_no_token_is_refused(bea: Api, door: str, body: object, error: tuple[str, str]) -> None:
    assert field_codes(bea.post(f"/studio/invitations/{door}", body)) == [error]


def test_who_is_on_the_team_already_does_not_join_twice(token: str, bea: Api) -> None:
    member = make_member("bea@example.com", "bookkeeper")
    assert code_of(accept(bea, token)) == (409, "already_member")
    assert roles_of(member) == ["bookkeeper"]
    assert Invitation.objects.get().accepted_at is None


# What became of who invited


def test_what_nobody_could_send_today_lets_nobody_in(bea: Api, owner: Membership) -> None:
    second = make_member("second@example.com")
    invited(api_of(second), "bea@example.com", "owner")
    token = mailed_token()
    # Past the services, which would have revoked it.
    Membership.objects.filter(pk=second.pk).update(roles=["manager"])
    assert code_of(accept(bea, token)) == (404, "not_found")
    assert look(Api(), token) == (404, "not_found")
    Membership.objects.filter(pk=second.pk).update(roles=["owner"])
    assert accept(bea, token).status_code == 201


@pytest.mark.parametrize("end", ["erased", "inactive", "off the team"])
def test_who_invited_must_be_there_still(bea: Api, owner: Membership, end: str) -> None:
    manager = make_member("mia@example.com", "manager")
    invited(api_of(manager))
    token = mailed_token()
    match end:
        case "erased":
            manager.user.delete()
        case "inactive":
            User.objects.filter(pk=manager.user_id).update(is_active=False)
        case "off the team":
            Membership.objects.filter(pk=manager.pk).delete()
    assert code_of(accept(bea, token)) == (404, "not_found")
    assert look(Api(), token) == (404, "not_found")
    assert not Membership.objects.filter(user__email="bea@example.com").exists()


def test_somebody_else_may_take_it_over_by_resending(bea: Api, owner: Membership) -> None:
    manager = make_member("mia@example.com", "manager")
    sent = invited(api_of(manager))
    api_of(owner).post(f"{ALDER}/invitations/{sent['id']}/resend")
    api_of(owner).delete(f"{ALDER}/members/{manager.public_id}")
    assert accept(bea, mailed_token()).status_code == 201
