"""Strict input: what a door does not know it refuses by name."""

import re
from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.fields import empty

# No docstrings on these two: the API document would repeat them on each of their shapes.


# A shape that refuses unknown fields, naming each of them.
class StrictSerializer(serializers.Serializer[Any]):
    def run_validation(self, data: Any = empty) -> Any:
        try:
            value = super().run_validation(data)
        except serializers.ValidationError as error:
            unknown = self._unknown(data)
            if unknown and isinstance(error.detail, dict):
                raise serializers.ValidationError({**error.detail, **unknown}) from error
            raise
        if unknown := self._unknown(data):
            raise serializers.ValidationError(unknown)
        return value

    def _unknown(self, data: Any) -> dict[str, list[Any]]:
        if not isinstance(data, Mapping):
            return {}
        message = serializers.ErrorDetail("There is no such field here.", "unknown_field")
        return {str(name): [message] for name in data.keys() - self.fields.keys()}


DIGITS = re.compile(r"-?[0-9]{1,20}")


class Text(serializers.CharField):
    """A string and nothing else: DRF would take the number 0 for one."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class Pattern(Text, serializers.RegexField):
    """A string of one form; `hint` says what would be right."""

    def __init__(self, regex: str, *, hint: str, **options: Any) -> None:
        super().__init__(regex, error_messages={"invalid": hint}, help_text=hint, **options)


class WholeNumber(serializers.IntegerField):
    """A JSON integer: neither "2" nor 2.0 nor true. In a query it comes as digits."""

    def to_internal_value(self, data: Any) -> int:
        from_query = isinstance(data, str) and getattr(self.root, "is_query", False)
        if from_query and not DIGITS.fullmatch(data):
            self.fail("invalid")
        if not from_query and (isinstance(data, bool) or not isinstance(data, int)):
            self.fail("invalid")
        return int(super().to_internal_value(data))


# The query of a GET; each parameter once.
class QueryInput(StrictSerializer):
    is_query = True


def read_query(shape: type[QueryInput], query: Any) -> dict[str, Any]:
    """The validated query parameters. Raises DRF's ValidationError."""
    twice = {name: ["Give this parameter once."] for name, values in query.lists() if len(values) > 1}
    if twice:
        raise serializers.ValidationError(twice)
    checked = shape(data=query.dict())
    checked.is_valid(raise_exception=True)
    return dict(checked.validated_data)


def read_body(shape: type[StrictSerializer], data: Any) -> dict[str, Any]:
    """The validated body. Raises DRF's ValidationError."""
    checked = shape(data=data)
    checked.is_valid(raise_exception=True)
    return dict(checked.validated_data)
