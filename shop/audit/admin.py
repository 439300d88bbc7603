from shop.operators.admin import ReadOnlyAdmin


class AuditEntryAdmin(ReadOnlyAdmin):
    fields = (
        "public_id", "at", "action", "object", "maker", "actor", "user", "sign_in", "address", "request_id", "before",
        "after",
    )  # fmt: skip
    filters = ("object",)
    list_display = ("at", "action", "object", "maker", "actor", "address")
    search_fields = ("=object", "=maker", "=actor", "=user", "=request_id", "=action")
    search_help_text = "One id (aud_ excepted), action or request id, in full."
    ordering = ("-id",)
