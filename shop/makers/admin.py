from shop.operators.admin import ReadOnlyAdmin


class MembershipAdmin(ReadOnlyAdmin):
    fields = ("public_id", "maker", "user", "roles", "joined_at")
    list_display = ("public_id", "maker", "user", "roles", "joined_at")
    list_select_related = ("maker", "user")
    search_fields = ("=public_id", "=maker__code", "=user__email")
    search_help_text = "A membership's id, a maker's slug or a person's address."
    ordering = ("-id",)


class InvitationAdmin(ReadOnlyAdmin):
    fields = (
        "public_id", "maker", "email", "roles", "invited_by", "created_at", "sent_at", "expires_at", "accepted_at",
        "revoked_at",
    )  # fmt: skip
    list_display = ("public_id", "maker", "email", "roles", "sent_at", "expires_at", "accepted_at", "revoked_at")
    list_select_related = ("maker",)
    search_fields = ("=public_id", "=maker__code", "=email")
    search_help_text = "An invitation's id, a maker's slug or the address invited."
    ordering = ("-id",)


class OwnershipTransferAdmin(ReadOnlyAdmin):
    fields = ("public_id", "maker", "giver_id", "taker_id", "created_at", "expires_at", "accepted_at", "cancelled_at")
    list_display = ("public_id", "maker", "created_at", "expires_at", "accepted_at", "cancelled_at")
    list_select_related = ("maker",)
    search_fields = ("=public_id", "=maker__code")
    search_help_text = "An offer's id or a maker's slug."
    ordering = ("-id",)
