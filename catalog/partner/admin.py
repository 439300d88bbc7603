from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from catalog.partner.events import MakerChanged
from catalog.partner.queries import is_taken
from catalog.partner.rules import MAX_SLUG, SLUG_HINT, slug_error
from shop.events.services import publish
from shop.operators.admin import AuditedAdmin, ModelForm, ReadOnlyAdmin, one_line


class MakerForm(ModelForm):
    name = forms.CharField(max_length=100, validators=[one_line])


class KnownMakerForm(MakerForm):
    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if values.get("suspended") and values.get("is_public"):
            self.add_error("suspended", "A maker that is suspended is not public: untick one of the two.")
        return values


class NewMakerForm(MakerForm):
    slug = forms.CharField(max_length=MAX_SLUG, help_text=f"{SLUG_HINT} It stays.")

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"]
        if problem := slug_error(slug):
            raise ValidationError(problem)
        if is_taken(slug):
            raise ValidationError("Another maker has this slug.")
        return slug


class MakerAdmin(AuditedAdmin):
    """A maker, as far as the platform decides: that it is there, what it is called, whether it sells."""

    thing = "maker"
    writable = ("name", "is_public", "suspended", "requires_second_factor")
    may_add = True
    fields = ("public_id", "code", "tagline", "story", "city", "state", "returns_policy", *writable)
    list_display = ("public_id", "code", "name", "city", "state", "is_public", "suspended", "requires_second_factor")
    filters = list_filter = ("is_public", "suspended", "requires_second_factor")
    search_fields = ("=public_id", "=code", "name")
    ordering = ("-id",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.fields if obj else ("slug", "name", "is_public", "requires_second_factor")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        return super().get_form(request, obj, change, form=KnownMakerForm if obj else NewMakerForm, **options)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.code = form.cleaned_data["slug"]
        super().save_model(request, obj, form, change)
        publish(MakerChanged(obj.pk))

    def maker_id(self, obj: Any) -> str:
        return str(obj.public_id)

    def facts(self, obj: Any) -> dict[str, Any]:
        return {"slug": obj.code, **super().facts(obj)}


class StockRecordAdmin(ReadOnlyAdmin):
    fields = (
        "partner", "product", "partner_sku", "price_currency", "price", "compare_at_price", "policy", "num_in_stock",
        "num_allocated", "num_missing", "date_created", "date_updated",
    )  # fmt: skip
    list_display = ("partner_sku", "partner", "price", "policy", "num_in_stock", "num_allocated", "num_missing")
    list_select_related = ("partner",)
    filters = list_filter = ("policy",)
    search_fields = ("=partner_sku", "=partner__code", "=product__public_id")
    search_help_text = "A SKU, a maker's slug or a variant's id."
    ordering = ("-id",)
