"""Strict input: what a door does not know it refuses by name."""

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any, NoReturn

from django.core.validators import EmailValidator
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty

from shop.mail.addresses import is_mail_address

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
NUMBER = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?")
# What turns the direction of writing around, so that what is read is not what is there ("Trojan Source",
# CVE-2021-42574); not the plain marks of direction (U+200E, U+200F), which people who write Hebrew or Arabic type.
DIRECTIONS = r"\u202a-\u202e\u2066-\u206f"
# Without width, so that two names look alike; not the joiners of other scripts and of emoji (U+200C, U+200D).
FILLERS = r"\u00ad\u180e\u200b\u2060-\u2065\ufeff"
CONTROLS = re.compile(rf"[\x00-\x1f\x7f-\x9f\u2028\u2029{DIRECTIONS}{FILLERS}]")
CONTROLS_BUT_BREAKS = re.compile(rf"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{DIRECTIONS}]")


class Text(serializers.CharField):
    """A string and nothing else: DRF would take the number 0 for one. It may have line breaks and tabs.

    No other control characters, and no marks that turn the direction of writing around.
    """

    refused = CONTROLS_BUT_BREAKS
    default_error_messages = {
        "control_character": "There are control characters, or marks that turn the writing around, in it."
    }

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        text = str(super().to_internal_value(data))
        # As it was sent, too: what is trimmed off as blank may be a control character.
        if self.refused.search(text) or CONTROLS_BUT_BREAKS.search(data):
            self.fail("control_character")
        return text


class Line(Text):
    """A string of one line: no line breaks, no tabs, no other control characters, nothing that is not seen."""

    refused = CONTROLS
    default_error_messages = {
        "control_character": "There are control characters, invisible marks or line breaks in it."
    }


class Paragraphs(Text):
    """A text of several lines."""


class DecimalText(Text):
    """A decimal number in a string, such as "12.5": never a float. The value is a Decimal."""

    default_error_messages = {"invalid": 'Give a decimal number in a string, such as "12.5".'}

    def __init__(
        self, *, max_digits: int, decimal_places: int, min_value: Decimal, max_value: Decimal, **options: Any
    ) -> None:
        super().__init__(**options)
        self._number = serializers.DecimalField(
            max_digits=max_digits, decimal_places=decimal_places, min_value=min_value, max_value=max_value
        )

    def to_internal_value(self, data: Any) -> Any:
        text = super().to_internal_value(data)
        if not NUMBER.fullmatch(text):
            self.fail("invalid")
        return self._number.run_validation(text)


class Pattern(Text, serializers.RegexField):
    """A string of one form; `hint` says what would be right."""

    def __init__(self, regex: str, *, hint: str, **options: Any) -> None:
        super().__init__(regex, error_messages={"invalid": hint}, help_text=hint, **options)


# An address of today's length, and a string: DRF would take a number for one.
def reachable(email: str) -> None:
    if not is_mail_address(email):
        raise serializers.ValidationError("No mail can go to this address.", code="invalid")


# Django's own field takes line separators and invisible characters, too.
class Email(serializers.EmailField):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        others = [check for check in self.validators if not isinstance(check, EmailValidator)]
        self.validators = [*others, reachable]

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


# Said by hand: the document's generator calls it an address and nothing else.
@extend_schema_field({"anyOf": [{"type": "string", "format": "email"}, {"type": "string", "maxLength": 0}]})
class EmailOrBlank(Email):
    """A mail address, or an empty string for none."""


class WholeNumber(serializers.IntegerField):
    """A JSON integer: neither "2" nor 2.0 nor true. In a query it comes as digits."""

    def to_internal_value(self, data: Any) -> int:
        from_query = isinstance(data, str) and getattr(self.root, "is_query", False)
        if from_query and not DIGITS.fullmatch(data):
            self.fail("invalid")
        if not from_query and (isinstance(data, bool) or not isinstance(data, int)):
            self.fail("invalid")
        return int(super().to_internal_value(data))


MOMENT = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)", re.ASCII)


# A moment of this century, with its offset: without one nobody knows when it is.
class Moment(serializers.DateTimeField):
    default_error_messages = {"invalid": "Give a moment as in RFC 3339, such as 2026-12-01T00:00:00Z."}

    def to_internal_value(self, value: Any) -> Any:
        if not isinstance(value, str) or not MOMENT.fullmatch(value):
            self.fail("invalid")
        return super().to_internal_value(value)


class Choice(serializers.ChoiceField):
    """One of a few words; who gives another is told which there are."""

    default_error_messages = {"invalid_choice": "Give one of: {choices}."}

    def fail(self, key: str, **values: Any) -> NoReturn:
        super().fail(key, choices=", ".join(map(str, self.choices)), **values)


class Flag(serializers.BooleanField):
    """A JSON true or false: neither "true" nor 1."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class MoneyInput(StrictSerializer):
    amount = Text(max_length=16, help_text='A decimal string, e.g. "200.00".')
    currency = Pattern(r"^[A-Z]{3}\Z", hint="Give a currency code in capitals, such as USD (ISO 4217).")

    def validate_amount(self, value: str) -> Any:
        return serializers.DecimalField(max_digits=12, decimal_places=2, min_value=0).run_validation(value)


# The query of a GET; each parameter once.
class QueryInput(StrictSerializer):
    is_query = True


def read_query(shape: type[QueryInput], query: Any) -> dict[str, Any]:
    """The validated query parameters. Raises DRF's ValidationError."""
    twice = {name: ["Give this parameter once."] for name, values in query.lists() if len(values) > 1}
    if twice:
        raise serializers.ValidationError(twice)
    return read_body(shape, query.dict())


def read_body(shape: type[StrictSerializer], data: Any) -> dict[str, Any]:
    """The validated body. Raises DRF's ValidationError."""
    return dict(_reader(shape).run_validation(data))


@cache
def _reader(shape: type[StrictSerializer]) -> StrictSerializer:
    """One for all requests: a new one would copy all its fields first, and validation leaves nothing behind in it."""
    return shape()
