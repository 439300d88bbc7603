"""Shapes of the API document that the shopper's door and the maker's have in common."""

from typing import Any

from rest_framework import serializers

from catalog.catalogue.metals import COATING_CODES, METAL_CODES, PLATING_KINDS
from catalog.catalogue.rules import MAX_SEO_DESCRIPTION, MAX_SEO_TITLE
from catalog.catalogue.slugs import slug
from catalog.catalogue.stones import CARAT_IS, ORIGIN_WORDS
from shop.inputs import Line, StrictSerializer
from shop.schema import MoneyOutput

CARAT_IS_HELP = "`total`: of all stones of this line together; `exact`: of each."
COLOUR_HELP = "Such as `G` or `teal`."
PER_SIZE_HELP = "Added for each whole US size above the largest."


class StoneReportOutput(serializers.Serializer[Any]):
    lab = serializers.CharField()
    number = serializers.CharField()
    url = serializers.CharField(allow_blank=True)


class StoneOutput(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text="A code of the table; `other` has a name of its own.")
    name = serializers.CharField(allow_blank=True, help_text="Its trade name, such as `tsavorite`.")
    origin = serializers.ChoiceField(choices=list(ORIGIN_WORDS))
    treatment = serializers.CharField()
    cut = serializers.CharField(allow_blank=True)
    carat = serializers.CharField(allow_null=True, help_text="In carats of 0.2 g.")
    carat_is = serializers.ChoiceField(choices=CARAT_IS, help_text=CARAT_IS_HELP)
    colour = serializers.CharField(allow_blank=True, help_text=COLOUR_HELP)
    clarity = serializers.CharField(allow_blank=True)
    count = serializers.IntegerField()
    country = serializers.CharField(allow_blank=True, help_text="Where it was found, ISO 3166 alpha-2.")
    mine = serializers.CharField(allow_blank=True)
    report = StoneReportOutput(allow_null=True)
    setting = serializers.CharField(allow_blank=True)
    position = serializers.CharField(allow_blank=True, help_text="Where it sits, such as `center`.")


class StudioPlatingOutput(serializers.Serializer[Any]):
    metal = serializers.ChoiceField(choices=COATING_CODES)
    kind = serializers.ChoiceField(choices=PLATING_KINDS)
    microns = serializers.CharField(allow_null=True)
    fraction = serializers.CharField(allow_blank=True)


class StudioPartOutput(serializers.Serializer[Any]):
    part = serializers.CharField()
    metal = serializers.ChoiceField(choices=METAL_CODES, allow_null=True)
    plating = StudioPlatingOutput(allow_null=True)
    weight_g = serializers.CharField(allow_null=True)


class SizeRangeOutput(serializers.Serializer[Any]):
    from_mm = serializers.CharField(help_text="Inner circumference.")
    to_mm = serializers.CharField(help_text="Inner circumference.")
    made_on_request = serializers.BooleanField(help_text="Whether other sizes are made.")
    extra_lead_time_days = serializers.IntegerField(allow_null=True, help_text="For a size made on request.")
    price_per_size_above = MoneyOutput(allow_null=True, help_text=PER_SIZE_HELP)


class CategoryLinkOutput(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()


class SeoOutput(serializers.Serializer[Any]):
    title = serializers.CharField(allow_blank=True)
    description = serializers.CharField(allow_blank=True)


class SeoInput(StrictSerializer):
    title = Line(max_length=MAX_SEO_TITLE, default="", allow_blank=True)
    description = Line(max_length=MAX_SEO_DESCRIPTION, default="", allow_blank=True)


class SlugText(Line):
    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if slug(text) != text:
            raise serializers.ValidationError("Give lower case letters and digits with single hyphens between them.")
        return text
