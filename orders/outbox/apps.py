from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "orders.outbox"
    label = "outbox"
