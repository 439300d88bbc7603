from shop.operators.admin import ReadOnlyAdmin


class DisputeAdmin(ReadOnlyAdmin):
    fields = (
        "public_id", "payment", "stripe_id", "amount", "currency", "status", "reason", "opened_at", "evidence_due_at",
        "closed_at",
    )  # fmt: skip
    list_display = ("public_id", "stripe_id", "amount", "currency", "status", "reason", "opened_at", "closed_at")
    filters = list_filter = ("status",)
    search_fields = ("=public_id", "=stripe_id", "=payment__public_id", "=payment__order__number")
    search_help_text = "A dispute's, payment's or order's id, or Stripe's (dp_...)."
    ordering = ("-id",)
