from django.apps import AppConfig


class ReconcileConfig(AppConfig):
    name = "orders.reconcile"
    label = "reconcile"
