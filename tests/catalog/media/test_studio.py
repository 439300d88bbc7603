"""Pictures through the studio's door."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from catalog.catalogue.models import ImageStatus, ProductImage
from catalog.media.rules import MAX_BYTES
from shop.audit.models import AuditEntry
from tests.catalog.bench import Bench, last_entry, problem, refused_fields
from tests.catalog.media.outside import decoded, exif_of_a_phone, picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def piece(bench: Bench) -> dict[str, Any]:
    return bench.create()


def files(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file())


def order(bench: Bench, piece: dict[str, Any]) -> list[tuple[int, str]]:
    return [(image["position"], image["alt"]) for image in bench.read(piece).json()["images"]]


class TestUpload:
    @pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
    def test_a_picture_is_checked_and_kept(
        self, bench: Bench, piece: dict[str, Any], media_root: Path, form: str
    ) -> None:
        answer = bench.upload(piece, picture(form), f"image/{form.lower()}", "?alt=A%20ring&position=1")
        assert answer.status_code == 201, answer.content
        image = answer.json()
        [file] = files(media_root)
        assert image == {
            "id": image["id"],
            "url": f"http://localhost:8000/media/products/{file.name}",
            "width": 60,
            "height": 40,
            "alt": "A ring",
            "blur": None,
            "focal_point": {"x": "0.5", "y": "0.5"},
            "renditions": [],
            "position": 1,
            "status": "ready",
            "refusal": "",
        }
        assert image["id"].startswith("img_")
        assert decoded(file.read_bytes()).format == form
        assert bench.read(piece).json()["images"] == [image]
        again = bench.api.get(bench.path(piece, "images", image["id"]))
        assert (again.json(), again["ETag"]) == (image, answer["ETag"])
        entry = last_entry("picture.added")
        assert (entry.object, entry.after["product"]) == (image["id"], piece["id"])

    def test_it_names_no_place(self, bench: Bench, piece: dict[str, Any], media_root: Path) -> None:
        answer = bench.upload(piece, picture(exif=exif_of_a_phone(orientation=6)))
        assert (answer.json()["width"], answer.json()["height"]) == (40, 60)
        assert b"Pocket 9" not in files(media_root)[0].read_bytes()

    def test_one_larger_than_other_bodies_may_be(self, bench: Bench, piece: dict[str, Any]) -> None:
        data = picture("PNG", (600, 600), compress_level=0)
        assert len(data) > 1_000_000
        answer = bench.upload(piece, data, "image/png", Idempotency_Key="large")
        assert (answer.status_code, answer.json()["width"]) == (201, 600)
        again = bench.upload(piece, data, "image/png", Idempotency_Key="large")
        assert again["Idempotent-Replayed"] == "true"
        assert len(bench.read(piece).json()["images"]) == 1

    def test_the_same_again_is_another_one(self, bench: Bench, piece: dict[str, Any], media_root: Path) -> None:
        first, second = bench.add_picture(piece), bench.add_picture(piece)
        assert first["id"] != second["id"]
        assert first["url"] != second["url"]

    REFUSED = {
        "a page": (b"<!doctype html>", "image/jpeg", "not a JPEG"),
        "half a picture": (picture()[:400], "image/jpeg", "damaged"),
        "JSON": (b'{"url": "https://example.com/ring.jpg"}', "image/webp", "not a JPEG"),
        "a drawing": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/png", "not a JPEG"),
        "too many pixels": (picture("PNG", (13_000, 1)), "image/png", "wider or higher"),
        "a page behind a picture": (picture() + b"<html>", "image/jpeg", "Something else follows"),
    }

    @pytest.mark.parametrize("name", REFUSED)
    def test_what_is_no_picture(self, bench: Bench, piece: dict[str, Any], media_root: Path, name: str) -> None:
        data, form, reason = self.REFUSED[name]
        answer = bench.upload(piece, data, form)
        assert problem(answer) == (422, "picture_refused")
        assert reason in answer.json()["detail"]
        assert (files(media_root), bench.read(piece).json()) == ([], piece)

    @pytest.mark.parametrize("form", ["application/json", "image/svg+xml", "multipart/form-data", "text/plain", ""])
    def test_another_type(self, bench: Bench, piece: dict[str, Any], form: str) -> None:
        assert problem(bench.upload(piece, form=form)) == (415, "unsupported_media_type")
        assert bench.read(piece).json() == piece

    def test_too_large(self, bench: Bench, piece: dict[str, Any]) -> None:
        answer = bench.upload(piece, bytes(MAX_BYTES + 1))
        assert problem(answer) == (413, "body_too_large")
        assert "15 MB" in answer.json()["detail"]
        assert problem(bench.upload(piece, bytes(MAX_BYTES))) == (422, "picture_refused")
        assert bench.read(piece).json() == piece

    @pytest.mark.parametrize(
        "query", ["?position=0", "?position=21", "?alt=a&alt=b", "?alt=a%0Ab", f"?alt={'x' * 513}", "?url=x"]
    )
    def test_bad_query(self, bench: Bench, piece: dict[str, Any], query: str) -> None:
        assert problem(bench.upload(piece, query=query)) == (422, "invalid_input")
        assert bench.read(piece).json() == piece

    def test_twenty_are_enough(self, bench: Bench, piece: dict[str, Any], media_root: Path) -> None:
        for _ in range(20):
            bench.add_picture(piece)
        assert problem(bench.upload(piece)) == (422, "too_many_pictures")
        assert len(bench.read(piece).json()["images"]) == 20
        assert len(files(media_root)) == 20  # nothing is left of the refused one

    def test_who_may(self, bench: Bench, piece: dict[str, Any], media_root: Path) -> None:
        for other in (Bench(maker="birch"), Bench("stock_keeper")):
            assert other.upload(piece).status_code in (403, 404)
        other = Bench(maker="birch")
        through = f"{other.base}/{piece['id']}/images"  # their door, our piece
        assert problem(other.api.raw("POST", through, picture(), "image/jpeg")) == (404, "not_found")
        assert (files(media_root), bench.read(piece).json()) == ([], piece)


class TestArrange:
    @pytest.fixture
    def images(self, bench: Bench, piece: dict[str, Any]) -> list[dict[str, Any]]:
        return [bench.add_picture(piece, f"?alt={name}") for name in "abc"]

    def test_a_new_one_goes_where_it_is_sent(self, bench: Bench, piece: dict[str, Any], images: Any) -> None:
        bench.add_picture(piece, "?alt=first&position=1")
        bench.add_picture(piece, "?alt=last&position=20")
        assert order(bench, piece) == [(1, "first"), (2, "a"), (3, "b"), (4, "c"), (5, "last")]

    @pytest.mark.parametrize(
        ("moved", "to", "expected"), [(0, 3, "bca"), (2, 1, "cab"), (1, 2, "abc"), (1, 900, "acb"), (0, 2, "bac")]
    )
    def test_moving(self, bench: Bench, piece: dict[str, Any], images: Any, moved: int, to: int, expected: str) -> None:
        answer = bench.api.patch(bench.path(piece, "images", images[moved]["id"]), {"position": to})
        assert answer.status_code == 200
        assert order(bench, piece) == list(enumerate(expected, start=1))
        assert answer.json()["position"] == expected.index("abc"[moved]) + 1

    def test_the_first_stands_for_the_piece(self, bench: Bench, piece: dict[str, Any], images: Any) -> None:
        bench.api.patch(bench.path(piece, "images", images[2]["id"]), {"position": 1})
        [item] = bench.api.get(bench.base).json()["results"]
        assert item["image"]["alt"] == "c"

    def test_describing(self, bench: Bench, piece: dict[str, Any], images: Any) -> None:
        path = bench.path(piece, "images", images[1]["id"])
        tag = bench.api.get(path)["ETag"]
        assert bench.api.patch(path, {"alt": "Side"}, If_Match=tag).json() == {**images[1], "alt": "Side"}
        entry = last_entry("picture.changed")
        assert (entry.object, entry.before, entry.after) == (images[1]["id"], {"alt": "b"}, {"alt": "Side"})
        assert problem(bench.api.patch(path, {"alt": "Back"}, If_Match=tag)) == (412, "stale_version")
        assert problem(bench.api.delete(path, If_Match=tag)) == (412, "stale_version")
        assert order(bench, piece) == [(1, "a"), (2, "Side"), (3, "c")]

    def test_removing(self, bench: Bench, piece: dict[str, Any], images: Any, media_root: Path) -> None:
        path = bench.path(piece, "images", images[0]["id"])
        assert bench.api.delete(path).status_code == 204
        assert problem(bench.api.get(path)) == (404, "not_found")
        assert [alt for _, alt in order(bench, piece)] == ["b", "c"]
        assert last_entry("picture.removed").object == images[0]["id"]

    def test_saying_what_must_stay_in_sight(self, bench: Bench, piece: dict[str, Any], images: Any) -> None:
        path = bench.path(piece, "images", images[1]["id"])
        tag = bench.api.get(path)["ETag"]
        answer = bench.api.patch(path, {"focal_point": {"x": "0.25", "y": "1"}}, If_Match=tag)
        assert answer.json() == {**images[1], "focal_point": {"x": "0.25", "y": "1"}}
        entry = last_entry("picture.changed")
        before, after = {"focal_point": {"x": "0.5", "y": "0.5"}}, {"focal_point": {"x": "0.25", "y": "1"}}
        assert (entry.object, entry.before, entry.after) == (images[1]["id"], before, after)
        assert problem(bench.api.patch(path, {"focal_point": {"x": "0", "y": "0"}}, If_Match=tag)) == (
            412,
            "stale_version",
        )

    @pytest.mark.parametrize(
        "point",
        [{"x": "0.5"}, {"x": "1.001", "y": "0"}, {"x": "-0.1", "y": "0"}, {"x": "0.1234", "y": "0"}, {"x": 0, "y": 0},
         {"x": "a", "y": "0"}, {"x": "0", "y": "0", "z": "0"}, "centre", None, []],
    )  # fmt: skip
    def test_a_bad_focal_point(self, bench: Bench, piece: dict[str, Any], images: Any, point: Any) -> None:
        path = bench.path(piece, "images", images[0]["id"])
        assert problem(bench.api.patch(path, {"focal_point": point})) == (422, "invalid_input")
        assert bench.api.get(path).json() == images[0]

    def test_the_job_s_work_spoils_no_change(
        self, bench: Bench, piece: dict[str, Any], images: Any, run_jobs: Callable[[], int]
    ) -> None:
        path = bench.path(piece, "images", images[1]["id"])
        tags = [bench.api.get(path)["ETag"], bench.read(piece)["ETag"]]
        assert run_jobs() == 3
        image = bench.api.get(path).json()
        assert {rendition["format"] for rendition in image["renditions"]} == {"avif", "webp", "jpeg"}
        assert [bench.api.get(path)["ETag"], bench.read(piece)["ETag"]] == tags
        assert bench.api.patch(path, {"alt": "Side"}, If_Match=tags[0]).status_code == 200

    @pytest.mark.parametrize("body", [{"position": 0}, {"position": "1"}, {"alt": 5}, {"alt": "a\x00"}, {"url": "x"}])
    def test_bad_input(self, bench: Bench, piece: dict[str, Any], images: Any, body: dict[str, Any]) -> None:
        answer = bench.api.patch(bench.path(piece, "images", images[0]["id"]), body)
        assert (problem(answer), list(refused_fields(answer))) == ((422, "invalid_input"), list(body))
        assert order(bench, piece) == [(1, "a"), (2, "b"), (3, "c")]

    def test_not_anothers(self, bench: Bench, piece: dict[str, Any], images: Any) -> None:
        other = Bench(maker="birch")
        own = other.create()
        for path in (bench.path(piece, "images", images[0]["id"]), other.path(own, "images", images[0]["id"])):
            for answer in (other.api.get(path), other.api.patch(path, {"alt": "x"}), other.api.delete(path)):
                assert problem(answer) == (404, "not_found")
        assert order(bench, piece) == [(1, "a"), (2, "b"), (3, "c")]


def test_a_published_piece_keeps_a_picture(bench: Bench) -> None:
    piece = bench.published()
    path = bench.path(piece, "images", piece["images"][0]["id"])
    refused = bench.api.delete(path)
    assert (problem(refused), refused_fields(refused)) == ((409, "needed_while_published"), {"images": "no_picture"})
    assert bench.read(piece).json() == piece
    assert not AuditEntry.objects.filter(action="picture.removed").exists()
    bench.add_picture(piece)
    assert bench.api.delete(path).status_code == 204


def test_one_that_is_still_to_be_fetched(bench: Bench) -> None:
    piece = bench.create()
    stored = ProductImage.objects.create(
        product_id=bench.member.maker.products.get().pk, source_url="https://example.com/ring.jpg", display_order=1
    )
    [image] = bench.read(piece).json()["images"]
    assert (image["id"], image["url"], image["status"]) == (stored.public_id, None, "pending")
    assert refused_fields(bench.publish(piece)) == {"images": "no_picture"}
    ProductImage.objects.update(status=ImageStatus.REFUSED, refusal="The address answers with status 404.")
    assert bench.read(piece).json()["images"][0]["refusal"] == "The address answers with status 404."
