from orders.order.models import Line
from shop.operators.admin import ReadOnlyAdmin, ReadOnlyInline


class LineInline(ReadOnlyInline):
    model = Line
    fk_name = "order"
    fields = (
        "public_id", "partner_name", "partner_sku", "title", "options", "quantity", "unit_price_incl_tax",
        "line_price_incl_tax", "lead_time_days", "status",
    )  # fmt: skip
    ordering = ("id",)


class OrderAdmin(ReadOnlyAdmin):
    fields = (
        "number", "public_id", "status", "storefront", "user", "guest_email", "phone", "ship_to", "bill_to",
        "gift_note", "currency", "total_incl_tax", "shipping_incl_tax", "shipping_code", "promised_shipping",
        "date_placed", "hold_expires_at", "placed_from", "review", "review_reasons",
        "reviewed_at", "corrections", "erase_when_done", "erased_at",
    )  # fmt: skip
    list_display = ("number", "status", "guest_email", "total_incl_tax", "currency", "date_placed", "hold_expires_at")
    filters = list_filter = ("status", "review")
    search_fields = ("=number", "=public_id", "=guest_email")
    search_help_text = "An order's number or id, or a mail address."
    ordering = ("-id",)
    inlines = (LineInline,)
