"""Checks a request's parameters against contract.json, which is derived from the installed SDK."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from shop.local_stripe.errors import Json, StripeError

LONGEST_TEXT = 5000
DEEPEST = 8

_CONTRACT = json.loads((Path(__file__).parent / "contract.json").read_text())

API_VERSION: str = _CONTRACT["api_version"]
OPERATIONS: Json = _CONTRACT["operations"]


def decode_form(text: str) -> Json:
    """Turn a[b][0]=c into {"a": {"b": {"0": "c"}}}; a[]=c counts upward by itself."""
    decoded: Json = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        head, *rest = [re.match(r"[^\[]*", name)[0], *re.findall(r"\[([^\]]*)\]", name)]  # type: ignore[index]
        if not head or len(rest) >= DEEPEST:
            raise StripeError(f"Invalid parameter name: {name[:100]}", param=name[:100])
        _put(decoded, [head, *rest], value, name)
    return decoded


def _put(target: Json, path: list[str], value: str, name: str) -> None:
    for part in path[:-1]:
        target = target.setdefault(part or str(len(target)), {})
        if not isinstance(target, dict):
            raise StripeError(f"Invalid hash: {name[:100]}", code="parameter_invalid_hash", param=name[:100])
    target[path[-1] or str(len(target))] = value


def checked(operation: str, params: Json) -> Json:
    """Return the parameters with their types, or raise Stripe's error for the first that is wrong."""
    result: Json = _check(params, OPERATIONS[operation], "")
    return result


def _check(value: Any, schema: Json, name: str) -> Any:
    if "anyOf" in schema:
        return _check_any(value, schema["anyOf"], name)
    if "enum" in schema:
        return _check_enum(value, schema["enum"], name)
    return _CHECKS[schema["type"]](value, schema, name)


def _check_any(value: Any, schemas: list[Json], name: str) -> Any:
    errors = []
    # A text matches nearly everything, so it comes last.
    for schema in sorted(schemas, key=lambda schema: schema.get("type") == "string"):
        try:
            return _check(value, schema, name)
        except StripeError as error:
            errors.append(error)
    # The error that got furthest into the value is the one that explains most.
    raise max(errors, key=lambda error: error.error.get("param", "").count("["))


def _check_enum(value: Any, allowed: list[Any], name: str) -> Any:
    for candidate in allowed:
        if value == str(candidate):
            return candidate
    if value == "" or not isinstance(value, str):
        raise _invalid("string", name, value)
    listed = ", ".join(str(candidate) for candidate in allowed[:12])
    raise StripeError(f"Invalid {name}: must be one of {listed}", code="parameter_invalid_enum", param=name)


def _check_object(value: Any, schema: Json, name: str) -> Json:
    if value == "" and "properties" not in schema:
        return {}
    if not isinstance(value, dict):
        raise _invalid("hash", name, value)
    if "properties" not in schema:
        return value
    properties = schema["properties"]
    for key in value:
        if key not in properties:
            inner = _inner(name, key)
            raise StripeError(f"Received unknown parameter: {inner}", code="parameter_unknown", param=inner)
    for key in schema.get("required", []):
        if key not in value:
            inner = _inner(name, key)
            raise StripeError(f"Missing required param: {inner}.", code="parameter_missing", param=inner)
    return {key: _check(part, properties[key], _inner(name, key)) for key, part in value.items()}


def _inner(name: str, key: str) -> str:
    return f"{name}[{key}]" if name else key


def _check_array(value: Any, schema: Json, name: str) -> list[Any]:
    if value == "":
        return []
    if not isinstance(value, dict) or not all(re.fullmatch("[0-9]{1,6}", key) for key in value):
        raise _invalid("array", name, value)
    keys = sorted(value, key=int)
    return [_check(value[key], schema["items"], f"{name}[{key}]") for key in keys]


def _check_text(value: Any, schema: Json, name: str) -> str:
    if not isinstance(value, str):
        raise _invalid("string", name, value)
    if len(value) > LONGEST_TEXT:
        raise StripeError(
            f"Invalid string: {name} must be at most {LONGEST_TEXT} characters",
            code="parameter_invalid_string_too_long",
            param=name,
        )
    return value


def _check_integer(value: Any, schema: Json, name: str) -> int:
    if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]{1,18}", value):
        raise _invalid("integer", name, value)
    return int(value)


def _check_number(value: Any, schema: Json, name: str) -> float:
    if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", value):
        raise _invalid("decimal", name, value)
    return float(value)


def _check_boolean(value: Any, schema: Json, name: str) -> bool:
    if value not in ("true", "false"):
        raise _invalid("boolean", name, value)
    return bool(value == "true")


def _invalid(what: str, name: str, value: Any) -> StripeError:
    if value == "":
        return StripeError(
            f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset a "
            f"parameter; however '{name}' cannot be unset.",
            code="parameter_invalid_empty",
            param=name,
        )
    shown = value[:100] if isinstance(value, str) else json.dumps(value)[:100]
    return StripeError(f"Invalid {what}: {shown}", code=f"parameter_invalid_{what}", param=name)


_CHECKS = {
    "object": _check_object,
    "array": _check_array,
    "string": _check_text,
    "integer": _check_integer,
    "number": _check_number,
    "boolean": _check_boolean,
}
