"""Where pictures are kept, and how those on disk are served."""

from pathlib import Path
from typing import Any

import environs
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import storages as django_storages
from django.test import Client

from catalog.media import files
from config.storage import FOR_EVER, storages


def with_variables(monkeypatch: pytest.MonkeyPatch, **values: str) -> dict[str, Any]:
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return storages(environs.Env())


def test_on_disk_unless_a_bucket_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MEDIA_BUCKET", raising=False)
    assert with_variables(monkeypatch)["default"] == {"BACKEND": "catalog.media.files.WholeFiles"}
    assert isinstance(django_storages["default"], files.WholeFiles)


def test_a_bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    found = with_variables(
        monkeypatch,
        MEDIA_BUCKET="alder",
        MEDIA_REGION="eu-central-1",
        MEDIA_ENDPOINT_URL="https://objects.example",
        MEDIA_DOMAIN="pictures.alder.example",
        MEDIA_ACCESS_KEY_ID="id",
        MEDIA_SECRET_ACCESS_KEY="secret",
    )
    assert found["default"]["BACKEND"] == "storages.backends.s3.S3Storage"
    options = found["default"]["OPTIONS"]
    assert options["bucket_name"] == "alder"
    assert options["region_name"] == "eu-central-1"
    assert options["endpoint_url"] == "https://objects.example"
    assert options["custom_domain"] == "pictures.alder.example"
    assert (options["access_key"], options["secret_key"]) == ("id", "secret")
    assert options["querystring_auth"] is False
    assert options["object_parameters"] == {"CacheControl": "public, max-age=31536000, immutable"}
    assert found["staticfiles"] == with_variables(monkeypatch, MEDIA_BUCKET="")["staticfiles"]


def test_a_bucket_alone_leaves_the_rest_to_boto3(monkeypatch: pytest.MonkeyPatch) -> None:
    options = with_variables(monkeypatch, MEDIA_BUCKET="alder")["default"]["OPTIONS"]
    asked = ("region_name", "endpoint_url", "custom_domain", "access_key", "secret_key")
    assert [options[name] for name in asked] == [None] * 5


def test_shoppers_files_are_in_a_folder_of_their_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    for bucket in ("", "alder"):
        found = with_variables(monkeypatch, MEDIA_BUCKET=bucket)["uploads"]
        assert found["BACKEND"] == "catalog.media.files.WholeFiles"
        assert found["OPTIONS"] == {"location": str(tmp_path / "uploads")}


def test_a_private_bucket_gives_nothing_away(monkeypatch: pytest.MonkeyPatch) -> None:
    found = with_variables(
        monkeypatch,
        MEDIA_BUCKET="alder",
        MEDIA_PRIVATE_BUCKET="alder-private",
        MEDIA_ENDPOINT_URL="https://objects.example",
        MEDIA_DOMAIN="pictures.alder.example",
        MEDIA_ACCESS_KEY_ID="id",
        MEDIA_SECRET_ACCESS_KEY="secret",
    )
    options = found["uploads"]["OPTIONS"]
    assert (options["bucket_name"], options["endpoint_url"]) == ("alder-private", "https://objects.example")
    assert (options["custom_domain"], options["default_acl"]) == (None, "private")
    assert (options["querystring_auth"], options["object_parameters"]) == (True, {})
    assert found["default"]["OPTIONS"]["bucket_name"] == "alder"


@pytest.mark.parametrize(
    "wrong",
    [
        {"MEDIA_ENDPOINT_URL": "objects.example"},
        {"MEDIA_DOMAIN": "https://pictures.example"},
        {"MEDIA_PRIVATE_BUCKET": "alder"},
    ],
)
def test_an_address_that_is_none(monkeypatch: pytest.MonkeyPatch, wrong: dict[str, str]) -> None:
    with pytest.raises(ImproperlyConfigured):
        with_variables(monkeypatch, MEDIA_BUCKET="alder", **wrong)


@pytest.mark.parametrize(
    ("suffix", "content_type"),
    [
        ("jpg", "image/jpeg"),
        ("jpeg", "image/jpeg"),
        ("avif", "image/avif"),
        ("webp", "image/webp"),
        ("png", "image/png"),
    ],
)
def test_a_picture_is_served_for_ever_as_what_it_is(suffix: str, content_type: str) -> None:
    files.save(f"products/abc.{suffix}", b"<html>")
    answer = Client().get(f"/media/products/abc.{suffix}")
    assert (answer.status_code, answer["Content-Type"]) == (200, content_type)
    assert answer["Cache-Control"] == FOR_EVER
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert b"".join(answer.streaming_content) == b"<html>"  # type: ignore[attr-defined]
    assert Client().post(f"/media/products/abc.{suffix}").status_code == 405


def test_nothing_else_is_served(media_root: Path) -> None:
    files.save("products/abc.jpg", b"x")
    (media_root / "products" / "page.html").write_text("<html>")
    (media_root.parent / "secret.jpg").write_bytes(b"x")
    for path in ("products/page.html", "products/", "products", "products/none.jpg"):
        assert Client().get(f"/media/{path}").status_code == 404
    for path in ("../secret.jpg", "%2e%2e/secret.jpg", "products/../../secret.jpg"):
        assert Client().get(f"/media/{path}").status_code in (400, 404)
