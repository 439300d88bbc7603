"""A storefront that holds every answer against the API document: its status, its code, its shape."""

import re
from functools import cache
from typing import Any

from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator

from tests.api import Api


class DocumentedApi(Api):
    """`Api`, whose every answer must stand in the document under its door."""

    def get(self, path: str, **headers: str) -> HttpResponse:
        return checked("get", path, super().get(path, **headers))

    def raw(self, method: str, path: str, *args: Any, **headers: str) -> HttpResponse:
        return checked(method.lower(), path, super().raw(method, path, *args, **headers))

    def _send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> HttpResponse:
        return checked(method, path, super()._send(method, path, body, headers))


def checked(method: str, path: str, answer: HttpResponse) -> HttpResponse:
    fitting = [each for each in document()["paths"] if _pattern(each).fullmatch(f"/v1{path.partition('?')[0]}")]
    # /orders/lookup fits /orders/{number}, too.
    template = min(fitting, key=lambda each: each.count("{"))
    answers = document()["paths"][template][method]["responses"]
    where = f"{method} {template} answered {answer.status_code}"
    assert str(answer.status_code) in answers, f"{where}: {answer.content!r}"
    content = answers[str(answer.status_code)].get("content", {})
    if not answer.content and not content:
        return answer
    kind = answer.headers["Content-Type"]
    assert kind in content, f"{where} as {kind}"
    if not kind.endswith("json"):
        return answer
    errors = list(_validator(template, method, answer.status_code, kind).iter_errors(answer.json()))
    assert not errors, f"{where}: {errors[0].message} at {list(errors[0].absolute_path)}"
    return answer


@cache
def document() -> dict[str, Any]:
    return dict(SchemaGenerator().get_schema(public=True))


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{\w+\}", "[^/]+", template))


@cache
def _validator(template: str, method: str, status: int, kind: str) -> Draft202012Validator:
    shape = document()["paths"][template][method]["responses"][str(status)]["content"][kind]["schema"]
    return Draft202012Validator({**shape, "components": document()["components"]})
