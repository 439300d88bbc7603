"""What a maker offers of a piece to be asked for: shape only, `rules.option_problems` judges the rest."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from catalog.catalogue.inputs import PriceInput
from catalog.catalogue.rules import MAX_LEAD_TIME_DAYS
from catalog.personalization.rules import (
    CHARACTERS,
    KINDS,
    MAX_CHOICES,
    MAX_TEXT,
    PERCENT,
    PRICE_KINDS,
    SCRIPTS,
    UNITS,
)
from shop.inputs import Choice, DecimalText, Flag, Line, Pattern, StrictSerializer, WholeNumber

MAX_DAYS = 3_650
MAX_FONTS = 50


def _size() -> DecimalText:
    return DecimalText(max_digits=6, decimal_places=3, min_value=Decimal(0), max_value=Decimal(999), required=False)


class LimitsInput(StrictSerializer):
    max_length = WholeNumber(min_value=1, max_value=MAX_TEXT, required=False)
    characters = Choice(choices=CHARACTERS, required=False, help_text="`printable` where left out.")
    extra_characters = Line(max_length=100, required=False)
    scripts = serializers.ListField(child=Choice(choices=SCRIPTS), required=False, help_text="`latin` where left out.")
    fonts = serializers.ListField(child=Line(max_length=64), max_length=MAX_FONTS, required=False)
    unit = Choice(choices=UNITS, required=False)
    to = _size()
    step = _size()
    above = _size()
    earliest_days = WholeNumber(min_value=0, max_value=MAX_DAYS, required=False)
    latest_days = WholeNumber(min_value=0, max_value=MAX_DAYS, required=False)

    def get_fields(self) -> dict[str, Any]:
        # `from` is a word of Python's.
        return {**super().get_fields(), "from": _size()}


class ChoiceInput(StrictSerializer):
    value = Pattern(r"^[a-z0-9][a-z0-9_-]{0,63}\Z", hint="Give a code of small letters, digits, - and _.")
    label = Line(max_length=128)  # type: ignore[assignment]
    price = PriceInput(required=False, allow_null=True)


class PersonalizationPriceInput(StrictSerializer):
    kind = Choice(choices=PRICE_KINDS)
    amount = PriceInput(required=False, help_text="For all but `percent`.")
    percent = DecimalText(
        max_digits=5, decimal_places=2, min_value=Decimal("0.01"), max_value=Decimal(100), required=False,
        help_text="For `percent`: of the variant's price.",
    )  # fmt: skip

    def validate(self, attrs: dict[str, Any]) -> Any:
        needed = "percent" if attrs["kind"] == PERCENT else "amount"
        if attrs.keys() != {"kind", needed}:
            raise serializers.ValidationError({needed: [f"A {attrs['kind']} price has `{needed}` and nothing else."]})
        return {"kind": attrs["kind"], "amount": f"{attrs[needed]:f}"}


class OptionInput(StrictSerializer):
    code = Pattern(r"^[a-z0-9][a-z0-9_-]{0,63}\Z", hint="Give a code of small letters, digits, - and _.")
    label = Line(max_length=128)  # type: ignore[assignment]
    help = Line(max_length=500, required=False, allow_blank=True)
    kind = Choice(choices=KINDS)
    required = Flag(required=False)  # type: ignore[assignment]
    limits = LimitsInput(required=False)
    choices = serializers.ListField(child=ChoiceInput(), max_length=MAX_CHOICES, required=False)
    price = PersonalizationPriceInput(required=False, allow_null=True)
    lead_time_days = WholeNumber(min_value=0, max_value=MAX_LEAD_TIME_DAYS, required=False)
    final_sale = Flag(required=False)
