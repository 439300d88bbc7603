from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from shop.errors import InvalidInput
from shop.kept.services import drop_everywhere
from shop.operators.admin import AuditedAdmin, ModelForm, one_line
from shop.storefronts import services
from shop.storefronts.models import Storefront
from shop.storefronts.rules import LINK_FIELDS, PROVIDERS

# What must be right together: a link lies on one of the origins.
TOGETHER = ("origins", "providers", "link_templates", "currency", "logo_url")


class StorefrontForm(ModelForm):
    """A storefront of the platform's: by the rules of the makers' own, and it may show several makers."""

    name = forms.CharField(max_length=100, validators=[one_line])
    mail_from_name = forms.CharField(max_length=100, required=False, validators=[one_line])
    logo_url = forms.URLField(max_length=500, required=False, assume_scheme="https")
    mail_footer = forms.CharField(max_length=500, required=False, widget=forms.Textarea)

    payment_instructions = forms.CharField(max_length=1000, required=False, widget=forms.Textarea)

    def clean_origins(self) -> list[str]:
        return self._strings("origins", "Give a JSON list of addresses.")

    def clean_providers(self) -> list[str]:
        providers = self._strings("providers", "Give a JSON list of names.")
        if unknown := set(providers) - set(PROVIDERS):
            raise ValidationError(f"There are {', '.join(PROVIDERS)}, not {', '.join(unknown)}.")
        return providers

    def clean_link_templates(self) -> dict[str, str]:
        links = self.cleaned_data["link_templates"] or {}
        hint = f"Give a JSON object of addresses: {', '.join(LINK_FIELDS)}."
        if not isinstance(links, dict) or not all(isinstance(link, str) for link in links.values()):
            raise ValidationError(hint)
        if links.keys() - LINK_FIELDS.keys():
            raise ValidationError(hint)
        return links

    def _strings(self, field: str, hint: str) -> list[str]:
        values = self.cleaned_data[field] or []
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise ValidationError(hint)
        return values

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if self.errors:
            return values
        row = Storefront(**{name: values[name] for name in TOGETHER})
        try:
            services.check(row)
        except InvalidInput as error:
            for each in error.errors:
                name = next(name for name in TOGETHER if name in each["field"])
                self.add_error(name, f"{each['field']}: {each['message']}")
        return {**values, "origins": row.origins, "providers": row.providers}


class StorefrontAdmin(AuditedAdmin):
    """All storefronts to see; those of the platform's to open, change and close. A maker's own is the maker's."""

    thing = "storefront"
    form = StorefrontForm
    writable = (
        "name", "all_makers", "makers", "is_default", "origins", "currency", "providers",
        "payment_instructions", "link_templates",
        "mail_from_name", "mail_footer", "support_email", "logo_url", "closed_at",
    )  # fmt: skip
    may_add = True
    fields = ("public_id", "owner", "publishable_key", "previous_key_until", "created_at", *writable)
    filter_horizontal = ("makers",)
    list_display = ("public_id", "name", "owner", "all_makers", "is_default", "currency", "created_at", "closed_at")
    list_select_related = ("owner",)
    filters = list_filter = ("is_default", "all_makers")
    search_fields = ("=public_id", "=publishable_key", "=owner__code", "name")
    search_help_text = "A storefront's id, key or name, or a maker's slug."
    ordering = ("-id",)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        drop_everywhere()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.owner_id is None)
