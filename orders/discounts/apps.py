from django.apps import AppConfig


class DiscountsConfig(AppConfig):
    name = "orders.discounts"
