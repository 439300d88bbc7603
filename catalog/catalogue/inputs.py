"""What a maker declares of a piece and its variants: shape only, the tables judge the rest."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from rest_framework import serializers

from catalog.catalogue.doors import CARAT_IS_HELP, COLOUR_HELP, PER_SIZE_HELP
from catalog.catalogue.metals import COATING_CODES, FRACTION, MAX_MICRONS, MAX_PART_NAME, METAL_CODES, PLATING_KINDS
from catalog.catalogue.rules import MAX_PRICE, MAX_WEIGHT_G
from catalog.catalogue.sizes import MAX_EXTRA_DAYS
from catalog.catalogue.stones import (
    CARAT_IS,
    MAX_REPORT_NUMBER,
    MAX_REPORT_URL,
    MAX_STONE_WORD,
    NONE,
    ORIGIN_WORDS,
    REPORT_LABS,
    SETTINGS,
)
from shop import money
from shop.accounts.rules import LARGEST_RING_MM, SMALLEST_RING_MM
from shop.inputs import Choice, DecimalText, Flag, Line, MoneyInput, Pattern, StrictSerializer, WholeNumber

MILLI = Decimal("0.001")
CENT = Decimal("0.01")
MAX_STONES = 50
MM_HELP = "Inner circumference."


class PlatingInput(StrictSerializer):
    metal = Choice(COATING_CODES)
    kind = Choice(PLATING_KINDS)
    microns = DecimalText(
        max_digits=7, decimal_places=3, min_value=MILLI, max_value=MAX_MICRONS, default=None, allow_null=True,
        help_text="At least so thick, in micrometres.",
    )  # fmt: skip
    fraction = Pattern(
        rf"^{FRACTION}\Z", hint="Give the share of the weight, such as 1/20.", default="", allow_blank=True
    )


class PartInput(StrictSerializer):
    part = Line(max_length=MAX_PART_NAME, help_text="Such as `band`, `chain` or `ear wires`.")
    metal = Choice(choices=METAL_CODES, default=None, allow_null=True, help_text="null: the variant's own metal.")
    plating = PlatingInput(default=None, allow_null=True)
    weight_g = DecimalText(
        max_digits=10, decimal_places=3, min_value=MILLI, max_value=MAX_WEIGHT_G, default=None, allow_null=True
    )


class Carats(DecimalText):
    """With the decimals that were given: the last one shown says how exact the weight is (16 CFR 23.18(c))."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=9, decimal_places=3, min_value=MILLI, max_value=Decimal(100_000), **options)

    def to_internal_value(self, data: Any) -> Any:
        super().to_internal_value(data)
        return Decimal(data.strip())


class StoneReportInput(StrictSerializer):
    lab = Choice(REPORT_LABS)
    number = Line(max_length=MAX_REPORT_NUMBER)
    url = Pattern(
        r"^https://[^\s<>\"']+\Z", hint="Give an address that begins with https://.", max_length=MAX_REPORT_URL,
        default="", allow_blank=True,
    )  # fmt: skip


class StoneInput(StrictSerializer):
    kind = Line(max_length=MAX_STONE_WORD, help_text="A kind of the table or a trade name, such as `sapphire`.")
    name = Line(max_length=MAX_STONE_WORD, default="", allow_blank=True, help_text="Its trade name; of an `other`.")
    origin = Choice(list(ORIGIN_WORDS))
    treatment = Line(max_length=MAX_STONE_WORD, default=NONE, help_text="Such as `heated`; `none` where left out.")
    cut = Line(max_length=MAX_STONE_WORD, default="", allow_blank=True)
    carat = Carats(default=None, allow_null=True, help_text="In carats of 0.2 g, with as many decimals as are exact.")
    carat_is = Choice(CARAT_IS, default="total", help_text=CARAT_IS_HELP)
    colour = Line(max_length=MAX_STONE_WORD, default="", allow_blank=True, help_text=COLOUR_HELP)
    clarity = Line(
        max_length=MAX_STONE_WORD, default="", allow_blank=True, help_text="Such as `VS1`, as a report has it."
    )
    count = WholeNumber(min_value=1, max_value=10_000, default=1)
    country = Pattern(
        r"^[A-Z]{2}\Z", hint="Give a country code in capitals, such as LK (ISO 3166).", default="", allow_blank=True
    )
    mine = Line(max_length=MAX_STONE_WORD, default="", allow_blank=True, help_text="Mine or region.")
    report = StoneReportInput(default=None, allow_null=True)
    setting = Choice(SETTINGS, default="", allow_blank=True)
    position = Line(
        max_length=MAX_STONE_WORD, default="", allow_blank=True, help_text="Where it sits, such as `center`."
    )


class PriceInput(MoneyInput):
    """A price in the shop's currency, above zero."""

    def validate(self, attrs: dict[str, Any]) -> Any:
        amount: Decimal = attrs["amount"]
        if attrs["currency"] != settings.CURRENCY:
            raise serializers.ValidationError({"currency": [f"Prices are in {settings.CURRENCY}."]})
        if not CENT <= amount <= MAX_PRICE or amount != money.rounded(amount, settings.CURRENCY):
            raise serializers.ValidationError({"amount": [f"Give a price from {CENT} to {MAX_PRICE}."]})
        return amount


class RingLength(DecimalText):
    """A ring's inner circumference in mm, within what is worn on a finger."""

    def __init__(self) -> None:
        limits = {"min_value": SMALLEST_RING_MM, "max_value": LARGEST_RING_MM}
        super().__init__(max_digits=5, decimal_places=2, help_text=MM_HELP, **limits)


class SizeRangeInput(StrictSerializer):
    from_mm = RingLength()
    to_mm = RingLength()
    made_on_request = Flag(default=False, help_text="Whether other sizes are made.")
    extra_lead_time_days = WholeNumber(
        min_value=0, max_value=MAX_EXTRA_DAYS, default=None, allow_null=True, help_text="For a size made on request."
    )
    price_per_size_above = PriceInput(default=None, allow_null=True, help_text=PER_SIZE_HELP)
