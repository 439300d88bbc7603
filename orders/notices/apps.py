from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "orders.notices"
    label = "notices"
