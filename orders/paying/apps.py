from django.apps import AppConfig


class PayingConfig(AppConfig):
    """Has no models: what is paid, and how, is a payment."""

    name = "orders.paying"
    label = "paying"
