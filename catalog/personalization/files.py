"""The files that shoppers sent. In a storage of their own: nobody reads one but by a signed link."""

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages


def storage() -> Storage:
    return storages["uploads"]


def save(name: str, data: bytes, content_type: str) -> str:
    file = ContentFile(data)
    # For a bucket, which keeps it beside the file.
    file.content_type = content_type  # type: ignore[attr-defined]
    return storage().save(name, file)


def read(name: str) -> bytes:
    """Raises FileNotFoundError."""
    with storage().open(name) as file:
        data: bytes = file.read()
    return data


def remove(name: str) -> None:
    """Done twice it is done once."""
    storage().delete(name)
