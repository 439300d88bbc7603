from django.apps import AppConfig


class OperatorsConfig(AppConfig):
    name = "shop.operators"
    label = "operators"
