"""Public reads may be kept by anybody and are asked for again cheaply."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.http import HttpResponse

from catalog.inventory.services import hold
from tests.api import Api
from tests.factories import make_piece, stock, written_past_services

pytestmark = pytest.mark.django_db

PATHS = [
    "/store/products",
    "/store/products?sort=price&limit=1",
    "/store/products/band",
    "/store/categories",
    "/store/product-types",
    "/store/makers",
    "/store/makers/alder",
]
HEADERS = ("ETag", "Cache-Control", "Vary")


@pytest.fixture(autouse=True)
def shop() -> None:
    make_piece("band", category="Rings")
    make_piece("chain", category="Chains")


@pytest.mark.parametrize("path", PATHS)
class TestEveryPublicRead:
    def test_may_be_kept_and_must_be_checked(self, api: Api, path: str) -> None:
        answer = api.get(path)
        assert answer["Cache-Control"] == "public, max-age=0, must-revalidate"
        assert answer["Vary"] == "Benchpin-Key, Origin, Accept-Encoding"

    def test_a_cdn_may_keep_it_longer(self, api: Api, path: str, settings: Any) -> None:
        settings.CDN_MAX_AGE = 60
        assert api.get(path)["Cache-Control"] == "public, max-age=0, s-maxage=60, must-revalidate"

    def test_has_a_strong_tag_that_stays(self, api: Api, path: str) -> None:
        tag = api.get(path)["ETag"]
        with time_machine.travel(datetime.now(UTC) + timedelta(hours=1)):
            assert api.get(path)["ETag"] == tag
        assert tag.startswith('"')
        assert tag.endswith('"')

    @pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', '"other",W/{} , "third"'])
    def test_unchanged_is_answered_without_a_body(self, api: Api, path: str, form: str) -> None:
        full = api.get(path)
        answer = api.get(path, If_None_Match=form.format(full["ETag"]))
        assert (answer.status_code, answer.content) == (304, b"")
        assert {name: answer[name] for name in HEADERS} == {name: full[name] for name in HEADERS}
        assert "Content-Type" not in answer.headers

    @pytest.mark.parametrize("form", ['"other"', "", "nonsense", '"', ","])
    def test_another_tag_gets_the_whole_answer(self, api: Api, path: str, form: str) -> None:
        assert api.get(path, If_None_Match=form).status_code == 200

    def test_head_is_get_without_its_body(self, api: Api, path: str) -> None:
        full = api.get(path)
        answer = api.raw("HEAD", path, b"")
        assert (answer.status_code, answer.content) == (200, b"")
        assert {name: answer[name] for name in HEADERS} == {name: full[name] for name in HEADERS}
        assert api.raw("HEAD", path, b"", If_None_Match=full["ETag"]).status_code == 304


def test_the_tag_follows_what_is_shown(api: Api) -> None:
    def tags() -> tuple[str, str]:
        return api.get("/store/products")["ETag"], api.get("/store/products/band")["ETag"]

    before = tags()
    hold({stock("BAND-1").pk: 1}, reference="ORD-1")
    held = tags()
    # One fewer is left: said on the product's page, not in the list.
    assert (before[0] == held[0], before[1] == held[1]) == (True, False)
    record = stock("BAND-1")
    record.price = 200
    record.save()
    written_past_services()
    assert len({before, held, tags()}) == 3


@pytest.mark.parametrize("path", ["/store/products/nowhere", "/store/makers/nobody", "/store/products?limit=0"])
def test_what_is_refused_is_kept_by_nobody(api: Api, path: str) -> None:
    answer: HttpResponse = api.get(path)
    assert answer["Cache-Control"] == "private, no-store"
    assert "ETag" not in answer


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "path", ["/store/products", "/store/products/band", "/store/categories", "/store/makers/alder"]
)
def test_nothing_is_written_here(api: Api, method: str, path: str) -> None:
    answer = api.raw(method, path, b"{}")
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
