"""What the doors of storefronts have in common, and what the shopper's doors to baskets and orders have."""

from typing import Any

from django.http import HttpRequest
from rest_framework import serializers

from shop.doors import ANYONE, Door


class StorefrontMakerOutput(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()


class StorefrontDoor(Door):
    """A door that is one storefront's: with another's key there is nothing behind it."""

    permission = ANYONE

    def let_in(self, request: HttpRequest) -> None:
        super().let_in(request)
        _ = self.storefront
