from django.apps import AppConfig


class PersonalizationConfig(AppConfig):
    name = "catalog.personalization"
    label = "personalization"
