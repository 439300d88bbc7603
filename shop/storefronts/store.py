"""The storefront's own door: what its page needs to know before it shows anything."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from shop.doors import PublicDoor
from shop.storefronts import shapes
from shop.storefronts.doors import StorefrontMakerOutput
from shop.storefronts.rules import PROVIDERS


class ProviderOutput(serializers.Serializer[Any]):
    code = serializers.ChoiceField(choices=PROVIDERS)
    publishable_key = serializers.CharField(allow_blank=True, help_text="For Stripe.js.")


class WindowOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    maker = StorefrontMakerOutput(allow_null=True, help_text="Whose own storefront it is; null: see `/store/makers`.")
    currency = serializers.CharField()
    providers = ProviderOutput(many=True)
    support_email = serializers.CharField(allow_blank=True)
    logo_url = serializers.CharField(allow_blank=True)


class StorefrontDetail(PublicDoor):
    """The storefront that `Benchpin-Key` names: its name, currency, ways to pay, and whom to ask."""

    @extend_schema(operation_id="store_storefront_retrieve", tags=["storefront"], responses=WindowOutput)
    def get(self, request: Request) -> Response:
        return Response(shapes.window(self.storefront))
