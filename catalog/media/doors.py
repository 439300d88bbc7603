"""Shapes of a picture in the API document, for shoppers and makers."""

from typing import Any

from rest_framework import serializers

from catalog.media.renditions import FORMATS, PLACEHOLDER_LENGTH, WIDTHS

BLUR_HELP = (
    f"A blurred miniature as a `data:` URI of at most {PLACEHOLDER_LENGTH} characters, to show until the picture is "
    "there; null until it is made."
)
FOCAL_POINT_HELP = "What must stay in sight where the picture is cropped."
RENDITIONS_HELP = (
    f"The picture {', '.join(map(str, WIDTHS))} px wide, never wider than itself, by format and width; empty until a "
    "job has drawn them. Use `url` then."
)


class FocalPointOutput(serializers.Serializer[Any]):
    x = serializers.CharField(help_text='From the left, "0" to "1".')
    y = serializers.CharField(help_text='From the top, "0" to "1".')


class RenditionOutput(serializers.Serializer[Any]):
    url = serializers.URLField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    format = serializers.ChoiceField(choices=list(FORMATS))


class ImageOutput(serializers.Serializer[Any]):
    url = serializers.URLField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    alt = serializers.CharField(allow_blank=True)
    blur = serializers.CharField(allow_null=True, help_text=BLUR_HELP)
    focal_point = FocalPointOutput(help_text=FOCAL_POINT_HELP)
    renditions = RenditionOutput(many=True, help_text=RENDITIONS_HELP)
