"""The steady mix: shoppers who look around and some who buy, for minutes, as a shop has them on a good day."""

import itertools
import random
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from catalog.imports.items import VariantItem
from tests.concurrency.servers import Answer, Caller
from tests.load import reads, writes
from tests.load.reads import Read, WrongAnswer
from tests.load.writes import Visit
from tests.load.wrk import Run, run_of

# Of twenty visits; a basket takes two requests, a checkout five.
SHARES = {"list": 6, "detail": 8, "search": 3, "basket": 2, "checkout": 1}


class Shopper(Caller):
    """A caller who remembers how many milliseconds each request took."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.took: list[float] = []

    def call(self, method: str, path: str, body: Any = None, /, **headers: str) -> Answer:
        began = time.monotonic()
        answer = super().call(method, path, body, **headers)
        self.took.append((time.monotonic() - began) * 1000)
        return answer


def drive(port: int, pieces: int, variants: Sequence[VariantItem], *, connections: int, seconds: int) -> dict[str, Run]:
    """Each connection makes one visit after the other; the requests by kind of visit. Late ones are left out."""
    deadline = time.monotonic() + seconds
    visits = kinds_of_visit(pieces)
    wanted = itertools.cycle(variants)
    with ThreadPoolExecutor(connections) as pool:
        work = [partial(_shop, port, visits, wanted, random.Random(number), deadline) for number in range(connections)]
        found = [entry for each in pool.map(lambda shop: list(shop()), work) for entry in each]
    runs = {}
    for kind in SHARES:
        mine = [(took, is_right) for name, took, is_right in found if name == kind]
        times = [each for took, _ in mine for each in took]
        runs[kind] = run_of(times, seconds=seconds, wrong=sum(not is_right for _, is_right in mine))
    return runs


def kinds_of_visit(pieces: int) -> dict[str, Visit]:
    listing, detail, search, *_ = reads.reads(pieces)
    browsing = {"list": listing, "detail": detail, "search": search}
    looking = {name: partial(_look, work, itertools.cycle(work.addresses)) for name, work in browsing.items()}
    return {**looking, "basket": writes.fill_basket, "checkout": writes.check_out}


def _look(work: Read, addresses: Iterator[str], caller: Caller, wanted: Iterator[VariantItem]) -> bool:
    address = next(addresses)
    try:
        reads.checked(caller.call("GET", address), address, work)
    except WrongAnswer:
        return False
    return True


def _shop(
    port: int, visits: dict[str, Visit], wanted: Iterator[VariantItem], chance: random.Random, deadline: float
) -> Iterator[tuple[str, list[float], bool]]:
    """Of each visit its kind, how long each of its requests took, and whether it was answered right."""
    with Shopper(port) as shopper:
        while True:
            [kind] = chance.choices(list(SHARES), list(SHARES.values()))
            shopper.took = []
            is_right = _is_right(visits[kind], shopper, wanted)
            if time.monotonic() > deadline:
                return
            yield kind, shopper.took, is_right


def _is_right(visit: Visit, shopper: Shopper, wanted: Iterator[VariantItem]) -> bool:
    try:
        return visit(shopper, wanted)
    except (KeyError, TypeError, ValueError):
        return False  # an answer lacks what the next request needs
