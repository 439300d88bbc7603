from django.apps import AppConfig


class CollectionsConfig(AppConfig):
    name = "catalog.collections"
    label = "collections"
