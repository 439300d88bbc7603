from django.apps import AppConfig


class VariantsConfig(AppConfig):
    name = "catalog.variants"
    label = "variants"
