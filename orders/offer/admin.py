from django import forms

from shop.operators.admin import AuditedAdmin, ModelForm, ReadOnlyAdmin, one_line


class CustomerGroupForm(ModelForm):
    name = forms.CharField(max_length=100, validators=[one_line])


class CustomerGroupAdmin(AuditedAdmin):
    """Who is in a group of customers that offers can be for."""

    thing = "customer_group"
    form = CustomerGroupForm
    writable = ("name", "members")
    may_add = True
    fields = ("public_id", *writable)
    raw_id_fields = ("members",)
    list_display = ("public_id", "name")
    search_fields = ("=public_id", "name")
    search_help_text = "A group's id or name."
    ordering = ("name",)


class OfferAdmin(ReadOnlyAdmin):
    """Makers make theirs in the studio; the platform's are made by `manage.py platform_offers`."""

    fields = (
        "public_id", "maker", "name", "offer_type", "benefit", "condition", "group", "exclusive", "priority",
        "start_datetime", "end_datetime", "max_global_applications", "max_user_applications",
        "max_basket_applications", "max_discount", "date_created", "ended_at",
    )  # fmt: skip
    list_display = (
        "public_id",
        "maker",
        "name",
        "offer_type",
        "priority",
        "start_datetime",
        "end_datetime",
        "ended_at",
    )
    list_select_related = ("maker",)
    filters = list_filter = ("offer_type",)
    search_fields = ("=public_id", "=maker__code", "name")
    search_help_text = "An offer's id or name, or a maker's slug."
    ordering = ("-id",)
