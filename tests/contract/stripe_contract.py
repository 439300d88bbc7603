"""Derive the request schemas of the local Stripe from the installed Stripe SDK.

    python -m tests.contract.stripe_contract            writes shop/local_stripe/contract.json

The SDK carries a TypedDict for the parameters of every call. Reading those, instead of writing the parameters
down by hand, makes the local Stripe refuse what the pinned API version refuses; after an SDK update a test
shows the difference.
"""

import ast
import importlib
import json
import re
import sys
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import stripe
from stripe._api_version import _ApiVersion
from stripe._request_options import RequestOptions

TARGET = Path(__file__).resolve().parents[2] / "shop" / "local_stripe" / "contract.json"

NEEDED = frozenset(
    """
    POST /v1/customers
    GET /v1/customers
    GET /v1/customers/{customer}
    POST /v1/customers/{customer}
    DELETE /v1/customers/{customer}
    POST /v1/payment_intents
    GET /v1/payment_intents
    GET /v1/payment_intents/search
    GET /v1/payment_intents/{intent}
    POST /v1/payment_intents/{intent}
    POST /v1/payment_intents/{intent}/confirm
    POST /v1/payment_intents/{intent}/capture
    POST /v1/payment_intents/{intent}/cancel
    GET /v1/payment_methods/{payment_method}
    GET /v1/charges
    GET /v1/charges/{charge}
    POST /v1/charges/{charge}
    POST /v1/refunds
    GET /v1/refunds
    GET /v1/refunds/{refund}
    POST /v1/refunds/{refund}
    POST /v1/refunds/{refund}/cancel
    POST /v1/transfers
    GET /v1/transfers
    GET /v1/transfers/{transfer}
    POST /v1/transfers/{transfer}
    POST /v1/transfers/{id}/reversals
    GET /v1/transfers/{id}/reversals
    GET /v1/transfers/{transfer}/reversals/{id}
    POST /v1/transfers/{transfer}/reversals/{id}
    POST /v1/accounts
    GET /v1/accounts
    GET /v1/accounts/{account}
    POST /v1/accounts/{account}
    POST /v1/account_links
    GET /v1/balance_transactions
    GET /v1/balance_transactions/{id}
    GET /v1/disputes
    GET /v1/disputes/{dispute}
    POST /v1/disputes/{dispute}
    POST /v1/disputes/{dispute}/close
    GET /v1/events
    GET /v1/events/{id}
    """.strip()
    .replace("    ", "")
    .splitlines()
)

# Huge sub-objects of which we would only ever send these keys: any other key is refused.
KEEP = {
    "payment_method_options": {"card"},
    "payment_method_data": {"type", "billing_details", "metadata"},
}

REQUEST_OPTIONS = frozenset(RequestOptions.__annotations__)
SCALARS = {int: "integer", bool: "boolean", float: "number"}

Schema = dict[str, Any]


class ContractError(Exception):
    """The SDK does not look the way this generator reads it."""


def contract() -> Schema:
    """Return the contract of every needed operation, as the installed SDK has it."""
    operations: dict[str, Schema] = {}
    for path in sorted(Path(stripe.__file__).parent.rglob("*_service.py")):
        operations.update(_operations(ast.parse(path.read_text())))
    missing = NEEDED - operations.keys()
    if missing:
        raise ContractError(f"the SDK has no {', '.join(sorted(missing))}")
    return {
        "api_version": _ApiVersion.CURRENT,
        "sdk": f"stripe-python {stripe.VERSION}",
        "operations": operations,
    }


def rendered() -> str:
    """Return contract.json as text, sorted, with one operation per line so that a change can be read."""
    whole = contract()
    operations = whole.pop("operations")
    lines = [f"{json.dumps(name)}:{_compact(operations[name])}" for name in sorted(operations)]
    return _compact(whole)[:-1] + ',"operations":{\n' + ",\n".join(lines) + "\n}}\n"


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def _operations(module: ast.Module) -> Iterator[tuple[str, Schema]]:
    imports = {
        name.name: node.module
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom) and node.module
        for name in node.names
    }
    for function in ast.walk(module):
        if isinstance(function, ast.FunctionDef):
            for name in _requests(function):
                if name in NEEDED:
                    yield name, _parameters(function, imports)


