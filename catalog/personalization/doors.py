"""Shapes of the API document that the shopper's doors and the maker's have in common."""

from typing import Any

from rest_framework import serializers

from catalog.personalization.rules import CHARACTERS, KINDS, PRICE_KINDS, SCRIPTS, UNITS
from shop.schema import MoneyOutput


class PersonalizationLimitsOutput(serializers.Serializer[Any]):
    """Which of these there are depends on the kind."""

    max_length = serializers.IntegerField(required=False, help_text="Characters; an accent counts with its letter.")
    characters = serializers.ChoiceField(choices=CHARACTERS, required=False)
    extra_characters = serializers.CharField(required=False, help_text="Possible beyond `characters`, such as &♥.")
    scripts = serializers.ListField(child=serializers.ChoiceField(choices=SCRIPTS), required=False)
    fonts = serializers.ListField(child=serializers.CharField(), required=False)
    unit = serializers.ChoiceField(choices=UNITS, required=False)
    to = serializers.CharField(required=False)
    step = serializers.CharField(required=False)
    above = serializers.CharField(required=False, help_text="Where a price by size begins to count.")
    earliest_days = serializers.IntegerField(required=False, help_text="From today.")
    latest_days = serializers.IntegerField(required=False, help_text="From today.")

    def get_fields(self) -> dict[str, Any]:
        # `from` is a word of Python's.
        return {**super().get_fields(), "from": serializers.CharField(required=False)}


class PersonalizationChoiceOutput(serializers.Serializer[Any]):
    value = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    price = MoneyOutput(allow_null=True)


class PersonalizationPriceOutput(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=PRICE_KINDS)
    amount = MoneyOutput(
        allow_null=True, help_text="For one piece, one character of it, or one whole size above `limits.above`."
    )
    percent = serializers.CharField(allow_null=True, help_text="Of the variant's price.")


class PersonalizationOptionOutput(serializers.Serializer[Any]):
    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    help = serializers.CharField(allow_blank=True)
    kind = serializers.ChoiceField(choices=KINDS)
    required = serializers.BooleanField()  # type: ignore[assignment]
    limits = PersonalizationLimitsOutput()
    choices = PersonalizationChoiceOutput(many=True)
    price = PersonalizationPriceOutput(allow_null=True)
    lead_time_days = serializers.IntegerField(help_text="What it adds at the bench.")
    final_sale = serializers.BooleanField(help_text="A piece with it is not taken back.")


class WishFileOutput(serializers.Serializer[Any]):
    url = serializers.URLField(help_text="Signed, good for a day: read the basket or order anew for another one.")
    content_type = serializers.CharField()


class WishOutput(serializers.Serializer[Any]):
    option = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    kind = serializers.ChoiceField(choices=KINDS)
    value = serializers.CharField(allow_blank=True, help_text="Empty where the buyer has been forgotten.")
    value_label = serializers.CharField(allow_blank=True)
    font = serializers.CharField(allow_null=True)
    file = WishFileOutput(allow_null=True, help_text="Of an upload.")
    price = MoneyOutput(help_text="Within `unit_price`.")
