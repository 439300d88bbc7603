from shop.operators.admin import ReadOnlyAdmin


class StripeMovementAdmin(ReadOnlyAdmin):
    """Our balance at Stripe, line by line. What does not fit the ledger is on the log as `balance_differs`."""

    fields = ("movement_id", "kind", "net", "currency", "intent_id", "created_at")
    list_display = ("movement_id", "kind", "net", "currency", "intent_id", "created_at")
    filters = list_filter = ("kind", "currency")
    search_fields = ("=movement_id", "=intent_id")
    search_help_text = "Stripe's id of the movement (txn_...) or of the payment (pi_...)."
    ordering = ("-created_at",)
