from django.apps import AppConfig


class InvitationsConfig(AppConfig):
    name = "shop.invitations"
    label = "invitations"
