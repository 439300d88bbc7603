"""allauth's published spec of the routes at /v1/auth, as a part of our API document."""

import copy
import json
import re
from collections.abc import Iterable
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

import yaml
from allauth import headless
from allauth.headless.constants import Flow
from allauth.headless.spec.internal.schema import specify_signup_fields, specify_user
from django.urls import Resolver404, resolve

from shop import errors as common
from shop.accounts.auth import EmailTaken, methods_of
from shop.errors import DomainError
from shop.identity import CsrfFailed
from shop.storefronts.queries import HEADER, InvalidStorefrontKey

Json = dict[str, Any]
PUBLISHED = Path(headless.__file__).parent / "spec" / "doc" / "openapi.yaml"
CLIENTS = ("app", "browser")
SCHEMAS = "#/components/schemas/"
OURS = f"{SCHEMAS}Auth"
VERBS = {"get": "retrieve", "post": "create", "put": "update", "patch": "partial_update", "delete": "destroy"}
# What the layer around allauth answers.
ALWAYS = (common.Malformed, InvalidStorefrontKey, common.RateLimited, common.InternalError, common.Unavailable)
ON_CHANGE = (common.BodyTooLarge, common.UnsupportedMediaType)
TAKES_ADDRESS = ("auth/signup", "auth/email/verify", "account/email", "auth/provider/signup", "auth/provider/token")
# Successes that the published spec does not tell of.
LEFT_OUT = (
    ("/_allauth/{client}/v1/account/password/change", "post", "AuthenticatedByPassword"),
    ("/_allauth/{client}/v1/account/authenticators/recovery-codes", "post", "RecoveryCodes"),
)
STOREFRONT = {
    "name": HEADER, "in": "header", "schema": {"type": "string"},
    "description": "The storefront's publishable key; mails look like it and lead to its addresses.",
}  # fmt: skip
CSRF_TOKEN = {
    "name": "X-CSRFToken", "in": "header", "required": True, "schema": {"type": "string"},
    "description": "The `csrftoken` cookie, which any answer to a GET at `/v1/auth/browser` brings.",
}  # fmt: skip


def add_sign_in(result: Json, generator: Any, request: Any, public: bool) -> Json:
    """Postprocessing hook: the routes that are served, for both clients, and their shapes as `Auth...`."""
    part = copy.deepcopy(_part())
    result["paths"].update(part["paths"])
    result["components"]["schemas"].update(part["schemas"])
    return result


@cache
def _part() -> Json:
    spec = yaml.safe_load(PUBLISHED.read_bytes())
    specify_user(spec)
    specify_signup_fields(spec)
    _mend(spec)
    paths: Json = {}
    for template, operations in spec["paths"].items():
        for client in CLIENTS:
            path = template.replace("/_allauth", "/v1/auth").replace("{client}", client)
            served = _verbs_served(path)
            for verb, operation in operations.items():
                if verb in served:
                    ours = _operation(path, verb, client, _translated(operation, spec["components"]))
                    paths.setdefault(path, {})[verb] = ours
    schemas = _translated(spec["components"]["schemas"], spec["components"])
    return {"paths": paths, "schemas": _in_use(paths, {f"Auth{name}": schema for name, schema in schemas.items()})}


def _mend(spec: Json) -> None:
    """Where the published spec says less than allauth answers, or more than it takes here."""
    schemas = spec["components"]["schemas"]
    schemas["Flow"]["properties"]["id"]["enum"] = [flow.value for flow in Flow]
    # Null where the session has gone.
    schemas["AuthenticationMeta"]["allOf"][1]["properties"]["is_authenticated"]["nullable"] = True
    # Shown once: later answers say only how many there are.
    recovery = schemas["SensitiveRecoveryCodesAuthenticator"]["allOf"][1]
    recovery.pop("required")
    # It is told of a first sign-in as well.
    for way in schemas["AuthenticationMethod"]["oneOf"]:
        if way["properties"]["method"]["enum"] == ["socialaccount"]:
            way["required"].remove("reauthenticated")
    # One signs in by mail address, neither by name nor by telephone.
    login = schemas["Login"]["allOf"]
    login[1] = next(way for way in login[1]["anyOf"] if way["required"] == ["email"])
    for template, verb, answer in LEFT_OUT:
        spec["paths"][template][verb]["responses"]["200"] = {"$ref": f"#/components/responses/{answer}"}


