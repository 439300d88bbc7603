from shop.operators.admin import ReadOnlyAdmin


class StripeCommandAdmin(ReadOnlyAdmin):
    """What was asked of Stripe and what came of it. Jobs repeat what is unknown; those given up are dead letters."""

    fields = (
        "kind", "about", "version", "params", "status", "tries", "first_sent_at", "last_sent_at", "result_id", "error",
    )  # fmt: skip
    list_display = ("about", "kind", "version", "status", "tries", "last_sent_at", "result_id", "error")
    filters = list_filter = ("status", "kind")
    search_fields = ("=about", "=result_id")
    search_help_text = "Our id of the payment (pay_...), or Stripe's of what it made."
    ordering = ("-last_sent_at",)
