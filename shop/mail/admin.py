from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from shop.mail import services
from shop.mail.models import Mail
from shop.operators.admin import ReadOnlyAdmin


class MailAdmin(ReadOnlyAdmin):
    """That a mail went out, to whom, or why not. What it says is for its reader: it may hold a key or a code."""

    fields = (
        "public_id", "template", "to", "from_email", "reply_to", "message_id", "created_at", "tries", "failure",
        "sent_at", "failed_at",
    )  # fmt: skip
    list_display = ("public_id", "template", "to", "created_at", "tries", "failure", "sent_at", "failed_at")
    search_fields = ("=public_id", "=to", "=template")
    search_help_text = "A mail's id, template or address."
    ordering = ("-id",)
    actions = ("send_again",)

    @admin.action(description="Send what has not gone out", permissions=["view"])
    def send_again(self, request: HttpRequest, chosen: QuerySet[Mail]) -> None:
        self.do_to_each(
            request, chosen, lambda mail, actor: services.send_again(mail.pk, actor=actor),
            done="{} will be sent.", refused=services.MailHasGone,
        )  # fmt: skip
