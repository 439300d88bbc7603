from django.apps import AppConfig


class StorefrontsConfig(AppConfig):
    name = "shop.storefronts"
    label = "storefronts"
