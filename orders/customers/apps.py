from django.apps import AppConfig


class CustomersConfig(AppConfig):
    """Has no models: a customer's orders are orders, their baskets baskets, the rest stands in shop.accounts."""

    name = "orders.customers"
    label = "customers"
