from django.apps import AppConfig


class InvariantsConfig(AppConfig):
    """Has no models: it reads those of all others."""

    name = "orders.invariants"
    label = "invariants"
