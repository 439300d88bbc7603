from django.apps import AppConfig


class ReviewConfig(AppConfig):
    """Has no models: how an order's review stands is kept on the order, whose steps it stops."""

    name = "orders.review"
    label = "review"
