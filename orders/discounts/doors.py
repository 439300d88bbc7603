"""Shapes of the API document that baskets and orders have in common."""

from typing import Any

from rest_framework import serializers

from shop.schema import MoneyOutput


class DiscountOutput(serializers.Serializer[Any]):
    code = serializers.CharField(allow_null=True, help_text="The voucher's; null: anybody gets it.")
    label = serializers.CharField()  # type: ignore[assignment]
    amount = MoneyOutput()
