from django.apps import AppConfig


class ProjectConfig(AppConfig):
    """Carries the project-wide management commands; has no models."""

    name = "config"
    label = "project"
