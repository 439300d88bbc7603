"""A picture or a drawing for a piece: sent to the basket, checked, asked for by a line, read by a signed link."""

import io
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.files.storage import storages
from django.utils import timezone
from PIL import Image

from catalog.catalogue.models import Product
from catalog.personalization.models import Upload
from catalog.personalization.services import MAX_UPLOADS
from orders.basket.models import Basket
from orders.checkout.tasks import remove_unused_uploads_daily
from tests.api import Api
from tests.catalog.bench import problem, refused_fields
from tests.factories import make_piece, make_user, make_variant, sign_in
from tests.fakes.local_stripe import LocalStripe
from tests.orders.documented import DocumentedApi
from tests.people import tiny_picture

pytestmark = pytest.mark.django_db

CREST: dict[str, Any] = {
    "code": "crest", "label": "Your crest", "help": "", "kind": "upload", "required": False, "limits": {},
    "choices": [], "price": {"kind": "fixed", "amount": "40.00"}, "lead_time_days": 7, "final_sale": True,
}  # fmt: skip
DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0L9 9"/></svg>'
SVG = "image/svg+xml"


@pytest.fixture
def api(db: None) -> DocumentedApi:
    return DocumentedApi()


@pytest.fixture(autouse=True)
def signet() -> Product:
    piece = make_piece("signet", make_variant("SIGNET-1", stock=50))
    return offer(piece, CREST, {**CREST, "code": "back"})


def offer(piece: Product, *options: dict[str, Any]) -> Product:
    piece.personalization = list(options)
    piece.save(update_fields=["personalization"])
    return piece


def send(api: Api, basket: dict[str, Any], data: bytes = DRAWING, kind: str = SVG, **headers: str) -> Any:
    return api.raw("POST", f"/store/baskets/{basket['id']}/uploads", data, kind, **headers)


def sent(api: Api, basket: dict[str, Any], data: bytes = DRAWING, kind: str = SVG) -> dict[str, Any]:
    answer = send(api, basket, data, kind)
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def add(api: Api, basket: dict[str, Any], *uploads: str) -> Any:
    wishes = [{"option": code, "value": value} for code, value in zip(("crest", "back"), uploads, strict=False)]
    return api.post(f"/store/baskets/{basket['id']}/lines", {"sku": "SIGNET-1", "personalization": wishes})


def read(api: Api, url: str, **headers: str) -> Any:
    return api.get(url.removeprefix(f"{settings.PUBLIC_URL}/v1"), **headers)


def kept_files() -> set[str]:
    storage = storages["uploads"]
    return set(storage.listdir("")[1]) if storage.exists("") else set()


