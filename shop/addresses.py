"""A postal address: its shape at every door that takes or shows one, and what it must have beyond its shape."""

import re
from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from shop.errors import FieldError
from shop.inputs import Line, Pattern, StrictSerializer

PHONE_HINT = "Give a phone number such as +1 503 555 0100."
PHONE = r"^\+?[0-9 ().-]{5,31}$"
# 50 states, DC, the territories, and the military's three (APO/FPO/DPO, served by USPS only).
US_STATES = frozenset({
    "AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "FL", "GA", "HI", "ID", "IL", "IN", "IA", "KS", "KY", "LA",
    "ME", "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM", "NY", "NC", "ND", "OH", "OK",
    "OR", "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VT", "VA", "WA", "WV", "WI", "WY", "DC", "PR", "GU", "VI",
    "AS", "MP", "AA", "AE", "AP",
})  # fmt: skip
US_ZIP = re.compile(r"[0-9]{5}(-[0-9]{4})?")


class AddressInput(StrictSerializer):
    first_name = Line(max_length=100)
    last_name = Line(max_length=100)
    company = Line(max_length=100, allow_blank=True, required=False)
    line1 = Line(max_length=100)
    line2 = Line(max_length=100, allow_blank=True, required=False)
    city = Line(max_length=100)
    state = Line(max_length=50, allow_blank=True, required=False)
    postal_code = Line(max_length=16, allow_blank=True, required=False)
    country = Pattern(r"^[A-Z]{2}\Z", hint="Give a two-letter ISO 3166 country code in capitals, such as US.")
    phone = Pattern(PHONE, hint=PHONE_HINT, allow_blank=True, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return {**dict.fromkeys(FIELDS, ""), **attrs}


class AddressOutput(serializers.Serializer[Any]):
    first_name = serializers.CharField()
    last_name = serializers.CharField()
    company = serializers.CharField(allow_blank=True)
    line1 = serializers.CharField()
    line2 = serializers.CharField(allow_blank=True)
    city = serializers.CharField()
    state = serializers.CharField(allow_blank=True)
    postal_code = serializers.CharField(allow_blank=True)
    country = serializers.CharField()
    phone = serializers.CharField(allow_blank=True)


FIELDS = (
    "first_name", "last_name", "company", "line1", "line2", "city", "state", "postal_code", "country", "phone",
)  # fmt: skip
# Where a sale took place is a fact of its tax, who bought is not.
KEPT_FOR_TAX = ("city", "state", "postal_code", "country")


def place_errors(address: Mapping[str, str]) -> list[FieldError]:
    """What is wrong with the place beyond its shape: in the United States a mail carrier needs state and ZIP."""
    if address["country"] != "US":
        return []
    errors = []
    if address["state"] not in US_STATES:
        errors.append(address_error("state", "unknown_state", "Give the two-letter code of a state or territory."))
    if not US_ZIP.fullmatch(address["postal_code"]):
        hint = "Give a ZIP code such as 97201 or 97201-1234."
        errors.append(address_error("postal_code", "invalid_postal_code", hint))
    return errors


def address_error(field: str, code: str, message: str) -> FieldError:
    return {"field": field, "code": code, "message": message}


def without_person(address: Mapping[str, str]) -> dict[str, str]:
    """The address as tax law needs it: where, not who."""
    return {name: address.get(name, "") if name in KEPT_FOR_TAX else "" for name in FIELDS}
