"""A maker's own storefronts: opened, changed, given another key, closed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shop.audit.models import AuditEntry
from shop.makers.models import Membership
from shop.storefronts.models import Storefront
from shop.storefronts.rules import MAX_OPEN
from tests.api import Api
from tests.factories import api_of, make_key, make_maker, make_member, make_piece, make_storefront
from tests.shop.storefronts.windows import default, listing

pytestmark = pytest.mark.django_db

PATH = "/studio/makers/alder/storefronts"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WHOLE = {
    "name": "Alder rings",
    "origins": ["https://Alder.example:443", "http://localhost:3000", "https://alder.example"],
    "currency": "USD",
    "providers": ["stripe", "manual"],
    "payment_instructions": "Transfer it to\nDE02 1203 0000 0000 2020 51.",
    "link_templates": {
        "verify": "https://alder.example/verify?key={key}",
        "order": "https://alder.example/orders/{number}#{token}",
    },
    "mail": {
        "from_name": "Alder & Anvil",
        "footer": "Alder & Anvil\n1 Main Street, Portland",
        "support_email": "help@alder.example",
        "logo_url": "https://cdn.example/alder.png",
    },
}


@pytest.fixture
def owner() -> Membership:
    return make_member("ada@example.com")


@pytest.fixture
def studio(owner: Membership) -> Api:
    return api_of(owner)


def opened(studio: Api, **values: Any) -> dict[str, Any]:
    answer = studio.post(PATH, {"name": "Rings", **values})
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def entries(action: str) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(action=action))


class TestOpening:
    def test_a_whole_one(self, studio: Api) -> None:
        answer = studio.post(PATH, WHOLE)
        assert answer.status_code == 201, answer.content
        shape = answer.json()
        row = Storefront.objects.get(public_id=shape["id"])
        assert shape == {
            **WHOLE,
            "origins": ["https://alder.example", "http://localhost:3000"],
            "id": row.public_id,
            "publishable_key": row.publishable_key,
            "previous_key_until": None,
            "makers": [{"slug": "alder", "name": "Alder"}],
            "created_at": shape["created_at"],
            "closed_at": None,
        }
        assert shape["id"].startswith("stf_")
        assert (row.owner.code, row.all_makers, row.is_default) == ("alder", False, False)
        assert studio.get(f"{PATH}/{shape['id']}").json() == shape
        assert studio.get(f"{PATH}/{shape['id']}")["ETag"] == answer["ETag"]
        assert row.link("verify", key="a b") == "https://alder.example/verify?key=a%20b"
        assert row.link("reset", key="x") == ""

    def test_a_name_is_enough(self, studio: Api) -> None:
        shape = opened(studio)
        assert (shape["currency"], shape["providers"], shape["origins"]) == ("USD", ["stripe"], [])
        assert (shape["link_templates"], set(shape["mail"].values())) == ({}, {""})

    def test_its_key_opens_it_at_once(self, studio: Api) -> None:
        make_piece("band")
        make_piece("bangle", maker=make_maker("birch"))
        api = Api(Benchpin_Key=opened(studio)["publishable_key"])
        assert [piece["slug"] for piece in api.get("/store/products").json()["results"]] == ["band"]

    def test_is_written_down_without_names_of_persons(self, studio: Api, owner: Membership) -> None:
        shape = studio.post(PATH, WHOLE).json()
        (entry,) = entries("storefront.opened")
        assert (entry.object, entry.maker, entry.actor) == (shape["id"], owner.maker.public_id, owner.user.public_id)
        assert entry.after["origins"] == shape["origins"]
        written = f"{entry.before}{entry.after}"
        assert "help@alder.example" not in written
        assert "Anvil" not in written

    def test_a_repetition_makes_no_second_one(self, studio: Api) -> None:
        answers = [studio.post(PATH, {"name": "Rings"}, Idempotency_Key="x" * 20) for _ in range(2)]
        assert answers[0].json() == answers[1].json()
        assert Storefront.objects.filter(owner__isnull=False).count() == 1

    def test_there_is_an_end(self, studio: Api, owner: Membership) -> None:
        for _ in range(MAX_OPEN):
            make_storefront(owner=owner.maker)
        make_storefront(owner=make_maker("birch"))
        answer = studio.post(PATH, {"name": "One more"})
        assert (answer.status_code, answer.json()["code"]) == (409, "too_many_storefronts")
        first = Storefront.objects.filter(owner=owner.maker).first()
        assert first
        assert studio.delete(f"{PATH}/{first.public_id}").status_code == 200
        assert studio.post(PATH, {"name": "One more"}).status_code == 201


LINK = "https://alder.example/{key}"
# What is wrong, and the fields that are named.
REFUSED: dict[str, tuple[dict[str, Any], set[str]]] = {
    "name blank": ({"name": " "}, {"name"}),
    "name of two lines": ({"name": "a\r\nBcc: eve@evil.example"}, {"name"}),
    "name long": ({"name": "x" * 101}, {"name"}),
    "name a number": ({"name": 1}, {"name"}),
    "origins a string": ({"origins": "https://alder.example"}, {"origins"}),
    "origins null": ({"origins": None}, {"origins"}),
    "an origin null": ({"origins": [None]}, {"origins.0"}),
    "an origin of no kind": ({"origins": ["https://alder.example", "null"]}, {"origins.1"}),
    "a wildcard": ({"origins": ["https://alder.example", "*"]}, {"origins.1"}),
    "a wildcard for hosts": ({"origins": ["https://alder.example", "https://*.alder.example"]}, {"origins.1"}),
    "a path": ({"origins": ["https://alder.example", "https://alder.example/shop"]}, {"origins.1"}),
    "plain http": ({"origins": ["https://alder.example", "http://alder.example"]}, {"origins.1"}),
    "two that are none": ({"origins": ["x", "https://alder.example", "y"]}, {"origins.0", "origins.2"}),
    "many origins": ({"origins": [f"https://a{number}.example" for number in range(21)]}, {"origins"}),
    "currency of another shop": ({"currency": "EUR"}, {"currency"}),
    "currency in small letters": ({"currency": "usd"}, {"currency"}),
    "currency null": ({"currency": None}, {"currency"}),
    "a provider that is not there": ({"providers": ["paypal"]}, {"providers.0"}),
    "more providers than there are": ({"providers": ["stripe", "manual", "stripe"]}, {"providers"}),
    "a provider that is no string": ({"providers": [{}]}, {"providers.0"}),
    "links a list": ({"link_templates": []}, {"link_templates"}),
    "a link of no kind": ({"link_templates": {"login": LINK}}, {"link_templates.login"}),
    "a link null": ({"link_templates": {"verify": None}}, {"link_templates.verify"}),
    "a link blank": ({"link_templates": {"verify": ""}}, {"link_templates.verify"}),
    "a link elsewhere": ({"link_templates": {"verify": "https://evil.example/{key}"}}, {"link_templates.verify"}),
    "a link without its field": ({"link_templates": {"verify": "https://alder.example/"}}, {"link_templates.verify"}),
    "a link with another's field": ({"link_templates": {"order": LINK}}, {"link_templates.order"}),
    "a long link": ({"link_templates": {"verify": LINK + "x" * 500}}, {"link_templates.verify"}),
    "two links": ({"link_templates": {"verify": "x", "reset": "y", "invite": "https://alder.example/{token}"}},
                  {"link_templates.verify", "link_templates.reset"}),
    "a link whose origin goes": ({"origins": ["https://new.example"]}, {"link_templates.verify"}),
    "a sender of two lines": ({"mail": {"from_name": "a\nBcc: eve@evil.example"}}, {"mail.from_name"}),
    "a sender with NUL": ({"mail": {"from_name": "a\0"}}, {"mail.from_name"}),
    "a footer with an escape": ({"mail": {"footer": "a\x1b[2J"}}, {"mail.footer"}),
    "a long footer": ({"mail": {"footer": "x" * 501}}, {"mail.footer"}),
    "an address of two": ({"mail": {"support_email": "a@b.example, c@d.example"}}, {"mail.support_email"}),
    "an address of two lines": ({"mail": {"support_email": "a@b.example\nBcc: c@d.example"}}, {"mail.support_email"}),
    "an address a number": ({"mail": {"support_email": 1}}, {"mail.support_email"}),
    "a logo by plain http": ({"mail": {"logo_url": "http://alder.example/a.png"}}, {"mail.logo_url"}),
    "a logo that is a script": ({"mail": {"logo_url": "javascript:alert(1)"}}, {"mail.logo_url"}),
    "a logo that leaves its quotes": ({"mail": {"logo_url": 'https://a.example/"x'}}, {"mail.logo_url"}),
    "mail a string": ({"mail": "Alder"}, {"mail"}),
    "mail with more": ({"mail": {"bcc": "a@b.example"}}, {"mail.bcc"}),
    "a key of one's own": ({"publishable_key": "pk_mine"}, {"publishable_key"}),
    "other makers": ({"makers": ["birch"]}, {"makers"}),
    "every maker": ({"all_makers": True}, {"all_makers"}),
    "to be the default": ({"is_default": True}, {"is_default"}),
    "another owner": ({"owner": "birch"}, {"owner"}),
    "open again": ({"closed_at": None}, {"closed_at"}),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_changes_nothing(studio: Api, what: str) -> None:
    values, fields = REFUSED[what]
    shape = opened(studio, origins=["https://alder.example"], link_templates={"verify": LINK})
    before = list(Storefront.objects.order_by("pk").values()), AuditEntry.objects.count()
    whole = {"name": "Rings", "origins": ["https://alder.example"], "link_templates": {"verify": LINK}, **values}
    for answer in (studio.patch(f"{PATH}/{shape['id']}", values), studio.post(PATH, whole)):
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input"), answer.content
        assert {error["field"] for error in answer.json()["errors"]} == fields
    assert (list(Storefront.objects.order_by("pk").values()), AuditEntry.objects.count()) == before


@pytest.mark.parametrize("hours", [-1, 169, "24", 1.5, None, True])
def test_an_overlap_that_is_refused(studio: Api, hours: Any) -> None:
    shape = opened(studio)
    answer = studio.post(f"{PATH}/{shape['id']}/rotate-key", {"overlap_hours": hours})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "overlap_hours")
    assert studio.get(f"{PATH}/{shape['id']}").json() == shape


class TestChanging:
    def test_what_is_not_named_stays(self, studio: Api) -> None:
        shape = studio.post(PATH, WHOLE).json()
        answer = studio.patch(f"{PATH}/{shape['id']}", {"name": "Alder"})
        assert answer.json() == {**shape, "name": "Alder"}

    def test_links_and_mail_are_given_whole(self, studio: Api) -> None:
        shape = studio.post(PATH, WHOLE).json()
        changes = {"link_templates": {}, "mail": {"from_name": "Alder"}}
        changed = studio.patch(f"{PATH}/{shape['id']}", changes).json()
        assert changed["link_templates"] == {}
        assert changed["mail"] == {"from_name": "Alder", "footer": "", "support_email": "", "logo_url": ""}

    def test_origins_and_links_move_together(self, studio: Api) -> None:
        shape = opened(studio, origins=["https://alder.example"], link_templates={"verify": LINK})
        moved = {"origins": ["https://new.example"], "link_templates": {"verify": "https://new.example/{key}"}}
        assert studio.patch(f"{PATH}/{shape['id']}", moved).status_code == 200

    def test_is_written_down(self, studio: Api) -> None:
        shape = studio.post(PATH, WHOLE).json()
        mail = {**WHOLE["mail"], "support_email": "new@alder.example"}  # type: ignore[dict-item]
        studio.patch(f"{PATH}/{shape['id']}", {"name": "Alder", "currency": "USD", "mail": mail})
        (entry,) = entries("storefront.changed")
        assert entry.before == {"name": "Alder rings"}
        assert entry.after == {"name": "Alder", "texts": ["support_email"]}

    def test_the_same_again_is_no_change(self, studio: Api) -> None:
        shape = studio.post(PATH, WHOLE).json()
        assert studio.patch(f"{PATH}/{shape['id']}", WHOLE).json() == shape
        assert studio.patch(f"{PATH}/{shape['id']}", {}).json() == shape
        assert not entries("storefront.changed")

    def test_a_stale_one_is_refused(self, studio: Api) -> None:
        shape = opened(studio)
        tag = studio.get(f"{PATH}/{shape['id']}")["ETag"]
        assert studio.patch(f"{PATH}/{shape['id']}", {"name": "First"}, If_Match=tag).status_code == 200
        for answer in (
            studio.patch(f"{PATH}/{shape['id']}", {"name": "Second"}, If_Match=tag),
            studio.delete(f"{PATH}/{shape['id']}", If_Match=tag),
        ):
            assert (answer.status_code, answer.json()["code"]) == (412, "stale_version")
        shown = studio.get(f"{PATH}/{shape['id']}").json()
        assert (shown["name"], shown["closed_at"]) == ("First", None)


class TestItsKey:
    def test_the_one_before_is_good_for_a_day(self, studio: Api) -> None:
        with time_machine.travel(NOON, tick=False):
            shape = opened(studio)
            answer = studio.post(f"{PATH}/{shape['id']}/rotate-key")
            assert answer.status_code == 200
            assert answer.json()["previous_key_until"] == "2026-03-03T12:00:00Z"
            old, new = (Api(Benchpin_Key=each["publishable_key"]) for each in (shape, answer.json()))
            assert [api.get("/store/storefront").status_code for api in (old, new)] == [200, 200]
        with time_machine.travel(NOON + timedelta(hours=24, seconds=1), tick=False):
            assert [api.get("/store/storefront").status_code for api in (old, new)] == [401, 200]

    def test_ends_at_once_where_wanted(self, studio: Api) -> None:
        shape = opened(studio)
        studio.post(f"{PATH}/{shape['id']}/rotate-key", {"overlap_hours": 0})
        assert Api(Benchpin_Key=shape["publishable_key"]).get("/store/storefront").status_code == 401

    def test_only_one_before_is_good(self, studio: Api) -> None:
        shape = opened(studio)
        second = studio.post(f"{PATH}/{shape['id']}/rotate-key", {"overlap_hours": 168}).json()
        studio.post(f"{PATH}/{shape['id']}/rotate-key", {"overlap_hours": 1})
        statuses = [
            Api(Benchpin_Key=each["publishable_key"]).get("/store/storefront").status_code for each in (shape, second)
        ]
        assert statuses == [401, 200]

    def test_its_change_is_written_down(self, studio: Api) -> None:
        shape = opened(studio)
        new = studio.post(f"{PATH}/{shape['id']}/rotate-key", {"overlap_hours": 2}).json()["publishable_key"]
        (entry,) = entries("storefront.key_rotated")
        assert entry.before == {"publishable_key": shape["publishable_key"]}
        assert entry.after == {"publishable_key": new, "overlap_hours": 2}

    def test_a_basket_goes_on_under_the_new_one(self, studio: Api) -> None:
        make_piece("band")
        shape = opened(studio)
        basket = Api(Benchpin_Key=shape["publishable_key"]).basket(BAND_1=1)
        new = studio.post(f"{PATH}/{shape['id']}/rotate-key", {"overlap_hours": 0}).json()["publishable_key"]
        assert Api(Benchpin_Key=new).get(f"/store/baskets/{basket['id']}").json() == basket


class TestClosing:
    def test_its_keys_end_at_once(self, studio: Api) -> None:
        shape = opened(studio)
        studio.post(f"{PATH}/{shape['id']}/rotate-key")
        answer = studio.delete(f"{PATH}/{shape['id']}")
        assert (answer.status_code, answer.json()["id"]) == (200, shape["id"])
        assert answer.json()["closed_at"]
        for key in (shape["publishable_key"], answer.json()["publishable_key"]):
            assert Api(Benchpin_Key=key).get("/store/products").status_code == 401
        assert len(entries("storefront.closed")) == 1

    def test_it_stays_in_the_list_and_stays_closed(self, studio: Api) -> None:
        shape = opened(studio)
        closed = studio.delete(f"{PATH}/{shape['id']}").json()
        assert studio.delete(f"{PATH}/{shape['id']}").json() == closed
        assert studio.delete(f"{PATH}/{shape['id']}", If_Match='"stale"').json() == closed
        assert studio.get(PATH).json()["results"] == [closed]
        for answer in (
            studio.patch(f"{PATH}/{shape['id']}", {"name": "Again"}),
            studio.post(f"{PATH}/{shape['id']}/rotate-key"),
        ):
            assert (answer.status_code, answer.json()["code"]) == (409, "storefront_closed")
        assert studio.get(f"{PATH}/{shape['id']}").json() == closed
        assert len(entries("storefront.closed")) == 1


class TestWhoseItIs:
    def test_another_makers_is_not_there(self, studio: Api) -> None:
        others = [make_storefront(owner=make_maker("birch")), listing(make_maker("alder")), default()]
        before = list(Storefront.objects.order_by("pk").values())
        for row in others:
            for answer in (
                studio.get(f"{PATH}/{row.public_id}"),
                studio.patch(f"{PATH}/{row.public_id}", {"name": "Mine"}),
                studio.delete(f"{PATH}/{row.public_id}"),
                studio.post(f"{PATH}/{row.public_id}/rotate-key"),
            ):
                assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert studio.get(PATH).json()["results"] == []
        assert list(Storefront.objects.order_by("pk").values()) == before

    @pytest.mark.parametrize(
        ("role", "may_read", "may_change"),
        [("owner", True, True), ("manager", True, True), ("marketer", True, True), ("sales_associate", True, False),
         ("bench_jeweler", False, False), ("bookkeeper", False, False)],
    )  # fmt: skip
    def test_by_role(self, role: str, may_read: bool, may_change: bool) -> None:
        row = make_storefront(owner=make_maker("alder"))
        api, one = api_of(make_member("bea@example.com", role)), f"{PATH}/{row.public_id}"
        reads = [api.get(PATH), api.get(one)]
        writes = [
            api.post(PATH, {"name": "B"}),
            api.patch(one, {"name": "B"}),
            api.post(f"{one}/rotate-key"),
            api.delete(one),
        ]
        assert {answer.status_code for answer in reads} == ({200} if may_read else {403})
        assert {answer.status_code for answer in writes} <= ({200, 201} if may_change else {403})
        row.refresh_from_db()
        assert (row.name == "B") == may_change

    def test_by_a_key_within_its_scopes(self, owner: Membership) -> None:
        row = make_storefront(owner=owner.maker)
        reader, manager = (api_of(make_key(owner, scope)) for scope in ("storefronts.read", "storefronts.manage"))
        assert reader.get(PATH).status_code == 200
        assert reader.delete(f"{PATH}/{row.public_id}").status_code == 403
        assert manager.get(PATH).status_code == 403
        assert manager.delete(f"{PATH}/{row.public_id}").status_code == 200

    def test_a_guest_is_asked_to_sign_in(self, api: Api) -> None:
        assert api.get(PATH).status_code == 401
        assert api.post(PATH, {"name": "Mine"}).status_code == 401


def test_the_list_is_walked_newest_first(studio: Api, owner: Membership) -> None:
    rows = [make_storefront(owner=owner.maker) for _ in range(5)]
    found, link = [], f"{PATH}?limit=2"
    while link:
        page = studio.get(link).json()
        found += [each["id"] for each in page["results"]]
        link = (page["next"] or "").removeprefix("http://localhost:8000/v1")
    assert found == [row.public_id for row in reversed(rows)]


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "cursor=x", "surprise=1"])
def test_a_list_that_cannot_be_walked(studio: Api, query: str) -> None:
    assert studio.get(f"{PATH}?{query}").status_code == 422


def test_a_list_takes_the_same_queries_whatever_its_length(studio: Api, owner: Membership) -> None:
    counts = []
    for number in (1, 9):
        for _ in range(number):
            make_storefront(owner=owner.maker)
        with CaptureQueriesContext(connection) as done:
            studio.get(PATH)
        counts.append(len(done))
    assert counts[0] == counts[1]
