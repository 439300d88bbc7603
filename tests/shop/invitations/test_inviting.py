"""Inviting people: sent, listed, sent again, revoked."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from shop.accounts.models import User
from shop.invitations import services
from shop.invitations.rules import KEPT, MAILS_A_DAY, MAX_OPEN
from shop.mail.models import Mail
from shop.makers.models import Invitation, Membership
from shop.storefronts.models import Storefront
from tests.api import Api
from tests.factories import api_of, make_maker, make_member, make_storefront, make_user
from tests.shop.makers.steps import ALDER, accept, code_of, entries, field_codes, invite, invited, mailed_token

pytestmark = pytest.mark.django_db

INVITATIONS = f"{ALDER}/invitations"
WEEK = timedelta(days=7)


@pytest.fixture
def owner() -> Membership:
    return make_member("ada@example.com")


@pytest.fixture
def api(owner: Membership) -> Api:
    return api_of(owner)


@contextmanager
def later(span: timedelta) -> Iterator[None]:
    with time_machine.travel(timezone.now() + span, tick=False):
        yield


def at(sent: dict[str, Any]) -> str:
    return f"{INVITATIONS}/{sent['id']}"


# Sent


def test_an_invitation_is_mailed_and_listed(api: Api, owner: Membership) -> None:
    User.objects.filter(pk=owner.user_id).update(first_name="Ada", last_name="Lovelace")
    answer = invite(api, "bea@example.com", "stock_keeper", "bench_jeweler")
    assert answer.status_code == 201
    sent = answer.json()
    assert (sent["email"], sent["status"]) == ("bea@example.com", "open")
    assert (sent["roles"], sent["invited_by"]) == (["bench_jeweler", "stock_keeper"], owner.user.public_id)
    assert api.get(INVITATIONS).json()["results"] == [sent]
    read = api.get(at(sent))
    assert (read.json(), read["ETag"]) == (sent, answer["ETag"])
    mail = Mail.objects.get()
    assert (mail.template, mail.to) == ("invitation", "bea@example.com")
    for said in ("Alder", "Ada Lovelace", "Bench jeweler", "Stock keeper", mailed_token()):
        assert said in " ".join(mail.text.split())
        assert said in mail.html
    (entry,) = entries("invitation.sent")
    assert (entry.object, entry.after) == (sent["id"], {"roles": ["bench_jeweler", "stock_keeper"]})
    assert "bea@example.com" not in str(vars(entry))


def test_the_token_stands_in_the_mail_only(api: Api) -> None:
    answer = invite(api)
    token = mailed_token()
    assert token not in answer.content.decode()
    assert token not in api.get(INVITATIONS).content.decode()
    assert token not in str(Invitation.objects.values().get())
    assert all(token not in str(vars(entry)) for entry in entries("invitation.sent"))


def test_a_repeated_post_invites_once(api: Api) -> None:
    body = {"email": "bea@example.com", "roles": ["instructor"]}
    first, again = (api.post(INVITATIONS, body, Idempotency_Key="k") for _ in range(2))
    assert (first.json(), again["Idempotent-Replayed"]) == (again.json(), "true")
    assert Mail.objects.count() == 1


def test_the_mail_points_to_the_makers_own_storefront(api: Api, owner: Membership) -> None:
    default = {"name": "Shop", "all_makers": True, "link_templates": {"invite": "https://shop.example/join?t={token}"}}
    Storefront.objects.update_or_create(is_default=True, defaults=default)
    invite(api)
    assert f"https://shop.example/join?t={mailed_token()}" in Mail.objects.latest("pk").text
    make_storefront(owner=make_maker("birch"), link_templates={"invite": "https://birch.example/join?t={token}"})
    make_storefront(owner=owner.maker, link_templates={"order": "https://alder.example/order?n={number}"})
    closed = {"invite": "https://closed.example/join?t={token}"}
    make_storefront(owner=owner.maker, link_templates=closed, closed_at=timezone.now())
    invite(api, "cleo@example.com")
    assert "https://shop.example/join" in Mail.objects.latest("pk").text
    make_storefront(owner=owner.maker, link_templates={"invite": "https://alder.example/join?t={token}"})
    invite(api, "dora@example.com")
    assert f"https://alder.example/join?t={mailed_token('dora@example.com')}" in Mail.objects.latest("pk").text


def test_who_has_an_account_is_invited_like_who_has_none(api: Api) -> None:
    make_user("bea@example.com")
    answers = [invite(api, email) for email in ("bea@example.com", "zoe@example.com")]
    shapes = [{**answer.json(), "id": "", "email": "", "created_at": "", "sent_at": ""} for answer in answers]
    for shape in shapes:
        del shape["expires_at"]
    assert shapes[0] == shapes[1]
    texts = [mail.text.replace(mailed_token(mail.to), "") for mail in Mail.objects.order_by("pk")]
    assert texts[0] == texts[1]


@pytest.mark.parametrize("email", ["ada@example.com", "ADA@Example.com", "bea@example.com", "bea@elsewhere.example"])
def test_neither_oneself_nor_a_member_is_invited(api: Api, email: str) -> None:
    bea = make_member("bea@example.com", "bench_jeweler")
    bea.user.emailaddress_set.create(email="bea@elsewhere.example", verified=True)
    assert code_of(invite(api, email)) == (409, "already_member")
    assert not Invitation.objects.exists()
    assert not Mail.objects.exists()


def test_an_address_that_a_member_has_not_verified_is_not_theirs(api: Api) -> None:
    bea = make_member("bea@example.com", "bench_jeweler")
    bea.user.emailaddress_set.create(email="cleo@example.com", verified=False)
    assert invite(api, "cleo@example.com").status_code == 201


def test_an_address_is_invited_once_at_a_time(api: Api) -> None:
    sent = invited(api)
    again = invite(api, "BEA@example.com", "manager")
    assert code_of(again) == (409, "already_invited")
    assert again.json()["invitation"] == sent["id"]
    assert Mail.objects.count() == 1
    make_member("sue@example.com", maker=make_maker("birch"))
    elsewhere = api_of(make_user("sue@example.com")).post(
        "/studio/makers/birch/invitations", {"email": "bea@example.com", "roles": ["manager"]}
    )
    assert elsewhere.status_code == 201


def test_after_expiry_an_address_is_invited_anew(api: Api) -> None:
    old = invited(api)
    with later(WEEK):
        assert api.get(at(old)).json()["status"] == "expired"
        new = invited(api)
        assert [row["id"] for row in api.get(INVITATIONS).json()["results"]] == [new["id"]]


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, [("email", "required"), ("roles", "required")]),
        ({"email": "bea@example.com", "roles": []}, [("roles", "empty")]),
        ({"email": "bea@example.com", "roles": ["founder"]}, [("roles.0", "invalid_choice")]),
        ({"email": "bea@example.com", "roles": ["manager"] * 2}, [("roles", "repeated")]),
        ({"email": "bea@example.com", "roles": ["manager"], "maker": "birch"}, [("maker", "unknown_field")]),
        *(
            ({"email": email, "roles": ["manager"]}, [("email", code)])
            for email, code in [
                ("", "blank"),
                (None, "null"),
                (7, "invalid"),
                (["bea@example.com"], "invalid"),
                ("bea", "invalid"),
                ("bea@", "invalid"),
                ("bea@example.com,eve@example.com", "invalid"),
                ("bea@example.com\r\nBcc: eve@example.com", "invalid"),
                ("bea@example.com\nBcc:eve@example.com", "invalid"),
                ("bea\r\n@example.com", "invalid"),
                ('"bea\r\nBcc: eve@example.com"@example.com', "invalid"),
                ('"bea\x01"@example.com', "invalid"),
                ("bea@example.com\x00", "null_characters_not_allowed"),
                ("Bea <bea@example.com>", "invalid"),
                ("be\u212aa@example.com", "invalid"),  # the Kelvin sign, which lower case makes a k
                ("bеa@example.com", "invalid"),  # a Cyrillic e
                (f"{'b' * 250}@example.com", "max_length"),
            ]
        ),
    ],
)
def test_what_makes_no_invitation_is_refused(api: Api, body: Any, errors: list[tuple[str, str]]) -> None:
    found = field_codes(api.post(INVITATIONS, body))
    assert set(errors) <= set(found)
    assert {field for field, _ in found} == {field for field, _ in errors}
    assert not Invitation.objects.exists()
    assert not Mail.objects.exists()
    assert entries("invitation.sent") == []


def test_spaces_around_an_address_are_none_of_it(api: Api) -> None:
    assert invited(api, " Bea@Example.com ")["email"] == "bea@example.com"


def test_nobody_invites_to_more_than_they_have(api: Api) -> None:
    manager = api_of(make_member("mia@example.com", "manager"))
    assert code_of(invite(manager, "bea@example.com", "owner")) == (403, "beyond_own_roles")
    assert code_of(invite(manager, "bea@example.com", "bench_jeweler", "owner")) == (403, "beyond_own_roles")
    assert not Invitation.objects.exists()
    by_owner = invited(api, "bea@example.com", "owner")
    assert code_of(manager.post(f"{at(by_owner)}/resend")) == (403, "beyond_own_roles")
    assert code_of(manager.delete(at(by_owner))) == (403, "beyond_own_roles")
    assert Invitation.objects.get().revoked_at is None
    assert Mail.objects.count() == 1


def test_who_may_only_look_invites_nobody(api: Api) -> None:
    sent = invited(api)
    jeweler = api_of(make_member("jo@example.com", "bench_jeweler"))
    assert jeweler.get(INVITATIONS).json()["results"] == [sent]
    for refused in (invite(jeweler, "x@example.com"), jeweler.delete(at(sent)), jeweler.post(f"{at(sent)}/resend")):
        assert code_of(refused) == (403, "not_permitted")
    assert Invitation.objects.get().revoked_at is None


def test_another_makers_invitation_is_not_there(api: Api) -> None:
    sent = invited(api)
    make_member("sue@example.com", maker=make_maker("birch"))
    sue, foreign = api_of(make_user("sue@example.com")), f"/studio/makers/birch/invitations/{sent['id']}"
    assert sue.get("/studio/makers/birch/invitations").json()["results"] == []
    for refused in (sue.get(foreign), sue.delete(foreign), sue.post(f"{foreign}/resend"), sue.get(at(sent))):
        assert code_of(refused) == (404, "not_found")
    assert Invitation.objects.get().revoked_at is None
    assert Mail.objects.count() == 1


# Limits


def fill(owner: Membership, count: int, **values: Any) -> None:
    Invitation.objects.bulk_create(
        Invitation(
            maker=owner.maker, email=f"n{number}@example.com", roles=["instructor"], token_hash=f"{number}", **values
        )
        for number in range(count)
    )


def test_a_maker_has_so_many_open_ones(api: Api, owner: Membership) -> None:
    fill(owner, MAX_OPEN)
    assert code_of(invite(api)) == (409, "too_many_invitations")
    Invitation.objects.filter(email="n0@example.com").update(accepted_at=timezone.now())
    assert invite(api).status_code == 201
    make_member("sue@example.com", maker=make_maker("birch"))
    body = {"email": "bea@example.com", "roles": ["manager"]}
    assert api_of(make_user("sue@example.com")).post("/studio/makers/birch/invitations", body).status_code == 201


def test_revoking_makes_no_room_today(api: Api, owner: Membership) -> None:
    fill(owner, MAX_OPEN, revoked_at=timezone.now())
    assert code_of(invite(api)) == (409, "too_many_invitations")
    with later(timedelta(days=1, seconds=1)):
        assert invite(api).status_code == 201


def test_expired_ones_take_no_room_until_they_are_sent_again(api: Api, owner: Membership) -> None:
    old = invited(api)
    with later(WEEK):
        fill(owner, MAX_OPEN)
        assert code_of(api.post(f"{at(old)}/resend")) == (409, "too_many_invitations")
        Invitation.objects.filter(email="n0@example.com").update(accepted_at=timezone.now())
        assert api.post(f"{at(old)}/resend").status_code == 200


def test_an_address_is_not_flooded(api: Api) -> None:
    sent = invited(api)
    for _ in range(MAILS_A_DAY - 1):
        assert api.post(f"{at(sent)}/resend").status_code == 200
    refused = api.post(f"{at(sent)}/resend")
    assert code_of(refused) == (429, "rate_limited")
    assert 0 < int(refused["Retry-After"]) <= 24 * 60 * 60
    assert api.delete(at(sent)).status_code == 204
    assert code_of(invite(api)) == (429, "rate_limited")
    assert Mail.objects.count() == MAILS_A_DAY
    with later(timedelta(days=1, seconds=1)):
        again = invited(api)
        assert api.post(f"{at(again)}/resend").status_code == 200


def test_each_day_has_its_own_mails(api: Api) -> None:
    sent = invited(api)
    for _ in range(MAILS_A_DAY - 1):
        api.post(f"{at(sent)}/resend")
    with later(timedelta(days=1, seconds=1)):
        for _ in range(MAILS_A_DAY):
            assert api.post(f"{at(sent)}/resend").status_code == 200
        assert code_of(api.post(f"{at(sent)}/resend")) == (429, "rate_limited")


# Sent again, revoked


def test_a_resent_one_has_a_new_token_and_a_new_expiry(api: Api) -> None:
    sent = invited(api)
    old = mailed_token()
    manager = make_member("mia@example.com", "manager")
    with later(WEEK + timedelta(days=1)):
        answer = api_of(manager).post(f"{at(sent)}/resend")
        assert answer.status_code == 200
        again = answer.json()
        assert (again["id"], again["status"]) == (sent["id"], "open")
        assert again["expires_at"] > sent["expires_at"]
        assert again["invited_by"] == manager.user.public_id
        assert answer["ETag"] == api.get(at(sent))["ETag"]
        bea = api_of(make_user("bea@example.com"))
        assert code_of(accept(bea, old)) == (404, "not_found")
        assert accept(bea, mailed_token()).status_code == 201
    assert [entry.object for entry in entries("invitation.resent")] == [sent["id"]]


def test_resending_takes_no_fields(api: Api) -> None:
    sent = invited(api)
    assert field_codes(api.post(f"{at(sent)}/resend", {"email": "eve@example.com"})) == [("email", "unknown_field")]
    assert Mail.objects.count() == 1


def test_who_has_joined_meanwhile_is_not_mailed_again(api: Api) -> None:
    sent = invited(api)
    make_member("bea@example.com", "instructor")
    assert code_of(api.post(f"{at(sent)}/resend")) == (409, "already_member")


def test_a_revoked_one_is_gone(api: Api) -> None:
    sent = invited(api)
    token = mailed_token()
    assert api.delete(at(sent)).status_code == 204
    assert api.get(INVITATIONS).json()["results"] == []
    for refused in (
        api.get(at(sent)),
        api.delete(at(sent)),
        api.post(f"{at(sent)}/resend"),
        Api().post("/studio/invitations/look", {"token": token}),
        accept(api_of(make_user("bea@example.com")), token),
    ):
        assert code_of(refused) == (404, "not_found")
    assert not Membership.objects.filter(user__email="bea@example.com").exists()
    (entry,) = entries("invitation.revoked")
    assert (entry.object, entry.before) == (sent["id"], {"roles": ["bench_jeweler"]})


def test_revoking_what_has_changed_is_refused(api: Api) -> None:
    sent = invited(api)
    stale = api.get(at(sent))["ETag"]
    api.post(f"{at(sent)}/resend")
    assert code_of(api.delete(at(sent), If_Match=stale)) == (412, "stale_version")
    assert api.delete(at(sent), If_Match=api.get(at(sent))["ETag"]).status_code == 204


def test_what_is_long_over_is_forgotten(api: Api) -> None:
    invited(api)
    with later(WEEK + KEPT - timedelta(minutes=1)):
        assert services.forget_old() == 0
    with later(WEEK + KEPT + timedelta(minutes=1)):
        invited(api_of(make_member("ada@example.com")), "cleo@example.com")
        assert services.forget_old() == 1
    assert [row.email for row in Invitation.objects.all()] == ["cleo@example.com"]


def test_the_list_is_walked_newest_first(api: Api) -> None:
    for number in range(3):
        invited(api, f"n{number}@example.com")
    first = api.get(f"{INVITATIONS}?limit=2").json()
    second = api.get(first["next"].partition("/v1")[2]).json()
    emails = [row["email"] for row in first["results"] + second["results"]]
    assert (emails, second["next"]) == ([f"n{number}@example.com" for number in (2, 1, 0)], None)
