"""The shop's tariff, as the settings give it today."""

from collections.abc import Mapping
from decimal import Decimal

from django.conf import settings
from django.utils import timezone

from orders.shipping.rules import ShippingOption, Tariff, shipping_options


def options_for(
    *, items_total: Decimal, lead_time_days: int, address: Mapping[str, str] | None
) -> tuple[ShippingOption, ...]:
    """The options on offer now; before an address is known, those for the mainland."""
    tariff = Tariff(settings.SHIPPING_FLAT, settings.SHIPPING_FREE_OVER, settings.SHIPPING_EXPRESS)
    today = timezone.now().date()
    return shipping_options(
        items_total=items_total,
        lead_time_days=lead_time_days,
        today=today,
        tariff=tariff,
        state=address["state"] if address else "",
    )
