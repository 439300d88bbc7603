"""What W1 to W3 ask for, and whether an answer is what was asked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from catalog.catalogue.slugs import slug
from tests.concurrency.servers import Answer, Caller
from tests.load import catalog
from tests.load.catalog import CATEGORIES, GOLDS, PICTURES, SILVER, VARIANTS

PAGE = 24
# More than a page of anybody's cache, few enough to be read before the run.
DETAILS = 500
MATCHES_OF_GOLD = 100
UNKNOWN_PARAMETER = "unknown_field"


class NotAvailable(Exception):
    """The shop does not know what is asked for yet."""


class WrongAnswer(Exception):
    """The shop's answer is not what the work wants."""


@dataclass(frozen=True, slots=True)
class Read:
    """One work. `check` raises WrongAnswer for an address and its answer; `aims` are the shares meant to be reached."""

    name: str
    what: str
    addresses: Sequence[str]
    check: Callable[[str, Any], None]
    aims: dict[str, float]


def reads(pieces: int) -> list[Read]:
    """The works over a catalog of that many pieces."""
    found = [
        Read("W1", f"list of {PAGE} of a category", _lists(), _check_list, {"kept": 20, "afresh": 6}),
        Read("W2", "detail by slug", _details(pieces), _check_detail, {"kept": 20, "afresh": 6}),
        Read(
            "W3", f"`gold ring` + a metal, {MATCHES_OF_GOLD} matches, facets",
            _searches(["gold ring"], GOLDS), _searched(MATCHES_OF_GOLD), {"kept": 15, "afresh": 2.4},
        ),
    ]  # fmt: skip
    silver_rings = min(catalog.SILVER_RINGS, catalog.rings(pieces) - catalog.GOLD_RINGS)
    if silver_rings > MATCHES_OF_GOLD:
        words = ["silver ring", "ring silver", "sterling ring", "ring sterling"]
        searches = _searches(words, [SILVER])
        what = f"`silver ring` + a metal, {silver_rings:,} matches, facets"
        found.append(Read("W3", what, searches, _searched(silver_rings), {}))
    return found


def fetch(port: int, work: Read) -> list[bytes]:
    """The right answer of each address, checked. Raises NotAvailable and WrongAnswer."""
    with Caller(port) as caller:
        return [checked(caller.call("GET", address), address, work) for address in work.addresses]


def checked(answer: Answer, address: str, work: Read) -> bytes:
    """What was answered. Raises NotAvailable and WrongAnswer."""
    if answer.status in (400, 422) and any(error["code"] == UNKNOWN_PARAMETER for error in answer.json()["errors"]):
        raise NotAvailable
    if answer.status != 200:
        raise WrongAnswer(f"{address}: {answer}")
    try:
        work.check(address, answer.json())
    except (KeyError, TypeError, AssertionError) as error:
        raise WrongAnswer(f"{address}: {error!r}") from error
    return answer.content


def _lists() -> list[str]:
    return [_list(place) for place in range(len(CATEGORIES))]


def _list(place: int) -> str:
    return f"/store/products?{urlencode({'category': slug(CATEGORIES[place][0]), 'limit': PAGE})}"


def _details(pieces: int) -> list[str]:
    return [f"/store/products/{catalog.item(number).handle}" for number in range(0, pieces, max(1, pieces // DETAILS))]


def _searches(words: Sequence[str], metals: Sequence[str]) -> list[str]:
    queries = [{"q": q, "metal": metal, "facets": "true", "limit": PAGE} for q in words for metal in metals]
    return [f"/store/products?{urlencode(query)}" for query in queries]


def _check_list(address: str, body: Any) -> None:
    assert len(body["results"]) == PAGE, "not a full page"
    for product in body["results"]:
        assert address == _list(catalog.place_of(product["slug"])), "of another category"
        _check_item(product)


def _check_item(product: Any) -> None:
    assert product["title"], "no title"
    assert product["slug"], "no slug"
    assert product["image"]["url"], "no picture"
    assert product["price_from"]["amount"], "no price"
    assert product["in_stock"] is not None, "no stock"


def _check_detail(address: str, body: Any) -> None:
    _check_item(body)
    assert address.endswith(f"/{body['slug']}"), "another piece"
    assert len(body["images"]) == PICTURES, "pictures are missing"
    assert len(body["variants"]) == VARIANTS, "variants are missing"
    for variant in body["variants"]:
        assert variant["options"], "no options"
        assert variant["price"]["amount"], "no price"
        assert variant["in_stock"] is not None, "no stock"


def _searched(matches: int) -> Callable[[str, Any], None]:
    def check(address: str, body: Any) -> None:
        assert len(body["results"]) == PAGE, "not a full page"
        for product in body["results"]:
            _check_item(product)
            assert product["product_type"] == "ring", "no ring"
        counts = {value["value"]: value["count"] for value in body["facets"]["metal"]}
        found = {count for metal, count in counts.items() if f"metal={metal}&" in address}
        assert found == {matches}, f"{found} matches"

    return check
