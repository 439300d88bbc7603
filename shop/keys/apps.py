from django.apps import AppConfig


class KeysConfig(AppConfig):
    name = "shop.keys"
    label = "keys"
