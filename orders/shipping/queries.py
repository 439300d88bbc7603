"""The shop's tariff, as the settings give it today."""

from decimal import Decimal

from django.conf import settings
from django.utils import timezone

from orders.shipping.rules import ShippingOption, Tariff, shipping_options


def options_for(*, items_total: Decimal, lead_time_days: int) -> tuple[ShippingOption, ...]:
    """The options on offer now."""
    tariff = Tariff(settings.SHIPPING_FLAT, settings.SHIPPING_FREE_OVER, settings.SHIPPING_EXPRESS)
    today = timezone.now().date()
    return shipping_options(items_total=items_total, lead_time_days=lead_time_days, today=today, tariff=tariff)
