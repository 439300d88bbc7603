"""What would break a client between two OpenAPI documents. Within v1 there are only additions."""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
METHODS = ("get", "head", "post", "put", "patch", "delete")
# What a shape may have: the first set may only rise in an answer and fall in a request, the second the other way.
LOWER_BOUNDS = ("minLength", "minimum", "exclusiveMinimum", "minItems")
UPPER_BOUNDS = ("maxLength", "maximum", "exclusiveMaximum", "maxItems")


def breaking_changes(old: Json, new: Json) -> list[str]:
    """Each in words, beginning with where it is; empty when the new document only adds."""
    return list(_Comparison(old, new).changes())


class _Comparison:
    def __init__(self, old: Json, new: Json) -> None:
        self.old = old
        self.new = new
        self._open: set[tuple[str, str, bool]] = set()

    def changes(self) -> Iterator[str]:
        for path, methods in self.old["paths"].items():
            for method in METHODS:
                if method in methods:
                    where = f"{method.upper()} {path}"
                    now = self.new["paths"].get(path, {}).get(method)
                    yield from self._operation(where, methods[method], now) if now else [f"{where}: is gone"]

    def _operation(self, where: str, old: Json, new: Json) -> Iterator[str]:
        if old["operationId"] != new["operationId"]:
            yield f"{where}: operationId was {old['operationId']}"
        yield from self._parameters(where, old.get("parameters", []), new.get("parameters", []))
        yield from self._request(where, old.get("requestBody"), new.get("requestBody"))
        for status, answer in old["responses"].items():
            if status not in new["responses"]:
                yield f"{where}: answer {status} is gone"
            else:
                yield from self._answer(f"{where} {status}", answer, new["responses"][status])

    def _parameters(self, where: str, old: list[Json], new: list[Json]) -> Iterator[str]:
        before = {(each["in"], each["name"]): each for each in old}
        after = {(each["in"], each["name"]): each for each in new}
        for key, parameter in after.items():
            if parameter.get("required") and not before.get(key, {}).get("required"):
                yield f"{where}: {key[0]} parameter {key[1]} has become required"
        for key, parameter in before.items():
            name = f"{where}: {key[0]} parameter {key[1]}"
            if key not in after:
                yield f"{name} is gone"
            else:
                yield from self._shape(name, parameter["schema"], after[key]["schema"], answered=False)

    def _request(self, where: str, old: Json | None, new: Json | None) -> Iterator[str]:
        if new and new.get("required") and not (old and old.get("required")):
            yield f"{where}: the body has become required"
        if old and not new:
            yield f"{where}: the body is gone"
        elif old and new:
            yield from self._content(f"{where}: body", old, new, answered=False)

    def _answer(self, where: str, old: Json, new: Json) -> Iterator[str]:
        for name in old.get("headers", {}):
            if name not in new.get("headers", {}):
                yield f"{where}: header {name} is gone"
        yield from self._content(where, old, new, answered=True)

    def _content(self, where: str, old: Json, new: Json, *, answered: bool) -> Iterator[str]:
        for kind, content in old.get("content", {}).items():
            now = new.get("content", {}).get(kind)
            if now is None:
                yield f"{where}: {kind} is gone"
            else:
                yield from self._shape(where, content.get("schema", {}), now.get("schema", {}), answered=answered)

    def _shape(self, where: str, old: Json, new: Json, *, answered: bool) -> Iterator[str]:
        pair = (str(old.get("$ref", id(old))), str(new.get("$ref", id(new))), answered)
        if pair in self._open:
            return
        self._open.add(pair)
        before, after = _merged(self.old, old), _merged(self.new, new)
        yield from _types(where, before, after, answered=answered)
        yield from _values(where, before, after, answered=answered)
        if not answered:
            yield from _bounds(where, before, after)
        yield from self._properties(where, before, after, answered=answered)
        for inner in ("items", "additionalProperties"):
            if isinstance(before.get(inner), dict) and isinstance(after.get(inner), dict):
                yield from self._shape(f"{where}[]", before[inner], after[inner], answered=answered)
        self._open.remove(pair)

    def _properties(self, where: str, old: Json, new: Json, *, answered: bool) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        required_before, required_after = set(old.get("required", [])), set(new.get("required", []))
        if answered:
            lost = (required_before - required_after) & after.keys()
            yield from (f"{where}.{name}: is not always there any more" for name in sorted(lost))
        else:
            wanted = sorted(required_after - required_before)
            yield from (f"{where}.{name}: has become required" for name in wanted)
        for name, inner in before.items():
            if name not in after:
                yield f"{where}.{name}: is gone"
            else:
                yield from self._shape(f"{where}.{name}", inner, after[name], answered=answered)