def photograph() -> bytes:
    """With a place in it, lying on its side."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Camera of Ada"
    file = io.BytesIO()
    Image.new("RGB", (30, 20), "red").save(file, "JPEG", exif=exif)
    return file.getvalue()


def test_a_picture_is_kept_anew(api: DocumentedApi) -> None:
    given = photograph()
    shown = sent(api, api.basket(), given, "image/jpeg")
    assert (shown["content_type"], shown["width"], shown["height"]) == ("image/jpeg", 20, 30)
    answer = read(api, shown["url"])
    assert (answer.status_code, len(answer.content)) == (200, shown["bytes"])
    assert b"Camera of Ada" in given
    assert b"Camera of Ada" not in answer.content
    assert Image.open(io.BytesIO(answer.content)).size == (20, 30)


def test_a_drawing_is_kept_as_it_is_and_never_shown_in_a_page_of_ours(api: DocumentedApi) -> None:
    shown = sent(api, api.basket())
    assert (shown["content_type"], shown["bytes"], shown["width"]) == (SVG, len(DRAWING), None)
    answer = read(api, shown["url"], Accept="text/html,application/xhtml+xml,*/*;q=0.8")
    assert (answer.content, answer["Content-Type"]) == (DRAWING, SVG)
    assert answer["Content-Disposition"] == f'attachment; filename="{shown["id"]}.svg"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["Cache-Control"] == "private, no-store"
    assert Api().client.get(f"/media/{shown['id']}.svg").status_code == 404


def test_a_link_lasts_a_day(api: DocumentedApi) -> None:
    shown = sent(api, api.basket())
    with time_machine.travel(timezone.now() + timedelta(hours=23, minutes=59)):
        assert read(api, shown["url"]).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(hours=25, minutes=1)):
        assert problem(read(api, shown["url"])) == (404, "not_found")


def test_a_link_is_for_one_file(api: DocumentedApi) -> None:
    basket = api.basket()
    mine, other = sent(api, basket), sent(api, basket)
    signature = mine["url"].rpartition("/")[2].partition(".")[2]
    for token in (mine["id"], f"{other['id']}.{signature}", f"{mine['id']}.{signature}x", f"{mine['id']}."):
        assert problem(read(api, f"/store/uploads/{token}")) == (404, "not_found"), token


def test_a_link_whose_file_is_gone(api: DocumentedApi) -> None:
    shown = sent(api, api.basket())
    storages["uploads"].delete(f"{shown['id']}.svg")
    assert problem(read(api, shown["url"])) == (404, "not_found")


@pytest.mark.parametrize(
    ("data", "kind", "code"),
    [
        (b" ", "image/png", "picture"),
        (b"GIF89a", "image/png", "picture"),
        (DRAWING, "image/png", "picture"),
        (tiny_picture()[:-20], "image/png", "picture"),
        (tiny_picture() + b"<script>", "image/png", "picture"),
        (b" ", SVG, "not_well_formed"),
        (DRAWING.replace(b"<path", b"<path onclick='a()'"), SVG, "event"),
        (b"<!DOCTYPE svg>" + DRAWING, SVG, "document_type"),
    ],
)
def test_what_is_refused_leaves_nothing(api: DocumentedApi, data: bytes, kind: str, code: str) -> None:
    answer = send(api, api.basket(), data, kind)
    assert problem(answer) == (422, "file_refused")
    assert [error["code"] for error in answer.json()["errors"]] == [code]
    assert (Upload.objects.count(), kept_files()) == (0, set())


def test_a_moving_picture_is_none_whatever_it_is_called(api: DocumentedApi) -> None:
    file = io.BytesIO()
    Image.new("P", (8, 8)).save(file, "GIF")
    assert problem(send(api, api.basket(), file.getvalue(), "image/png")) == (422, "file_refused")


@pytest.mark.parametrize(
    "kind", ["", "image/gif", "image/avif", "application/json", "multipart/form-data", "text/html"]
)
def test_other_types_are_not_read(api: DocumentedApi, kind: str) -> None:
    assert problem(send(api, api.basket(), DRAWING, kind)) == (415, "unsupported_media_type")


@pytest.mark.parametrize(("kind", "megabytes"), [(SVG, 1), ("image/png", 15)])
def test_what_is_too_large_is_not_read_to_its_end(api: DocumentedApi, kind: str, megabytes: int) -> None:
    basket = api.basket()
    assert problem(send(api, basket, b" " * (megabytes * 1024**2 + 1), kind)) == (413, "body_too_large")
    assert problem(send(api, basket, b" " * (megabytes * 1024**2), kind)) == (422, "file_refused")


def test_who_knows_no_basket_sends_no_file(api: DocumentedApi) -> None:
    assert problem(send(api, {"id": "bsk_0"}, b" " * (20 * 1024**2))) == (404, "not_found")
    theirs = DocumentedApi(X_Session_Token=sign_in(make_user("ada@example.com"))).basket()
    assert problem(send(api, theirs)) == (404, "not_found")
    assert kept_files() == set()


def test_a_basket_takes_so_many(api: DocumentedApi) -> None:
    basket = api.basket()
    for _ in range(MAX_UPLOADS):
        sent(api, basket)
    assert problem(send(api, basket)) == (422, "too_many_uploads")
    assert (Upload.objects.count(), len(kept_files())) == (MAX_UPLOADS, MAX_UPLOADS)
    sent(api, api.basket())


def test_the_same_key_sends_it_once(api: DocumentedApi) -> None:
    basket, key = api.basket(), str(uuid.uuid4())
    first, again = (send(api, basket, Idempotency_Key=key) for _ in range(2))
    assert (again.json(), again["Idempotent-Replayed"]) == (first.json(), "true")
    assert Upload.objects.count() == len(kept_files()) == 1
    assert problem(send(api, basket, DRAWING + b" ", Idempotency_Key=key)) == (422, "idempotency_key_reused")


def test_a_line_asks_for_it(api: DocumentedApi) -> None:
    basket = api.basket()
    shown = sent(api, basket)
    answer = add(api, basket, shown["id"])
    assert answer.status_code == 201, answer.content
    [line] = answer.json()["lines"]
    assert (line["unit_price"]["amount"], line["lead_time_days"], line["final_sale"]) == ("220.00", 7, True)
    [wish] = line["personalization"]
    assert (wish["value"], wish["file"]) == (shown["id"], {"url": shown["url"], "content_type": SVG})


def test_another_baskets_file_is_not_taken(api: DocumentedApi) -> None:
    theirs = sent(api, api.basket())
    answer = add(api, api.basket(), theirs["id"])
    assert problem(answer) == (422, "personalization_refused")
    assert refused_fields(answer) == {"personalization.crest": "not_uploaded"}


def test_files_are_looked_up_at_once_and_only_where_there_are_any(
    api: DocumentedApi, django_assert_num_queries: Any
) -> None:
    basket = api.basket()
    home = f"/store/baskets/{basket['id']}"
    assert add(api, basket).status_code == 201
    with django_assert_num_queries(3):
        api.get(home)
    for _ in range(4):
        assert add(api, basket, sent(api, basket)["id"], sent(api, basket)["id"]).status_code == 201
    assert len(api.get(home).json()["lines"]) == 5
    with django_assert_num_queries(4):
        api.get(home)


def test_a_guests_files_go_along_into_the_customers_basket(api: DocumentedApi) -> None:
    guests = api.basket()
    shown = sent(api, guests)
    add(api, guests, shown["id"])
    ada = DocumentedApi(X_Session_Token=sign_in(make_user("ada@example.com")))
    own = ada.basket(SIGNET_1=1)
    merged = ada.post("/store/customer/basket", {"basket": guests["id"]}).json()
    assert (merged["id"], merged["problems"]) == (own["id"], [])
    assert [[wish["value"] for wish in line["personalization"]] for line in merged["lines"]] == [[shown["id"]], []]
    assert add(ada, own, shown["id"]).status_code == 201


def ordered(api: Api, *, with_other: bool = False) -> tuple[dict[str, Any], dict[str, Any]]:
    """An order with a file, and the file; `with_other`: the basket has one more that no line asks for."""
    basket = api.ready_basket()
    shown = sent(api, basket)
    if with_other:
        sent(api, basket)
    answer = api.checkout(add(api, basket, shown["id"]).json())
    assert answer.status_code == 201, answer.content
    return dict(answer.json()["order"]), shown


def test_the_order_keeps_it(api: DocumentedApi, signet: Product, stripe_server: LocalStripe) -> None:
    order, shown = ordered(api)
    offer(signet)
    [line] = api.get(f"/store/orders/{order['number']}", Benchpin_Order_Token=order["access_token"]).json()["lines"]
    [wish] = line["personalization"]
    assert wish["file"]["content_type"] == SVG
    assert read(api, wish["file"]["url"]).content == DRAWING
    assert Upload.objects.get(public_id=shown["id"]).order.number == order["number"]


def test_nothing_more_is_sent_to_a_basket_that_is_ordered(api: DocumentedApi, stripe_server: LocalStripe) -> None:
    ordered(api)
    frozen = Basket.objects.get().public_id
    assert problem(send(api, {"id": frozen})) == (409, "basket_not_open")
    assert len(kept_files()) == 1


def test_an_order_is_not_placed_without_its_file(api: DocumentedApi, stripe_server: LocalStripe) -> None:
    basket = api.ready_basket()
    ready = add(api, basket, sent(api, basket)["id"]).json()
    Upload.objects.all().delete()
    assert [each["code"] for each in api.get(f"/store/baskets/{basket['id']}").json()["problems"]] == [
        "personalization_changed"
    ]
    assert problem(api.checkout(ready)) == (409, "basket_changed")


def test_the_job_removes_what_was_never_ordered(
    api: DocumentedApi, stripe_server: LocalStripe, run_jobs: Callable[[], int]
) -> None:
    _, kept = ordered(api, with_other=True)
    gone = api.basket()
    sent(api, gone)
    Basket.objects.filter(public_id=gone["id"]).delete()
    expired = api.basket()
    sent(api, expired)
    later = timezone.now() + timedelta(days=settings.BASKET_DAYS, minutes=1)
    with time_machine.travel(later):
        young = sent(api, api.basket())
        remove_unused_uploads_daily(timestamp=0)
    left = {kept["id"], young["id"]}
    assert set(Upload.objects.values_list("public_id", flat=True)) == left
    # The files follow once the rows are gone for good.
    assert len(kept_files()) == 5
    run_jobs()
    assert kept_files() == {f"{name}.svg" for name in left}


def test_the_job_leaves_what_is_in_use(api: DocumentedApi, run_jobs: Callable[[], int]) -> None:
    sent(api, api.basket())
    remove_unused_uploads_daily(timestamp=0)
    run_jobs()
    assert Upload.objects.count() == len(kept_files()) == 1
