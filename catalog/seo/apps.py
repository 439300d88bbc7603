from django.apps import AppConfig


class SeoConfig(AppConfig):
    name = "catalog.seo"
    label = "seo"
