from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest

from shop.accounts.models import User
from shop.operators.admin import AuditedAdmin


class UserAdmin(AuditedAdmin):
    """People, as far as running the shop needs it: who may sign in, and who is an operator.

    Nobody changes themselves, so that the last operator cannot lock everybody out. Being one lets nobody in without
    a second factor of theirs.
    """

    thing = "user"
    writable = ("is_active", "is_staff")
    fields = (
        "public_id", "email", "first_name", "last_name", "date_joined", "last_login", "has_second_factor", *writable,
    )  # fmt: skip
    list_display = ("public_id", "email", "is_active", "is_staff", "has_second_factor", "date_joined", "last_login")
    filters = list_filter = ("is_active", "is_staff")
    search_fields = ("=public_id", "=email")
    search_help_text = "A person's id or address, in full."
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        factors = Authenticator.objects.filter(user=OuterRef("pk")).exclude(type=Authenticator.Type.RECOVERY_CODES)
        return super().get_queryset(request).annotate(second_factor=Exists(factors))

    @admin.display(description="second factor", boolean=True)
    def has_second_factor(self, user: Any) -> bool:
        return bool(user.second_factor)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and obj != request.user

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not obj.is_active:
            for session in UserSession.objects.filter(user=obj):
                session.end()
