"""`manage.py create_maker`"""

import io

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command

from catalog.partner.models import Partner
from shop.accounts.models import User
from shop.audit.models import AuditEntry
from shop.makers.models import Membership
from tests.factories import api_of, make_maker, make_user
from tests.scene import snapshot

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    said = io.StringIO()
    call_command("create_maker", *arguments, stdout=said)
    return said.getvalue()


def test_a_maker_that_sells_at_once() -> None:
    assert run("goldfinch", "--name", "Goldfinch", "--city", "Asheville", "--state", "nc") == (
        "Created the maker Goldfinch: goldfinch\n"
    )
    maker = Partner.objects.get()
    assert (maker.code, maker.name, maker.city, maker.state, maker.is_public) == (
        "goldfinch", "Goldfinch", "Asheville", "NC", True,
    )  # fmt: skip
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.maker) == ("maker.created", "system", maker.public_id)
    assert not Membership.objects.exists()


def test_with_an_owner() -> None:
    user = make_user("ada@example.com")
    run("goldfinch", "--name", "Goldfinch", "--owner", "Ada@Example.com")
    assert (Membership.objects.get().user, Membership.objects.get().roles) == (user, ["owner"])
    assert api_of(user).patch("/studio/makers/goldfinch", {"city": "Salem"}).status_code == 200
    actions = AuditEntry.objects.filter(actor="system").order_by("id").values_list("action", flat=True)
    assert list(actions) == ["maker.created", "member.joined"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["Gold Finch", "--name", "Goldfinch"], "slug: Use 2 to 64 small letters"),
        (["admin", "--name", "Goldfinch"], "kept for the platform"),
        (["goldfinch", "--name", "Goldfinch", "--state", "ZZ"], "state: Give the two-letter code"),
        (["taken", "--name", "Goldfinch"], "There is a maker 'taken' already"),
        (["goldfinch", "--name", "Goldfinch", "--owner", "nobody@example.com"], "Nobody has signed up"),
        (["goldfinch", "--name", "Goldfinch", "--owner", "unverified@example.com"], "Nobody has signed up"),
        (["goldfinch", "--name", "Goldfinch", "--owner", "former@example.com"], "Nobody has signed up"),
    ],
)
def test_what_it_refuses(arguments: list[str], told: str) -> None:
    make_maker("taken")
    EmailAddress.objects.filter(user=make_user("unverified@example.com")).update(verified=False)
    User.objects.filter(pk=make_user("former@example.com").pk).update(is_active=False)
    before = snapshot()
    with pytest.raises(CommandError, match=told):
        run(*arguments)
    assert snapshot() == before
