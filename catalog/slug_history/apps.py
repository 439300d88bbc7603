from django.apps import AppConfig


class SlugHistoryConfig(AppConfig):
    name = "catalog.slug_history"
    label = "slug_history"
