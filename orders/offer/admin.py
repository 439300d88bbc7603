from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from rest_framework.exceptions import ValidationError

from catalog.catalogue.models import Category
from orders.offer.inputs import BENEFIT_HELP, NewOfferInput
from orders.offer.models import ConditionalOffer, CustomerGroup
from orders.offer.rules import KINDS
from orders.offer.services import create_offer, end_offer
from shop.actors import SYSTEM, Actor
from shop.errors import DomainError, as_domain_error
from shop.inputs import read_body
from shop.operators.admin import AuditedAdmin, ModelForm, one_line
from shop.operators.sessions import operator_of

if TYPE_CHECKING:
    GroupField = forms.ModelChoiceField[Any]
    BranchesField = forms.ModelMultipleChoiceField[Any]
else:
    GroupField, BranchesField = forms.ModelChoiceField, forms.ModelMultipleChoiceField


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


class Branches(BranchesField):
    def __init__(self) -> None:
        super().__init__(Category.objects.order_by("path"), required=False)

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.slug)


def pieces() -> forms.CharField:
    return forms.CharField(required=False, widget=forms.Textarea, help_text="Ids of pieces, with spaces between them.")


class NewOfferForm(ModelForm):
    """An offer of the platform's, field by field; what may be in it is asked of whoever makes it."""

    label = forms.CharField(help_text="As shoppers read it.")
    kind = forms.ChoiceField(choices=[(kind, kind) for kind in KINDS], help_text=BENEFIT_HELP.replace("`", ""))
    percent = forms.CharField(required=False)
    amount = forms.CharField(required=False)
    by_voucher = forms.BooleanField(required=False, help_text="Whether it takes a voucher to get it.")
    min_quantity = forms.IntegerField(required=False, help_text="Of the pieces it applies to.")
    min_amount = forms.CharField(required=False, help_text="Of the pieces it applies to, before discounts.")
    products = pieces()
    categories = Branches()
    except_products = pieces()
    except_categories = Branches()
    customer_group = GroupField(CustomerGroup.objects.order_by("name"), required=False)
    exclusive = forms.BooleanField(required=False, help_text="Whether it shares no line with another offer.")
    priority = forms.IntegerField(initial=0, help_text="The highest comes first.")
    starts_at = forms.DateTimeField(required=False, help_text="In UTC, as 2026-03-09 12:00. Empty: at once.")
    ends_at = forms.DateTimeField(required=False)
    uses = forms.IntegerField(required=False, help_text="Over all customers.")
    uses_per_customer = forms.IntegerField(required=False)
    uses_per_order = forms.IntegerField(required=False)
    discount = forms.CharField(required=False, help_text="What it may take off over all orders.")

    def clean(self) -> dict[str, Any]:
        """Makes the offer and takes it back, so that what its service refuses is told here."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return values
        try:
            self.offer = read_body(NewOfferInput, _body(values))
            with transaction.atomic():
                create_offer(maker=None, values=self.offer, actor=SYSTEM)
                transaction.set_rollback(True)
        except (DomainError, ValidationError) as error:
            self._refuse(error)
        return values

    def _refuse(self, error: Exception) -> None:
        found = as_domain_error(error)
        assert found is not None
        for each in found.errors:
            name = next((part for part in each["field"].split(".") if part in self.fields), None)
            self.add_error(name, each["message"])
        if not found.errors:
            self.add_error(None, found.detail)


def _body(values: dict[str, Any]) -> dict[str, Any]:
    """What the form holds, as the maker's door takes it."""
    group = values["customer_group"]
    return {
        "label": values["label"],
        "by_voucher": values["by_voucher"],
        "benefit": {"kind": values["kind"], "percent": values["percent"] or None, "amount": _money(values["amount"])},
        "condition": {"min_quantity": values["min_quantity"], "min_amount": _money(values["min_amount"])},
        "applies_to": {
            "products": values["products"].split(),
            "categories": [branch.slug for branch in values["categories"]],
            "except_products": values["except_products"].split(),
            "except_categories": [branch.slug for branch in values["except_categories"]],
        },
        "customer_group": group.name if group else None,
        "exclusive": values["exclusive"],
        "priority": values["priority"],
        **{name: values[name].isoformat() if values[name] else None for name in ("starts_at", "ends_at")},
        "limits": {
            **{name: values[name] for name in ("uses", "uses_per_customer", "uses_per_order")},
            "discount": _money(values["discount"]),
        },
    }


def _money(amount: str) -> dict[str, str] | None:
    return {"amount": amount, "currency": settings.CURRENCY} if amount else None


class OfferAdmin(AuditedAdmin):
    """Everybody's offers. The platform's are made and ended here; makers make theirs in the studio."""

    writable = tuple(NewOfferForm.base_fields)
    may_add = True
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
    actions = ("end",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        return super().get_form(request, obj, change, **options, **({} if obj else {"form": NewOfferForm}))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        made = create_offer(maker=None, values=form.offer, actor=operator_of(request))
        obj.pk, obj.name = made.pk, made.name

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The service has written it down."""

    @admin.action(description="End for good (the platform's only)", permissions=["view"])
    def end(self, request: HttpRequest, chosen: QuerySet[ConditionalOffer]) -> None:
        def end(offer: ConditionalOffer, actor: Actor) -> None:
            end_offer(maker=None, offer=offer.public_id, actor=actor, if_match=None)

        self.do_to_each(request, chosen, end, done="{} are ended.")
