from django.apps import AppConfig


class ProjectConfig(AppConfig):
    """Carries the project-wide management commands; has no models. Hands the tables of reactions to the events."""

    name = "config"
    label = "project"

    def ready(self) -> None:
        from config.subscriptions import LAST, REACTIONS
        from shop.events.services import subscribe

        subscribe(REACTIONS, LAST)
