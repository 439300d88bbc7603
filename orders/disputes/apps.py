from django.apps import AppConfig


class DisputesConfig(AppConfig):
    name = "orders.disputes"
    label = "disputes"