def _merged(document: Json, schema: Json) -> Json:
    """One flat shape: references followed, `allOf` joined, `oneOf` and `anyOf` united."""
    if "$ref" in schema:
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        name = schema["$ref"].rpartition("/")[2]
        return _merged(document, {"allOf": [document["components"]["schemas"][name], beside]} if beside else
                       document["components"]["schemas"][name])  # fmt: skip
    shape = {key: value for key, value in schema.items() if key not in ("allOf", "oneOf", "anyOf")}
    for part in schema.get("allOf", []):
        shape = _joined(shape, _merged(document, part))
    alternatives = [_merged(document, part) for part in schema.get("oneOf", schema.get("anyOf", []))]
    if alternatives:
        shape = _joined(shape, _united(alternatives))
    return shape


def _joined(first: Json, second: Json) -> Json:
    joined = {**first, **second}
    joined["properties"] = {**first.get("properties", {}), **second.get("properties", {})}
    joined["required"] = sorted({*first.get("required", []), *second.get("required", [])})
    return joined


def _united(alternatives: list[Json]) -> Json:
    united: Json = {"type": sorted({name for each in alternatives for name in _type_names(each)})}
    for each in alternatives:
        united = _joined({**each, **united}, {}) if "properties" in each else united
    if all("enum" in each or _type_names(each) == {"null"} for each in alternatives):
        united["enum"] = [value for each in alternatives for value in each.get("enum", [None])]
    return united


def _type_names(shape: Json) -> set[str]:
    given = shape.get("type", [])
    names = {given} if isinstance(given, str) else set(given)
    return names | ({"null"} if None in shape.get("enum", []) else set())


def _types(where: str, old: Json, new: Json, *, answered: bool) -> Iterator[str]:
    before, after = _type_names(old), _type_names(new)
    worse = after - before if answered else before - after
    if before and after and worse:
        yield f"{where}: was {'/'.join(sorted(before))}, is {'/'.join(sorted(after))}"
    if answered and old.get("format") != new.get("format"):
        yield f"{where}: format was {old.get('format')}, is {new.get('format')}"


def _values(where: str, old: Json, new: Json, *, answered: bool) -> Iterator[str]:
    """A client may send each value it could send before. In answers new ones may come, old ones may not vanish."""
    gone = [value for value in old.get("enum", []) if "enum" in new and value not in new["enum"]]
    if gone:
        yield f"{where}: {gone} is gone"
    if "enum" in new and "enum" not in old and not answered:
        yield f"{where}: has become a choice"


def _bounds(where: str, old: Json, new: Json) -> Iterator[str]:
    for name in LOWER_BOUNDS:
        if name in new and new[name] > old.get(name, 0 if name in ("minLength", "minItems") else float("-inf")):
            yield f"{where}: {name} was {old.get(name)}, is {new[name]}"
    for name in UPPER_BOUNDS:
        if name in new and new[name] < old.get(name, float("inf")):
            yield f"{where}: {name} was {old.get(name)}, is {new[name]}"
    if new.get("pattern") not in (None, old.get("pattern")):
        yield f"{where}: pattern was {old.get('pattern')}, is {new['pattern']}"
