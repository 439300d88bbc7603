from shop.operators.admin import ReadOnlyAdmin


class VoucherAdmin(ReadOnlyAdmin):
    fields = (
        "public_id", "maker", "code", "name", "usage", "max_uses", "start_datetime", "end_datetime", "date_created",
        "ended_at",
    )  # fmt: skip
    list_display = ("public_id", "maker", "code", "name", "usage", "max_uses", "end_datetime", "ended_at")
    list_select_related = ("maker",)
    filters = list_filter = ("usage",)
    search_fields = ("=public_id", "=code", "=maker__code")
    search_help_text = "A voucher's id or code, or a maker's slug."
    ordering = ("-id",)