def _verbs_served(path: str) -> set[str]:
    try:
        return {method.lower() for method in methods_of(resolve(path).func)}
    except Resolver404:
        return set()


def _translated(part: Any, components: Json) -> Any:
    """OpenAPI 3.1 without `nullable`; what is referred to stands in place, but for the shapes, which are `Auth...`."""
    if isinstance(part, list):
        return [_translated(inner, components) for inner in part]
    if not isinstance(part, dict):
        return part
    if part.get("nullable"):
        bare = {name: inner for name, inner in part.items() if name != "nullable"}
        return {"anyOf": [_translated(bare, components), {"type": "null"}]}
    reference = str(part.get("$ref", ""))
    if reference.startswith(SCHEMAS):
        return {"$ref": reference.replace(SCHEMAS, OURS)}
    if reference:
        _, _, kind, name = reference.split("/")
        return _translated(components[kind][name], components)
    # Its examples are of another shop's settings and users; and of its alternatives often more than one fits.
    kept = {name: inner for name, inner in part.items() if name not in ("example", "examples")}
    return {"anyOf" if name == "oneOf" else name: _translated(inner, components) for name, inner in kept.items()}


def _operation(path: str, verb: str, client: str, operation: Json) -> Json:
    route = path.partition("/v1/auth/")[2].partition("/v1/")[2]
    words = re.sub(r"[/-]", "_", route.replace("2fa", "second_factor"))
    parameters = [each for each in operation.get("parameters", []) if each["name"] != "client"]
    errors: list[type[DomainError]] = [*ALWAYS]
    if verb != "get":
        errors += ON_CHANGE
    if verb != "get" and route in TAKES_ADDRESS:
        errors.append(EmailTaken)
    if client == "browser":
        parameters = [each for each in parameters if each["name"] != "X-Session-Token"]
        if verb != "get":
            parameters.append(CSRF_TOKEN)
            errors.append(CsrfFailed)
    return {
        **operation,
        "operationId": f"auth_{client}_{words}_{VERBS[verb]}",
        "description": operation.get("description") or operation["summary"],
        "tags": ["sign-in"],
        "parameters": [*parameters, STOREFRONT],
        "responses": _responses(operation["responses"], client, "requestBody" in operation, errors),
    }


def _responses(given: Json, client: str, takes_body: bool, errors: Iterable[type[DomainError]]) -> Json:
    """allauth's answers, those that its spec leaves out, and the problems."""
    responses = {**given}
    responses["401"] = _answer(
        "Not signed in, a step still missing, or too long ago for this.",
        "AuthenticationResponse",
        "ReauthenticationResponse",
    )
    if client == "app":
        gone = _answer("The session token is unknown, or its session has ended.", "SessionGoneResponse")
        responses.setdefault("410", gone)
    if takes_body:
        responses.setdefault("400", _answer("Some values were refused.", "ErrorResponse"))
    for error in errors:
        answer = responses.setdefault(str(int(error.status)), {"description": HTTPStatus(error.status).phrase})
        if error is common.RateLimited:
            # Ours only.
            answer["content"] = {}
        if error.status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
            answer["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
        answer.setdefault("content", {})["application/problem+json"] = {
            "schema": {
                "allOf": [
                    {"$ref": f"{SCHEMAS}ProblemOutput"},
                    {"type": "object", "properties": {"code": {"enum": [error.code]}}},
                ]
            }
        }
    return responses


def _answer(description: str, *shapes: str) -> Json:
    schema: Json = {"anyOf": [{"$ref": f"{OURS}{shape}"} for shape in shapes]}
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _in_use(paths: Json, schemas: Json) -> Json:
    """The shapes that the paths refer to, and those that these refer to."""
    found: Json = {}
    left = [json.dumps(paths)]
    while left:
        for name in set(re.findall(rf'"{SCHEMAS}(Auth\w+)"', left.pop())) - found.keys():
            found[name] = schemas[name]
            left.append(json.dumps(schemas[name]))
    return found
