"""The files of pictures: on disk or in a bucket, each written whole and under a name that never means another."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage

from catalog.catalogue.models import ProductImage
from catalog.media.renditions import folder

CONTENT_TYPES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".avif": "image/avif",
}


class WholeFiles(FileSystemStorage):
    """On disk: a file appears whole or not at all, whatever ends its writer, and one of its name is replaced."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_overwrite=True, **options)

    def _save(self, name: str, content: Any) -> str:
        path = Path(self.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        # Not beside it: what a killed writer leaves must not stand in a picture's folder.
        parts = Path(self.path(".parts"))
        parts.mkdir(exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=parts, delete=False) as part:
            try:
                for chunk in content.chunks():
                    part.write(chunk)
                part.flush()
                os.fsync(part.fileno())
                Path(part.name).chmod(0o644)
                Path(part.name).replace(path)
            except BaseException:
                Path(part.name).unlink(missing_ok=True)
                raise
        return name


def storage() -> Storage:
    kept: Storage = ProductImage._meta.get_field("original").storage
    return kept


def save(name: str, data: bytes) -> str:
    file = ContentFile(data)
    # For a bucket, which serves the file as what it was told.
    file.content_type = CONTENT_TYPES[Path(name).suffix]  # type: ignore[attr-defined]
    return storage().save(name, file)


def read(name: str) -> bytes:
    with storage().open(name) as file:
        data: bytes = file.read()
    return data


def remove_unused(original: str) -> None:
    """Remove a picture's file and its renditions, unless a row has it. Done twice it is done once."""
    if not original or ProductImage.objects.filter(original=original).exists():
        return
    place = folder(original)
    with suppress(FileNotFoundError):
        for name in storage().listdir(place)[1]:
            storage().delete(f"{place}/{name}")
        storage().delete(place)
    storage().delete(original)
