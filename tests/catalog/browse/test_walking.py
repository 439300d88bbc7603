"""Walking a list from page to page: each product once, in order, there and back."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from catalog.catalogue.models import Product
from catalog.partner.models import StockRecord
from tests.api import Api
from tests.factories import make_maker, make_piece, make_variant, stock, written_past_services

pytestmark = pytest.mark.django_db

SORTS = ("newest", "price", "-price", "name")
START = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
# Prices, titles and moments that fall together, so that only the key behind them tells the pieces apart.
PIECES = [
    *(("9.90", "Band", 0), ("100.00", "Band", 0), ("100.00", "Anklet", 1), ("100.00", "Band", 1), ("20.00", "Élan", 2)),
    *(("20.00", "ring", 2), ("1000.00", "Ring", 2), ("5.00", "Zig", 3), ("5.00", "Zag", 4), ("20.00", "Ring", 4)),
    ("100.00", "Étui", 4),
]
SHOWN = {"newest": lambda row: row[2], "price": lambda row: float(row[0]), "name": lambda row: row[1]}


@pytest.fixture
def shop() -> None:
    for number, (price, title, minute) in enumerate(PIECES):
        # Each has a dearer sister, which no order may go by.
        piece = make_piece(
            f"piece-{number}", make_variant(f"P-{number}", price), make_variant(f"Q-{number}", "2000.00"), title=title
        )
        Product.objects.filter(pk=piece.pk).update(date_created=START + timedelta(minutes=minute))
    written_past_services()


def pages(api: Api, path: str, direction: str = "next") -> Iterator[dict[str, Any]]:
    link: str | None = path
    while link:
        answer = api.get(link)
        assert answer.status_code == 200, answer.content
        page = answer.json()
        yield page
        link = page[direction] and page[direction].removeprefix("http://localhost:8000/v1")


def slugs(page: dict[str, Any]) -> list[str]:
    return [item["slug"] for item in page["results"]]


def all_slugs(api: Api, sort: str) -> list[str]:
    return slugs(api.get(f"/store/products?sort={sort}&limit=100").json())


@pytest.mark.usefixtures("shop")
class TestEachOrder:
    @pytest.mark.parametrize("sort", SORTS)
    def test_is_as_it_says(self, api: Api, sort: str) -> None:
        rows = [PIECES[int(slug.removeprefix("piece-"))] for slug in all_slugs(api, sort)]
        values = [SHOWN[sort.removeprefix("-")](row) for row in rows]
        assert len(values) == len(PIECES)
        # Titles in the database's own order of letters, which is not Python's everywhere.
        if sort != "name":
            assert values == sorted(values, reverse=sort in ("newest", "-price"))
        assert [title for title in values if title in ("Band", "Ring")] in ([], ["Band"] * 3 + ["Ring"] * 2)

    @pytest.mark.parametrize("sort", SORTS)
    def test_every_page_size_shows_each_piece_once_there_and_back(self, api: Api, sort: str) -> None:
        expected = all_slugs(api, sort)
        for limit in range(1, 8):
            there = list(pages(api, f"/store/products?sort={sort}&limit={limit}"))
            assert [slug for page in there for slug in slugs(page)] == expected
            assert {len(page["results"]) for page in there[:-1]} == {limit}
            assert there[0]["previous"] is None
            last = there[-1]["previous"].removeprefix("http://localhost:8000/v1")
            back = [slugs(there[-1]), *(slugs(page) for page in pages(api, last, "previous"))]
            assert [slug for page in reversed(back) for slug in page] == expected

    def test_minus_price_is_price_from_its_other_end(self, api: Api) -> None:
        assert all_slugs(api, "-price") == all_slugs(api, "price")[::-1]

    def test_the_newest_come_first_where_nothing_is_said(self, api: Api) -> None:
        assert slugs(api.get("/store/products").json()) == all_slugs(api, "newest")

    def test_links_keep_the_filters(self, api: Api) -> None:
        wanted = "price_max=20&in_stock=true&sort=price&limit=2"
        walked = [slug for page in pages(api, f"/store/products?{wanted}") for slug in slugs(page)]
        assert len(walked) == 6
        assert len(set(walked)) == 6

    def test_what_is_added_meanwhile_neither_doubles_nor_hides_a_piece(self, api: Api) -> None:
        expected = all_slugs(api, "newest")
        walk = pages(api, "/store/products?sort=newest&limit=3")
        seen = slugs(next(walk))
        make_piece("just-in")
        seen += [slug for page in walk for slug in slugs(page)]
        assert seen == expected

    def test_what_leaves_meanwhile_hides_no_other_piece(self, api: Api) -> None:
        expected = all_slugs(api, "price")
        walk = pages(api, "/store/products?sort=price&limit=3")
        seen = slugs(next(walk))
        Product.objects.filter(slug__in=[seen[-1], expected[4]]).update(is_public=False)
        written_past_services()
        seen += [slug for page in walk for slug in slugs(page)]
        assert seen == [slug for slug in expected if slug != expected[4]]


class TestLimits:
    def test_the_page_has_24_where_nothing_is_said_and_100_at_most(self, api: Api) -> None:
        for number in range(27):
            make_piece(f"piece-{number}")
        assert len(api.get("/store/products").json()["results"]) == 24
        assert len(api.get("/store/products?limit=100").json()["results"]) == 27

    def test_a_page_that_is_just_full_has_no_next(self, api: Api) -> None:
        make_piece("one")
        make_piece("two")
        answer = api.get("/store/products?limit=2").json()
        assert (len(answer["results"]), answer["next"], answer["previous"]) == (2, None, None)

    def test_an_empty_shop(self, api: Api) -> None:
        assert api.get("/store/products").json() == {"results": [], "next": None, "previous": None}


class TestCursors:
    @pytest.fixture
    def cursor(self, api: Api) -> str:
        for number in range(3):
            make_piece(f"piece-{number}")
        link = api.get("/store/products?sort=price&limit=1").json()["next"]
        return parse_qs(urlsplit(link).query)["cursor"][0]

    def refusal(self, api: Api, path: str) -> tuple[int, str]:
        answer = api.get(path)
        return answer.status_code, answer.json()["code"]

    def test_one_letter_changed_anywhere_is_refused(self, api: Api, cursor: str) -> None:
        for place in range(len(cursor)):
            letter = "a" if cursor[place] != "a" else "b"
            forged = f"{cursor[:place]}{letter}{cursor[place + 1 :]}"
            assert self.refusal(api, f"/store/products?sort=price&cursor={forged}") == (422, "invalid_cursor"), place

    @pytest.mark.parametrize("forged", ["x", ":", "::", "%FF", "null", "W10:1:x", "%5B%5D", "é"])
    def test_nonsense_is_refused(self, api: Api, forged: str) -> None:
        assert self.refusal(api, f"/store/products?cursor={forged}") == (422, "invalid_cursor")

    @pytest.mark.parametrize("sort", ["newest", "-price", "name"])
    def test_that_of_another_order_is_refused(self, api: Api, cursor: str, sort: str) -> None:
        assert self.refusal(api, f"/store/products?sort={sort}&cursor={cursor}") == (422, "invalid_cursor")

    def test_that_of_another_list_is_refused(self, api: Api) -> None:
        for name in ("alder", "birch"):
            make_maker(name)
        cursor = api.get("/store/makers?limit=1").json()["next"].partition("cursor=")[2]
        assert self.refusal(api, f"/store/products?sort=name&cursor={cursor}") == (422, "invalid_cursor")

    def test_another_limit_may_follow(self, api: Api, cursor: str) -> None:
        assert len(api.get(f"/store/products?sort=price&limit=5&cursor={cursor}").json()["results"]) == 2

    def test_repriced_pieces_may_repeat_and_break_nothing(self, api: Api, cursor: str) -> None:
        StockRecord.objects.filter(pk=stock("PIECE-0-1").pk).update(price="999.00")
        written_past_services()
        assert api.get(f"/store/products?sort=price&cursor={cursor}").status_code == 200


def test_makers_are_walked_by_name(api: Api) -> None:
    for name in ("cedar", "alder", "birch", "dogwood", "elder"):
        make_maker(name)
    for limit in range(1, 7):
        there = list(pages(api, f"/store/makers?limit={limit}"))
        assert [slug for page in there for slug in slugs(page)] == ["alder", "birch", "cedar", "dogwood", "elder"]
