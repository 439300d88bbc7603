from django.apps import AppConfig


class RelatedConfig(AppConfig):
    name = "catalog.related"
    label = "related"
