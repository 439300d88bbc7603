"""Shapes of the API document that the shopper's door to collections and the maker's have in common."""

from rest_framework import serializers

from catalog.media.doors import ImageOutput


class CollectionImageOutput(ImageOutput):
    id = serializers.CharField()
