"""Keyset lists: forward and back, while rows are added, and with cursors that are not ours."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import signing
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from catalog.partner.models import Partner, StockRecord
from shop.audit.models import AuditEntry
from shop.pagination import SALT, InvalidCursor, Order, Page, paginate
from tests.api import Api
from tests.factories import make_maker, make_piece, make_variant

pytestmark = pytest.mark.django_db

BY_NAME = Order("name", "name")
BY_NAME_DOWN = Order("-name", "name", descending=True)
BY_PRICE = Order("price", "price")


@pytest.fixture
def makers() -> QuerySet[Partner]:
    """Eleven makers, most of one name, made in no order of theirs."""
    for number, name in enumerate(["C", "A", "B", "B", "B", "A", "B", "B", "C", "B", "B"]):
        make_maker(f"m{number}", name=name)
    return Partner.objects.all()


def codes(page: Page[Partner]) -> list[str]:
    return [maker.code for maker in page.rows]


def walk(
    rows: QuerySet[Any], order: Order, limit: int, back: bool = False, start: str | None = None
) -> list[Page[Any]]:
    pages = [paginate(rows, order=order, limit=limit, cursor=start)]
    while cursor := pages[-1].previous if back else pages[-1].next:
        pages.append(paginate(rows, order=order, limit=limit, cursor=cursor))
        assert len(pages) < 30
    return pages


def sorted_codes(order: Order) -> list[str]:
    found = sorted(Partner.objects.all(), key=lambda maker: (maker.name, maker.pk), reverse=order.descending)
    return [maker.code for maker in found]


@pytest.mark.parametrize("order", [BY_NAME, BY_NAME_DOWN])
@pytest.mark.parametrize("limit", [1, 2, 3, 10, 11, 12])
def test_a_walk_meets_every_row_once_in_order(makers: QuerySet[Partner], order: Order, limit: int) -> None:
    pages = walk(makers, order, limit)
    assert [code for page in pages for code in codes(page)] == sorted_codes(order)
    assert [len(page.rows) for page in pages[:-1]] == [limit] * (len(pages) - 1)
    assert (pages[0].previous, pages[-1].next) == (None, None)


@pytest.mark.parametrize("order", [BY_NAME, BY_NAME_DOWN])
@pytest.mark.parametrize("limit", [1, 2, 3, 10])
def test_the_way_back_meets_the_same_pages(makers: QuerySet[Partner], order: Order, limit: int) -> None:
    there = walk(makers, order, limit)
    back = walk(makers, order, limit, back=True, start=there[-1].previous)
    met = [code for page in reversed(back) for code in codes(page)] + codes(there[-1])
    assert met == sorted_codes(order)
    assert back[-1].previous is None


def test_back_and_forth_is_where_one_was(makers: QuerySet[Partner]) -> None:
    first = paginate(makers, order=BY_NAME, limit=3, cursor=None)
    second = paginate(makers, order=BY_NAME, limit=3, cursor=first.next)
    back = paginate(makers, order=BY_NAME, limit=3, cursor=second.previous)
    again = paginate(makers, order=BY_NAME, limit=3, cursor=back.next)
    assert (codes(back), codes(again)) == (codes(first), codes(second))


def test_no_rows_make_one_empty_page() -> None:
    page = paginate(Partner.objects.none(), order=BY_NAME, limit=3, cursor=None)
    assert (page.rows, page.next, page.previous) == ([], None, None)


def test_rows_that_are_added_before_are_not_met_and_none_is_met_twice(makers: QuerySet[Partner]) -> None:
    expected = sorted_codes(BY_NAME)
    first = paginate(makers, order=BY_NAME, limit=4, cursor=None)
    make_maker("new", name="A")
    rest = walk(makers, BY_NAME, 4, start=first.next)
    assert codes(first) + [code for page in rest for code in codes(page)] == expected


def test_rows_that_are_added_behind_are_met(makers: QuerySet[Partner]) -> None:
    first = paginate(makers, order=BY_NAME, limit=4, cursor=None)
    make_maker("new", name="B")
    rest = walk(makers, BY_NAME, 4, start=first.next)
    assert codes(first) + [code for page in rest for code in codes(page)] == sorted_codes(BY_NAME)


def test_the_row_of_a_cursor_may_be_gone(makers: QuerySet[Partner]) -> None:
    expected = sorted_codes(BY_NAME)
    first = paginate(makers, order=BY_NAME, limit=4, cursor=None)
    first.rows[-1].delete()
    rest = walk(makers, BY_NAME, 4, start=first.next)
    assert codes(first) + [code for page in rest for code in codes(page)] == expected


def test_prices_and_times_are_compared_as_such() -> None:
    make_piece("set", *(make_variant(f"S{price}", price=price) for price in ("9.00", "10.00", "100.00", "9.50")))
    pages = walk(StockRecord.objects.all(), BY_PRICE, 1)
    assert [page.rows[0].price for page in pages] == [Decimal(each) for each in ("9.00", "9.50", "10.00", "100.00")]
    moments = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=number) for number in range(3)]
    for record, moment in zip(StockRecord.objects.order_by("pk"), moments, strict=False):
        StockRecord.objects.filter(pk=record.pk).update(date_created=moment)
    newest = walk(StockRecord.objects.filter(date_created__lt=moments[2]), Order("newest", "date_created", True), 1)
    assert [page.rows[0].date_created for page in newest] == [moments[1], moments[0]]


def tampered(cursor: str) -> str:
    return ("a" if cursor[0] != "a" else "b") + cursor[1:]


FORGERIES: dict[str, Callable[[str], str]] = {
    "nonsense": lambda cursor: "nonsense",
    "changed": tampered,
    "cut": lambda cursor: cursor[:-1],
    "unsigned": lambda cursor: cursor.partition(":")[0],
    "not ASCII": lambda cursor: "é:é:é",
    "a dot": lambda cursor: ".",
    "another salt": lambda cursor: signing.Signer(salt="another").sign_object(["name", False, ["s", "A"], 1]),
    "another shape": lambda cursor: signing.Signer(salt=SALT).sign_object({"name": 1}),
    "too short": lambda cursor: signing.Signer(salt=SALT).sign_object(["name"]),
}


@pytest.mark.parametrize("kind", FORGERIES)
def test_a_cursor_that_is_not_ours_is_refused(makers: QuerySet[Partner], kind: str) -> None:
    cursor = paginate(makers, order=BY_NAME, limit=3, cursor=None).next
    assert cursor is not None
    with pytest.raises(InvalidCursor):
        paginate(makers, order=BY_NAME, limit=3, cursor=FORGERIES[kind](cursor))


def test_a_cursor_of_another_sort_is_refused(makers: QuerySet[Partner]) -> None:
    cursor = paginate(makers, order=BY_NAME, limit=3, cursor=None).next
    with pytest.raises(InvalidCursor):
        paginate(makers, order=BY_NAME_DOWN, limit=3, cursor=cursor)


# Through the door

SORTS = ["newest", "price", "-price", "name"]


@pytest.fixture
def pieces() -> None:
    """Seven pieces in two prices and two titles."""
    for number in range(7):
        price = "10.00" if number % 2 else "20.00"
        make_piece(f"piece-{number}", make_variant(f"S{number}", price=price), title=f"Piece {number % 2}")


def page(api: Api, link: str) -> dict[str, Any]:
    address = urlsplit(link)
    answer = api.get(f"{address.path.removeprefix('/v1')}?{address.query}")
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


@pytest.mark.usefixtures("pieces")
@pytest.mark.parametrize("sort", SORTS)
def test_links_lead_through_the_whole_list_and_back(api: Api, sort: str) -> None:
    pages = [page(api, f"/v1/store/products?sort={sort}&limit=3")]
    while pages[-1]["next"]:
        pages.append(page(api, pages[-1]["next"]))
    slugs = [item["slug"] for each in pages for item in each["results"]]
    assert (len(slugs), len(set(slugs)), len(pages)) == (7, 7, 3)
    back = page(api, page(api, pages[-1]["previous"])["previous"])
    assert back["results"] == pages[0]["results"]
    assert back["previous"] is None


@pytest.mark.usefixtures("pieces")
@pytest.mark.parametrize(("sort", "falling"), [("price", False), ("-price", True)])
def test_prices_run_one_way_over_the_pages(api: Api, sort: str, falling: bool) -> None:
    found = page(api, f"/v1/store/products?sort={sort}&limit=4")
    items = found["results"] + page(api, found["next"])["results"]
    prices = [Decimal(item["price_from"]["amount"]) for item in items]
    assert all(one >= two if falling else one <= two for one, two in pairwise(prices))


@pytest.mark.usefixtures("pieces")
def test_links_keep_the_filters_and_our_own_address(api: Api, settings: Any) -> None:
    settings.PUBLIC_URL = "https://api.shop.example"
    link = page(api, "/v1/store/products?maker=alder&sort=price&limit=3")["next"]
    assert link.startswith("https://api.shop.example/v1/store/products?")
    query = parse_qs(urlsplit(link).query)
    assert (query["maker"], query["sort"], query["limit"]) == (["alder"], ["price"], ["3"])


@pytest.mark.usefixtures("pieces")
def test_a_forged_cursor_and_one_of_another_sort_are_plain_problems(api: Api) -> None:
    link = page(api, "/v1/store/products?sort=price&limit=3")["next"]
    cursor = parse_qs(urlsplit(link).query)["cursor"][0]
    for wrong in (
        f"sort=price&cursor={tampered(cursor)}",
        f"sort=name&cursor={cursor}",
        f"sort=price&cursor={'x' * 999}",
    ):
        answer = api.get(f"/store/products?{wrong}")
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_cursor")


def test_a_deep_page_reads_no_more_than_the_first() -> None:
    """Rows that an index gives and the query throws away are rows read in vain."""
    entries = [AuditEntry(maker="mkr_1", actor="system", action="a.b") for _ in range(1000)]
    AuditEntry.objects.bulk_create(entries)
    order = Order("newest", "at", descending=True)
    start = None
    for _ in range(8):
        start = paginate(AuditEntry.objects.for_maker("mkr_1"), order=order, limit=100, cursor=start).next
    with CaptureQueriesContext(connection) as captured:
        paginate(AuditEntry.objects.for_maker("mkr_1"), order=order, limit=10, cursor=start)
    with connection.cursor() as cursor:
        # A plan for a table that is large: this one would be read whole and sorted in no time.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {captured[0]['sql']}")
        assert thrown_away(cursor.fetchone()[0][0]["Plan"]) <= 1


def thrown_away(plan: dict[str, Any]) -> int:
    return int(plan.get("Rows Removed by Filter", 0)) + sum(thrown_away(each) for each in plan.get("Plans", []))
