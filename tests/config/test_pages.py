"""The pages that are no doors."""

from typing import Any

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from config.pages import openapi_bytes
from tests import openapi

PATH = "/v1/openapi.json"


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """One entry for each time that the document is generated."""
    made: list[Any] = []
    original = SchemaGenerator.get_schema

    def counting(self: SchemaGenerator, **options: Any) -> Any:
        made.append(options)
        return original(self, **options)

    monkeypatch.setattr(SchemaGenerator, "get_schema", counting)
    openapi_bytes.cache_clear()
    return made


def test_the_document_is_generated_once_a_process(client: Client, counted: list[Any]) -> None:
    # It takes a second of the processor: whoever asks again and again must not get one each time.
    answers = [client.get(PATH) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert len(counted) == 1
    assert answers[0].json() == answers[2].json() == openapi.document()


def test_who_has_the_document_is_told_so(client: Client) -> None:
    first = client.get(PATH)
    assert first["Content-Type"] == "application/vnd.oai.openapi+json"
    again = client.get(PATH, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(PATH, headers={"If-None-Match": '"another"'}).status_code == 200
