"""The maker's own door: begun by whoever has a verified address, changed by its team."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress

from catalog.partner.models import Partner
from catalog.partner.rules import MAX_MAKERS, RESERVED, slug_error
from shop.audit.models import AuditEntry
from shop.makers.models import Membership
from tests.api import Api
from tests.factories import api_of, make_key, make_maker, make_member, make_piece, make_user
from tests.scene import snapshot

pytestmark = pytest.mark.django_db
NEW = {"name": "Alder & Ash", "slug": "alder-and-ash", "tagline": "Silver", "city": "Portland", "state": "OR"}
ALDER = "/studio/makers/alder"


@pytest.fixture
def ada(db: None) -> Api:
    return api_of(make_user())


@pytest.fixture
def owner(db: None) -> Api:
    """Of the maker `alder`."""
    return api_of(make_member("owner@example.com"))


def begin(api: Api, **values: Any) -> dict[str, Any]:
    answer = api.post("/studio/makers", NEW | values)
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def code(answer: Any, status: int) -> str:
    assert answer.status_code == status, answer.content
    return str(answer.json()["code"])


def fields(answer: Any) -> list[tuple[str, str]]:
    assert code(answer, 422) == "invalid_input"
    return [(error["field"], error["code"]) for error in answer.json()["errors"]]


class TestBeginning:
    def test_who_begins_one_owns_it(self, ada: Api) -> None:
        answer = ada.post("/studio/makers", NEW | {"story": "<p>Since 2004.</p>"})
        assert answer.status_code == 201
        maker = Partner.objects.get()
        assert answer.json() == {
            "id": maker.public_id, "slug": "alder-and-ash", "name": "Alder & Ash", "tagline": "Silver",
            "story": "<p>Since 2004.</p>", "city": "Portland", "state": "OR", "returns_policy": "", "is_public": False,
            "requires_second_factor": False, "suspended": False,
        }  # fmt: skip
        read = ada.get("/studio/makers/alder-and-ash")
        assert (read.status_code, read.json(), read["ETag"]) == (200, answer.json(), answer["ETag"])
        [place] = ada.get("/studio/makers").json()["results"]
        assert (place["slug"], place["roles"]) == ("alder-and-ash", ["owner"])

    def test_both_are_written_down(self, ada: Api) -> None:
        maker = begin(ada)
        created, joined = AuditEntry.objects.order_by("id")
        assert (created.action, created.maker, created.object) == ("maker.created", maker["id"], maker["id"])
        assert created.after is not None
        assert (created.after["slug"], created.after["is_public"]) == ("alder-and-ash", False)
        place = Membership.objects.get()
        assert (joined.action, joined.maker, joined.object) == ("member.joined", maker["id"], place.public_id)
        assert joined.after == {"user": place.user.public_id, "roles": ["owner"]}
        assert created.user == joined.user == place.user.public_id

    def test_the_shop_does_not_show_it_yet(self, ada: Api, api: Api) -> None:
        begin(ada)
        assert api.get("/store/makers/alder-and-ash").status_code == 404
        assert ada.patch("/studio/makers/alder-and-ash", {"is_public": True}).status_code == 200
        assert api.get("/store/makers/alder-and-ash").json()["name"] == "Alder & Ash"

    @pytest.mark.parametrize(
        ("name", "slug"),
        [
            ("Alder & Ash", "alder-ash"),
            ("Böttcher Gold", "bottcher-gold"),
            ("x" * 100, "x" * 64),
            (f"{'x' * 63} - y", "x" * 63),
        ],
    )
    def test_without_a_slug_the_name_makes_one(self, ada: Api, name: str, slug: str) -> None:
        answer = ada.post("/studio/makers", {"name": name})
        assert answer.status_code == 201
        assert answer.json()["slug"] == slug

    @pytest.mark.parametrize("name", ["Αργυρός", "Shop", "!"])
    def test_a_name_that_makes_none(self, ada: Api, name: str) -> None:
        before = snapshot()
        assert fields(ada.post("/studio/makers", {"name": name})) == [("slug", "invalid_slug")]
        assert snapshot() == before

    def test_a_slug_of_somebody_else(self, ada: Api) -> None:
        make_maker("alder-and-ash")
        make_maker("alder-ash")
        before = snapshot()
        assert code(ada.post("/studio/makers", NEW), 409) == "slug_taken"
        assert code(ada.post("/studio/makers", {"name": "Alder & Ash"}), 409) == "slug_taken"
        assert snapshot() == before

    def test_so_many_and_no_more(self, ada: Api) -> None:
        for number in range(MAX_MAKERS):
            begin(ada, slug=f"maker-{number}")
        before = snapshot()
        assert code(ada.post("/studio/makers", NEW), 409) == "too_many_makers"
        assert snapshot() == before
        Membership.objects.first().delete()
        begin(ada)

    def test_somebody_elses_team_does_not_count(self, ada: Api) -> None:
        for number in range(MAX_MAKERS):
            make_member("ada@example.com", "manager", maker=make_maker(f"maker-{number}"))
        begin(ada)

    def test_while_it_is_closed(self, ada: Api, settings: Any) -> None:
        settings.MAKER_SIGN_UP = False
        before = snapshot()
        assert code(ada.post("/studio/makers", NEW), 403) == "maker_sign_up_closed"
        assert snapshot() == before
        assert ada.get("/studio/makers").status_code == 200

    def test_an_address_that_is_not_verified(self, ada: Api) -> None:
        EmailAddress.objects.update(verified=False)
        before = snapshot()
        assert code(ada.post("/studio/makers", NEW), 403) == "email_not_verified"
        assert snapshot() == before

    def test_not_by_a_key_nor_by_a_guest(self, api: Api) -> None:
        key = make_key(make_member("owner@example.com"), "maker.read", "maker.edit")
        before = snapshot()
        assert code(api_of(key).post("/studio/makers", NEW), 403) == "person_required"
        assert code(api.post("/studio/makers", NEW), 401) == "sign_in_required"
        assert snapshot() == before

    def test_a_repeat_is_the_same_one(self, ada: Api) -> None:
        key = {"Idempotency_Key": "a-key-of-this-one-intent"}
        first, second = (ada.post("/studio/makers", NEW, **key) for _ in range(2))
        assert first.json() == second.json()
        assert second["Idempotent-Replayed"] == "true"
        assert Partner.objects.count() == 1

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"name": ""}, "name"),
            ({"name": 7}, "name"),
            ({"name": None}, "name"),
            ({"name": "x" * 101}, "name"),
            ({"name": "Alder\nBcc: everybody@example.com"}, "name"),
            ({"name": "Alder\u0000"}, "name"),
            ({"name": "Alder\u2028Ash"}, "name"),
            ({"slug": ""}, "slug"),
            ({"slug": "Alder"}, "slug"),
            ({"slug": "alder_ash"}, "slug"),
            ({"slug": "alder--ash"}, "slug"),
            ({"slug": "-alder"}, "slug"),
            ({"slug": "alder\nash"}, "slug"),
            ({"slug": "älder"}, "slug"),
            ({"slug": "a"}, "slug"),
            ({"slug": "a" * 65}, "slug"),
            ({"slug": "mkr_123"}, "slug"),
            ({"slug": "admin"}, "slug"),
            ({"tagline": "x" * 201}, "tagline"),
            ({"tagline": "One\nline"}, "tagline"),
            ({"story": "x" * 10_001}, "story"),
            ({"story": "<" * 2_001}, "story"),
            ({"story": "bell\u0007"}, "story"),
            ({"city": "x" * 101}, "city"),
            ({"state": "or"}, "state"),
            ({"state": "ZZ"}, "state"),
            ({"state": "Oregon"}, "state"),
            ({"is_public": True}, "is_public"),
            ({"code": "x"}, "code"),
        ],
    )
    def test_bad_input(self, ada: Api, values: dict[str, Any], field: str) -> None:
        before = snapshot()
        assert [name for name, _ in fields(ada.post("/studio/makers", NEW | values))] == [field]
        assert snapshot() == before


class TestChanging:
    def test_only_what_is_named(self, owner: Api) -> None:
        changes = {
            "name": "Alder Anew",
            "tagline": "",
            "city": "Salem",
            "state": "OR",
            "returns_policy": "None.\nNever.",
        }
        before = owner.get(ALDER).json()
        answer = owner.patch(ALDER, changes)
        assert answer.status_code == 200
        assert answer.json() == before | changes
        assert owner.get(ALDER).json() == answer.json()
        assert answer["ETag"] == owner.get(ALDER)["ETag"]

    def test_each_change_is_written_down_without_the_long_texts(self, owner: Api) -> None:
        owner.patch(ALDER, {"name": "Alder Anew", "story": "<p>Long.</p>", "city": "", "is_public": True})
        entry = AuditEntry.objects.get()
        assert (entry.action, entry.object) == ("maker.changed", make_maker().public_id)
        assert (entry.before, entry.after) == ({"name": "Alder"}, {"name": "Alder Anew", "texts": ["story"]})

    @pytest.mark.parametrize("body", [{}, {"name": "Alder"}, {"is_public": True, "tagline": ""}])
    def test_what_is_there_already_is_no_change(self, owner: Api, body: dict[str, Any]) -> None:
        before = snapshot()
        assert owner.patch(ALDER, body).status_code == 200
        assert snapshot() == before

    def test_closing_takes_its_pieces_off_sale(self, owner: Api, api: Api) -> None:
        make_piece("band")
        basket = api.basket(BAND_1=1)
        assert owner.patch(ALDER, {"is_public": False}).status_code == 200
        assert api.get("/store/products").json()["results"] == []
        assert api.get("/store/products/band").status_code == 404
        problems = api.get(f"/store/baskets/{basket['id']}").json()["problems"]
        assert [problem["code"] for problem in problems] == ["unavailable"]
        owner.patch(ALDER, {"is_public": True})
        assert api.get("/store/products/band").status_code == 200

    def test_a_story_is_made_safe(self, owner: Api, api: Api) -> None:
        story = '<p onclick="x()">Since <b>2004</b></p><script>x()</script><img src="x">Ash & oak'
        assert owner.patch(ALDER, {"story": story}).json()["story"] == "<p>Since <b>2004</b></p>Ash &amp; oak"
        assert api.get("/store/makers/alder").json()["story"] == "<p>Since <b>2004</b></p>Ash &amp; oak"
        saved = owner.patch(ALDER, {"story": "<p>Since <b>2004</b></p>Ash &amp; oak"})
        assert saved.json()["story"] == "<p>Since <b>2004</b></p>Ash &amp; oak", "what was shown can be sent back"

    def test_a_story_that_stood_there_is_left_alone_by_other_changes(self, owner: Api) -> None:
        Partner.objects.update(story="Ash & oak")
        assert owner.patch(ALDER, {"name": "Anew"}).json()["story"] == "Ash & oak"
        assert Partner.objects.get().story == "Ash & oak"
        assert AuditEntry.objects.get().after == {"name": "Anew"}

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"name": ""}, "name"),
            ({"name": "Alder\r\nBcc: x"}, "name"),
            ({"name": None}, "name"),
            ({"slug": "new"}, "slug"),
            ({"id": "mkr_1"}, "id"),
            ({"state": "ZZ"}, "state"),
            ({"state": 5}, "state"),
            ({"returns_policy": "x" * 5_001}, "returns_policy"),
            ({"story": ["x"]}, "story"),
            ({"story": "<b>" * 2_001}, "story"),
            ({"is_public": "true"}, "is_public"),
            ({"is_public": 1}, "is_public"),
            ({"is_public": None}, "is_public"),
            ({"requires_second_factor": "yes"}, "requires_second_factor"),
        ],
    )
    def test_bad_input(self, owner: Api, body: dict[str, Any], field: str) -> None:
        before = snapshot()
        assert [name for name, _ in fields(owner.patch(ALDER, body))] == [field]
        assert snapshot() == before

    def test_an_old_version_is_not_written_over(self, owner: Api) -> None:
        old = owner.get(ALDER)["ETag"]
        new = owner.patch(ALDER, {"name": "Second"}, If_Match=old)
        assert new.status_code == 200
        before = snapshot()
        assert code(owner.patch(ALDER, {"name": "Third"}, If_Match=old), 412) == "stale_version"
        assert snapshot() == before
        assert owner.patch(ALDER, {"name": "Third"}, If_Match=new["ETag"]).status_code == 200

    def test_only_who_may(self) -> None:
        jeweler = api_of(make_member("jeweler@example.com", "bench_jeweler"))
        assert jeweler.get(ALDER).status_code == 200
        foreign = api_of(make_member("other@example.com", maker=make_maker("birch")))
        before = snapshot()
        assert code(jeweler.patch(ALDER, {"name": "Mine"}), 403) == "not_permitted"
        assert code(foreign.patch(ALDER, {"name": "Mine"}), 404) == "not_found"
        assert code(foreign.get(ALDER), 404) == "not_found"
        assert code(Api().patch(ALDER, {"name": "Mine"}), 401) == "sign_in_required"
        assert snapshot() == before

    def test_by_a_key(self) -> None:
        key = api_of(make_key(make_member("owner@example.com"), "maker.read", "maker.edit"))
        assert key.patch(ALDER, {"name": "By a tool"}).json()["name"] == "By a tool"
        assert AuditEntry.objects.get().actor.startswith("key_")


class TestDemandingTheSecondFactor:
    def test_by_somebody_who_has_shown_one(self) -> None:
        owner = make_member("owner@example.com")
        member = api_of(make_member("jeweler@example.com", "bench_jeweler"))
        assert member.get(ALDER).status_code == 200
        strong = api_of(owner, second_factor=True)
        assert strong.patch(ALDER, {"requires_second_factor": True}).json()["requires_second_factor"] is True
        assert code(member.get(ALDER), 403) == "second_factor_required"
        assert code(api_of(owner).patch(ALDER, {"requires_second_factor": False}), 403) == "second_factor_required"
        assert strong.patch(ALDER, {"requires_second_factor": False}).status_code == 200
        assert member.get(ALDER).status_code == 200

    def test_nobody_locks_themselves_out(self, owner: Api) -> None:
        before = snapshot()
        refused = owner.patch(ALDER, {"requires_second_factor": True, "name": "Anew"})
        assert code(refused, 409) == "second_factor_missing"
        assert snapshot() == before
        assert owner.patch(ALDER, {"requires_second_factor": False}).status_code == 200

    @pytest.mark.parametrize("is_on", [True, False])
    def test_not_by_a_key(self, is_on: bool) -> None:
        """A key that was stolen must not open the door for a password that was."""
        make_maker("alder", requires_second_factor=is_on)
        key = api_of(make_key(make_member("owner@example.com"), "maker.read", "maker.edit"))
        before = snapshot()
        assert code(key.patch(ALDER, {"requires_second_factor": not is_on}), 403) == "person_required"
        assert snapshot() == before
        assert key.patch(ALDER, {"requires_second_factor": is_on, "name": "Anew"}).status_code == 200


def test_reserved_words_have_the_form_of_slugs() -> None:
    assert {slug_error(word) for word in RESERVED if len(word) > 1} == {
        "This word is kept for the platform. Take another."
    }
