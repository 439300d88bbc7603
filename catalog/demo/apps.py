from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "catalog.demo"
    label = "demo"