def _requests(function: ast.FunctionDef) -> Iterator[str]:
    """Yield "VERB /path" of each request that a method of a service sends."""
    for call in ast.walk(function):
        if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "_request":
            verb, path = call.args[:2]
            # A path with ids is written "/v1/x/{id}".format(...).
            text = path if isinstance(path, ast.Constant) else path.func.value  # type: ignore[attr-defined]
            yield f"{verb.value.upper()} {text.value!s}"  # type: ignore[attr-defined]


def _parameters(function: ast.FunctionDef, imports: dict[str, str]) -> Schema:
    for argument in function.args.args:
        if argument.arg == "params" and argument.annotation:
            found = re.search(r"\w+Params", ast.unparse(argument.annotation))
            if found:
                return _typed_dict(getattr(importlib.import_module(imports[found[0]]), found[0]))
    return {"type": "object", "properties": {}}


def _typed_dict(cls: Any) -> Schema:
    namespace = {"UntypedStripeObject": dict, **vars(sys.modules[cls.__module__])}
    properties, required = {}, []
    for name, annotation in cls.__annotations__.items():
        if name in REQUEST_OPTIONS:
            continue
        text = annotation.__forward_arg__ if isinstance(annotation, typing.ForwardRef) else str(annotation)
        key = name.rstrip("_")  # the SDK writes "from_" where "from" is a Python word
        if "NotRequired" not in text:
            required.append(key)
        properties[key] = _pruned(key, _schema(annotation, namespace))
    schema: Schema = {"type": "object", "properties": properties}
    return {**schema, "required": sorted(required)} if required else schema


def _pruned(key: str, schema: Schema) -> Schema:
    if key in KEEP:
        for part in schema.get("anyOf", [schema]):
            if "properties" in part:
                part["properties"] = {k: v for k, v in part["properties"].items() if k in KEEP[key]}
    return schema


def _schema(annotation: Any, namespace: dict[str, Any]) -> Schema:
    if isinstance(annotation, typing.ForwardRef):
        annotation = annotation.__forward_arg__
    if isinstance(annotation, str):
        annotation = eval(annotation, namespace)  # annotations of the installed SDK
    if isinstance(annotation, typing.ForwardRef):
        return _schema(annotation, namespace)
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    # typing and typing_extensions each have their own NotRequired.
    if getattr(origin, "_name", "") in ("Required", "NotRequired"):
        return _schema(arguments[0], namespace)
    if origin is typing.Literal:
        return {"enum": [str(value).lower() if isinstance(value, bool) else value for value in arguments]}
    if origin in (typing.Union, types.UnionType):
        return _union(arguments, namespace)
    if origin is list:
        return {"type": "array", "items": _schema(arguments[0], namespace)}
    if origin is dict or annotation is dict:
        return {"type": "object"}
    if isinstance(annotation, type) and issubclass(annotation, dict):
        return _typed_dict(annotation)
    return {"type": SCALARS.get(annotation, "string")}


def _union(arguments: tuple[Any, ...], namespace: dict[str, Any]) -> Schema:
    parts = [
        _schema(part, namespace)
        for part in arguments
        if part is not type(None) and "UntypedStripeObject" not in str(part)
    ]
    if any(part.get("enum", [""]) != [""] for part in parts):
        # Literal[...] | str is the SDK's open enum. Stripe itself takes only the listed values.
        parts = [part for part in parts if part != {"type": "string"}]
    return parts[0] if len(parts) == 1 else {"anyOf": parts}


if __name__ == "__main__":
    TARGET.write_text(rendered())
    print(f"{TARGET}: {len(contract()['operations'])} operations, {TARGET.stat().st_size // 1024} KiB")
