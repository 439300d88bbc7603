from django.apps import AppConfig


class SizesConfig(AppConfig):
    name = "catalog.sizes"
    label = "sizes"
