from orders.ledger.models import LedgerEntry
from shop.operators.admin import ReadOnlyAdmin, ReadOnlyInline


class EntryInline(ReadOnlyInline):
    model = LedgerEntry
    fk_name = "transaction"
    fields = ("account", "maker", "amount")
    ordering = ("id",)


class LedgerAdmin(ReadOnlyAdmin):
    """Every cent: what happened to it, where it is and whose it is."""

    fields = ("key", "kind", "order", "currency", "at")
    list_display = ("key", "kind", "order", "currency", "at")
    list_select_related = ("order",)
    filters = list_filter = ("kind",)
    search_fields = ("=key", "=order__number")
    search_help_text = "A posting's key, such as charge:pay_..., or an order's number."
    ordering = ("-id",)
    inlines = (EntryInline,)
