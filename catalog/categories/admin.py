from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from catalog.catalogue.models import Category
from catalog.categories import services
from catalog.categories.queries import parent_of
from shop.errors import InvalidInput
from shop.operators.admin import AuditedAdmin, ModelForm, one_line
from shop.operators.sessions import operator_of

if TYPE_CHECKING:
    BranchField = forms.ModelChoiceField[Any]
else:
    BranchField = forms.ModelChoiceField


# Each a service of its own, the renaming first.
RENAMES, MOVES = {"name", "slug"}, {"parent", "before"}


def indented(branch: Category) -> str:
    return f"{'— ' * (branch.depth - 1)}{branch.name}"


class Branch(BranchField):
    """A choice out of the whole tree; a branch's own label would be a query each."""

    def __init__(self, *, help_text: str) -> None:
        super().__init__(Category.objects.order_by("path"), required=False, help_text=help_text)

    def label_from_instance(self, obj: Any) -> str:
        return indented(obj)


class CategoryForm(ModelForm):
    name = forms.CharField(max_length=255, validators=[one_line])
    slug = forms.CharField(max_length=255, help_text="The old one goes on leading here.")
    parent = Branch(help_text="Empty: at the root.")
    before = Branch(help_text="The sister it shall stand before. Empty: it stays, or comes last below a new parent.")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial["parent"] = parent_of(self.instance)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if self.errors:
            return values
        branch = Category.objects.get(pk=self.instance.pk)
        try:
            if RENAMES & set(self.changed_data):
                services.check_name(branch, name=values["name"], slug=values["slug"], parent=parent_of(branch))
            branch.name, branch.slug = values["name"], values["slug"]
            if MOVES & set(self.changed_data):
                services.check_place(branch, parent=values["parent"], before=values["before"])
        except InvalidInput as error:
            for each in error.errors:
                self.add_error(each["field"], each["message"])
        return values


class CategoryAdmin(AuditedAdmin):
    """The tree: branches are renamed and moved here. Imports make them."""

    thing = "category"
    form = CategoryForm
    writable = ("name", "slug", "parent", "before")
    fields = (*writable, "is_public", "ancestors_are_public")
    list_display = ("in_the_tree", "slug", "is_public")
    search_fields = ("=slug", "name")
    ordering = ("path",)

    @admin.display(description="category")
    def in_the_tree(self, branch: Any) -> str:
        return indented(branch)

    def name_in_audit(self, obj: Any) -> str:
        return services.name_in_audit(obj.pk)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        actor, values = operator_of(request), form.cleaned_data
        if RENAMES & set(form.changed_data):
            services.rename_category(obj.pk, name=values["name"], slug=values["slug"], actor=actor)
        if MOVES & set(form.changed_data):
            parent, before = values["parent"], values["before"]
            services.move_category(obj.pk, parent_id=parent and parent.pk, before_id=before and before.pk, actor=actor)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The services have written it down."""
