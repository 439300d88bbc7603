"""A maker may demand the second factor: every door of the team obeys."""

import pytest

from shop.makers.models import Membership
from tests.factories import api_of, make_key, make_maker, make_member, make_user
from tests.shop.makers.steps import ALDER, accept, code_of, invite, invited, mailed_token

pytestmark = pytest.mark.django_db

DOORS = [
    ("get", "members", None),
    ("get", "members/{member}", None),
    ("patch", "members/{member}", {"roles": ["instructor"]}),
    ("delete", "members/{member}", None),
    ("post", "leave", {}),
    ("get", "invitations", None),
    ("post", "invitations", {"email": "cleo@example.com", "roles": ["instructor"]}),
    ("get", "invitations/{invitation}", None),
    ("post", "invitations/{invitation}/resend", {}),
    ("delete", "invitations/{invitation}", None),
    ("get", "ownership-transfer", None),
    ("post", "ownership-transfer", {"member": "{member}"}),
    ("delete", "ownership-transfer", None),
    ("post", "ownership-transfer/accept", {}),
]


@pytest.fixture
def owner() -> Membership:
    """Of a maker that demands it."""
    member = make_member("ada@example.com", maker=make_maker(requires_second_factor=True))
    make_member("second@example.com")
    return member


@pytest.mark.parametrize(("method", "path", "body"), DOORS)
def test_without_it_no_door_of_the_team_opens(owner: Membership, method: str, path: str, body: object) -> None:
    jeweler = make_member("bea@example.com", "bench_jeweler")
    sent = invited(api_of(owner, second_factor=True), "cleo@example.com")
    full = f"{ALDER}/{path.format(member=jeweler.public_id, invitation=sent['id'])}"
    api = api_of(owner)
    answer = getattr(api, method)(full) if body is None else getattr(api, method)(full, body)
    assert code_of(answer) == (403, "second_factor_required")
    assert Membership.objects.get(pk=jeweler.pk).roles == ["bench_jeweler"]


def test_with_it_they_do(owner: Membership) -> None:
    api = api_of(owner, second_factor=True)
    assert api.get(f"{ALDER}/members").status_code == 200
    assert invite(api).status_code == 201
    assert api.post(f"{ALDER}/leave").status_code == 204


def test_a_key_was_made_by_somebody_who_had_it(owner: Membership) -> None:
    assert api_of(make_key(owner, "team.read")).get(f"{ALDER}/members").status_code == 200


def test_who_joins_without_it_gets_no_further(owner: Membership) -> None:
    invited(api_of(owner, second_factor=True))
    bea = api_of(make_user("bea@example.com"))
    answer = accept(bea, mailed_token())
    assert (answer.status_code, answer.json()["requires_second_factor"]) == (201, True)
    assert code_of(bea.get(f"{ALDER}/members")) == (403, "second_factor_required")
