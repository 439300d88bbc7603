"""Today's OpenAPI document, as `/v1/openapi.json` answers it, and what it says about a route."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer

from tests.routes import Route

Json = dict[str, Any]


@cache
def document() -> Json:
    generated = SchemaGenerator().get_schema(request=None, public=True)
    return dict(json.loads(OpenApiJsonRenderer().render(generated, renderer_context={})))


def operation(route: Route) -> Json | None:
    """What the document says of a route; None for the few pages that are no doors."""
    path = re.sub(r"<str:(\w+)>", r"{\1}", route.path)
    found: Json | None = document()["paths"].get(path, {}).get(route.method.lower())
    return found


def resolved(schema: Json) -> Json:
    """The schema itself where it is a reference."""
    while "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        schema = document()["components"]["schemas"][name]
    if len(schema.get("allOf", [])) == 1:
        return resolved(schema["allOf"][0])
    if "oneOf" in schema or "anyOf" in schema:
        alternatives = schema.get("oneOf") or schema["anyOf"]
        return next((found for found in map(resolved, alternatives) if found.get("type") == "object"), schema)
    return schema


def body_schema(route: Route) -> Json | None:
    """The schema of the JSON body a route takes."""
    content = ((operation(route) or {}).get("requestBody") or {}).get("content", {})
    found: Json | None = content.get("application/json", {}).get("schema")
    return found


def documented_codes(route: Route, status: int) -> set[str]:
    """The problem codes that the document lists for a status of a route."""
    answer = (operation(route) or {}).get("responses", {}).get(str(status), {})
    schema = answer.get("content", {}).get("application/problem+json", {}).get("schema", {})
    return {
        code for part in schema.get("allOf", []) for code in part.get("properties", {}).get("code", {}).get("enum", [])
    }


# The document as clients were last promised it: today's may add to it and take nothing away.
PROMISED = Path(__file__).with_name("contract") / "openapi.json"


def without_examples(part: Any) -> Any:
    """The promise is the shapes; examples may change freely."""
    if isinstance(part, dict):
        return {name: without_examples(inner) for name, inner in part.items() if name not in ("example", "examples")}
    return [without_examples(inner) for inner in part] if isinstance(part, list) else part


if __name__ == "__main__":
    # After a release: `python -m tests.openapi` makes today's document the promise.
    import django

    django.setup()
    PROMISED.write_text(json.dumps(without_examples(document()), indent=1, sort_keys=True) + "\n")
