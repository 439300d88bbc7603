"""Makers at work at the same moment, and pictures as they come over the wire."""

import http.client
import io
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from django.db import connection, transaction
from PIL import Image

from catalog.catalogue.models import Product, ProductImage
from catalog.media.rules import MAX_BYTES
from catalog.partner.models import StockRecord
from tests.concurrency.servers import Answer
from tests.concurrency.shop import Shop, outcomes
from tests.factories import make_member, make_piece, sign_in
from tests.people import tiny_picture

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("processes")]

# As many as one process of the server has threads: all may come to the same one.
AT_ONCE = 4
PATIENCE_SECONDS = 30
PIECES = "/studio/makers/alder/products"


@pytest.fixture
def signed_in(transactional_db: None) -> dict[str, str]:
    return {"X_Session_Token": sign_in(make_member("ada@alder.example").user)}


def at_once(shop: Shop, bodies: list[dict[str, Any]], headers: dict[str, str], *, stopped_at: str) -> list[Answer]:
    """Create these pieces; each request has come as far as writing to the table before any may."""

    def create(body: dict[str, Any]) -> Answer:
        with shop.caller() as caller:
            return caller.call("POST", PIECES, body, **headers)

    with ThreadPoolExecutor(len(bodies)) as pool:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {stopped_at} IN SHARE MODE")
            sent = [pool.submit(create, body) for body in bodies]
            deadline = time.monotonic() + PATIENCE_SECONDS
            while waiting(cursor) < len(bodies):
                assert time.monotonic() < deadline, [future.result() for future in sent if future.done()]
        return [future.result() for future in sent]


def waiting(cursor: Any) -> int:
    # Within a transaction it would show the same for ever.
    cursor.execute("SELECT pg_stat_clear_snapshot()")
    cursor.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    return int(cursor.fetchone()[0])


def test_one_of_them_gets_the_sku(shop: Shop, signed_in: dict[str, str]) -> None:
    bodies = [{"title": f"Ring {number}", "variants": [{"sku": "MOON-7"}]} for number in range(AT_ONCE)]
    answers = at_once(shop, bodies, signed_in, stopped_at="partner_stockrecord")
    assert outcomes(answers) == {(201, ""): 1, (409, "duplicate_sku"): AT_ONCE - 1}
    record = StockRecord.objects.get()
    refused = next(answer for answer in answers if answer.status == 409).json()["errors"]
    assert record.product.public_id in refused[0]["message"]
    assert Product.objects.pieces().count() == 1


def test_each_gets_a_slug_of_its_own(shop: Shop, signed_in: dict[str, str]) -> None:
    bodies = [{"title": "Moon ring"}] * AT_ONCE
    answers = at_once(shop, bodies, signed_in, stopped_at="catalogue_product")
    assert outcomes(answers) == {(201, ""): AT_ONCE}
    slugs = {"moon-ring", "moon-ring-alder", "moon-ring-alder-2", "moon-ring-alder-3"}
    assert {answer.json()["slug"] for answer in answers} == slugs


def test_one_gets_the_slug_they_all_ask_for(shop: Shop, signed_in: dict[str, str]) -> None:
    bodies = [{"title": "Moon ring", "slug": "moon"}] * AT_ONCE
    answers = at_once(shop, bodies, signed_in, stopped_at="catalogue_product")
    assert outcomes(answers) == {(201, ""): 1, (422, "invalid_input"): AT_ONCE - 1}


# Pictures in chunks


def chunks(data: bytes, size: int = 64 * 1024) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


def upload(shop: Shop, piece: Product, data: bytes, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
    """Send a picture without saying how long it is."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    wire = http.client.HTTPConnection("127.0.0.1", shop.web.port, timeout=PATIENCE_SECONDS)
    try:
        # Who is refused may still be sending, and the answer is there all the same.
        with suppress(BrokenPipeError):
            wire.request(
                "POST", f"/v1{PIECES}/{piece.public_id}/images", chunks(data),
                named | {"Content-Type": "image/png", "Transfer-Encoding": "chunked"}, encode_chunked=True,
            )  # fmt: skip
        answer = wire.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        wire.close()


def large_picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (700, 600), "red").save(file, "PNG", compress_level=0)
    return file.getvalue()


def test_a_picture_in_chunks_is_read(shop: Shop, signed_in: dict[str, str]) -> None:
    piece = make_piece("moon")
    status, image = upload(shop, piece, large_picture(), signed_in)
    assert (status, image["width"], image["height"]) == (201, 700, 600)
    assert ProductImage.objects.get().public_id == image["id"]


def test_a_picture_in_chunks_may_be_too_large(shop: Shop, signed_in: dict[str, str]) -> None:
    piece = make_piece("moon")
    status, problem = upload(shop, piece, large_picture().ljust(MAX_BYTES + 1, b"\0"), signed_in)
    assert (status, problem["code"]) == (413, "body_too_large")
    assert not ProductImage.objects.exists()


def test_nobodys_picture_is_not_read(shop: Shop) -> None:
    piece = make_piece("moon")
    status, problem = upload(shop, piece, tiny_picture(), {})
    assert (status, problem["code"]) == (401, "sign_in_required")
