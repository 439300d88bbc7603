from shop.operators.admin import ReadOnlyAdmin


class SecretKeyAdmin(ReadOnlyAdmin):
    """Who has a key, and for what; neither the secret nor its hash."""

    fields = (
        "public_id", "maker", "name", "hint", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at",
    )  # fmt: skip
    list_display = ("public_id", "maker", "name", "hint", "last_used_at", "expires_at", "revoked_at")
    list_select_related = ("maker",)
    search_fields = ("=public_id", "=maker__code")
    search_help_text = "A key's id or a maker's slug."
    ordering = ("-id",)
