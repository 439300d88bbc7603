from django.apps import AppConfig


class CategoriesConfig(AppConfig):
    name = "catalog.categories"
    label = "categories"
