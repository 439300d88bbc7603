"""What every page of the operators has in common: it shows what its class names, and changes nothing else.

Whether somebody is an operator is asked of the site; a page asks what may be done with its model.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.validators import RegexValidator
from django.db.models import Manager, QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from shop.actors import Actor
from shop.audit import services as audit
from shop.errors import DomainError
from shop.inputs import CONTROLS
from shop.operators.sessions import operator_of

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
    ModelForm = forms.ModelForm[Any]
else:
    ModelAdmin, TabularInline, ModelForm = admin.ModelAdmin, admin.TabularInline, forms.ModelForm

# What an address may ask of a field in `filters`; other questions would let one guess at what is not shown.
LOOKUPS = frozenset({"", "exact", "isempty"})

# For names: they go into the subjects of mails.
one_line = RegexValidator(
    CONTROLS, "There are control characters, invisible marks or line breaks in it.", inverse_match=True
)


class ReadOnlyAdmin(ModelAdmin):
    """A page to look at. `fields` names all that is shown, `filters` what an address may filter by."""

    fields: ClassVar[tuple[str, ...]] = ()
    filters: tuple[str, ...] = ()
    actions: Any = ()
    list_per_page = 50
    show_full_result_count = False
    view_on_site = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        field, _, rest = lookup.partition(LOOKUP_SEP)
        return field in self.filters and rest in LOOKUPS

    def name_in_audit(self, obj: Any) -> str:
        """What the audit calls the row."""
        return str(getattr(obj, "public_id", obj.pk))

    def name_in_messages(self, obj: Any) -> str:
        return self.name_in_audit(obj)

    def do_to_each(
        self, request: HttpRequest, chosen: QuerySet[Any], deed: Callable[[Any, Actor], Any], *, done: str,
        refused: type[Exception] = DomainError,
    ) -> None:  # fmt: skip
        """An action, row by row: why one is refused is shown, and the others are done all the same.

        `done` says how many were, by its `{}`.
        """
        actor, count = operator_of(request), 0
        for row in chosen.order_by("id"):
            try:
                deed(row, actor)
                count += 1
            except refused as error:
                self.message_user(request, f"{self.name_in_messages(row)}: {error}", messages.WARNING)
        self.message_user(request, done.format(count))

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What was done to it, in the audit."""
        found = self.get_object(request, unquote(object_id))
        if found is None:
            raise Http404
        query = urlencode({"object": self.name_in_audit(found)})
        return HttpResponseRedirect(f"{reverse('admin:audit_auditentry_changelist')}?{query}")


class ReadOnlyInline(TabularInline):
    """Rows that belong to what the page shows."""

    fields: ClassVar[tuple[str, ...]] = ()
    extra = 0
    can_delete = False
    show_change_link = False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.fields

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class AuditedAdmin(ReadOnlyAdmin):
    """A page that also changes the fields in `writable`, and makes new rows of them where `may_add`.

    Each write is in the audit with what it changed, as `{thing}.created` or `{thing}.changed`.
    """

    thing = ""
    writable: tuple[str, ...] = ()
    may_add = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may_add and self.has_view_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self.writable) and self.has_view_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [name for name in self.fields if name not in self.writable]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.fields if obj else self.writable

    def maker_id(self, obj: Any) -> str:
        """The maker in whose audit a write to this stands; empty for the platform's own."""
        return ""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Writes what was changed, and only that, onto what stands there now."""
        if not change:
            obj.save()
            return
        obj.facts_before = self.facts(self.model._base_manager.select_for_update().get(pk=obj.pk))
        columns = {field.name for field in self.opts.concrete_fields}
        obj.save(update_fields=[name for name in form.changed_data if name in columns])

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._record(request, obj, f"{self.thing}.created", {"after": self.facts(obj)})

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        changed = audit.changes(obj.facts_before, self.facts(obj))
        if changed["after"]:
            self._record(request, obj, f"{self.thing}.changed", changed)

    def _record(self, request: HttpRequest, obj: Any, action: str, facts: dict[str, Any]) -> None:
        audit.record(operator_of(request), action, maker=self.maker_id(obj), object=self.name_in_audit(obj), **facts)

    def facts(self, obj: Any) -> dict[str, Any]:
        """What an operator may write, as it stands; other rows by their ids."""
        return {name: _fact(getattr(obj, name)) for name in self.writable}


def _fact(value: Any) -> Any:
    return sorted(value.values_list("public_id", flat=True)) if isinstance(value, Manager) else value
