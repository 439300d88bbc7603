from django.apps import AppConfig


class MakersConfig(AppConfig):
    name = "shop.makers"
    label = "makers"
