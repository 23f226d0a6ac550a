"""Where editors write treatment pages and, with the right, publish them."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import OuterRef, Subquery
from django.http import Http404
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.admin import LookOnly
from clinic.web.language_names import mark_languages
from procedures.citations import drawing_names
from procedures.editing.preview import show
from procedures.editing.review import ReviewActs
from procedures.editing.views import EditingPages
from procedures.models import Picture, Procedure, PublishedVersion, Section, Source

SHORT_TEXT = {models.TextField: {"widget": admin.widgets.AdminTextareaWidget(attrs={"rows": 3})}}


@admin.register(Procedure)
class ProcedureAdmin(EditingPages, ReviewActs, admin.ModelAdmin):
    list_display = [
        "name",
        "named_language",
        "kind",
        "stage",
        "is_shown",
        "reviewed_by",
        "reviewed_on",
        "next_review_on",
    ]
    list_filter = ["is_shown", "kind", "language", "stage"]
    search_fields = ["name", "summary"]
    formfield_overrides = SHORT_TEXT
    actions = ["publish_chosen", "hide_chosen", "show_chosen"]
    fields = ["name", "kind", "language", "slug", "summary"]  # of a new page: see procedures/editing for all of them

    def response_add(self, request, obj, post_url_continue=None):
        """A new page is written from its outline."""
        response = super().response_add(request, obj, post_url_continue)
        return response if "_addanother" in request.POST else self.back(obj.pk)

    @admin.display(description=gettext_lazy("language"), ordering="language")
    def named_language(self, procedure):
        return mark_languages(procedure.get_language_display())

    @admin.action(description=gettext_lazy("Publish selected pages"), permissions=["publish"])
    def publish_chosen(self, request, queryset):
        for procedure in queryset:
            self.publish(request, procedure)

    @admin.action(description=gettext_lazy("Hide selected pages from the website"), permissions=["publish"])
    def hide_chosen(self, request, queryset):
        self._set_shown(request, queryset, is_shown=False)

    @admin.action(description=gettext_lazy("Show selected pages on the website"), permissions=["publish"])
    def show_chosen(self, request, queryset):
        self._set_shown(request, queryset, is_shown=True)

    def _set_shown(self, request, queryset, *, is_shown):
        for procedure in queryset.exclude(is_shown=is_shown):
            Procedure.objects.filter(pk=procedure.pk).update(is_shown=is_shown)
            self.log_change(request, procedure, _("Shown on the website.") if is_shown else _("Hidden."))


@admin.register(Source)
class SourceAdmin(admin.ModelAdmin):
    list_display = ["key", "citation", "year", "opened_on"]
    search_fields = ["key", "citation"]
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}


@admin.register(Picture)
class PictureAdmin(LookOnly, admin.ModelAdmin):
    """Pictures are uploaded in the form of a section. One that nothing uses can be deleted."""

    list_display = ["name", "description", "kind", "uploaded_by", "uploaded_at", "published_at"]
    list_select_related = ["uploaded_by"]
    search_fields = ["name", "description"]
    fields = [
        "name", "description", "seen", "kind", "width", "height", "uploaded_by", "uploaded_at", "published_at",
    ]  # fmt: skip
    readonly_fields = fields

    def get_queryset(self, request):
        return super().get_queryset(request).defer("content")

    def has_delete_permission(self, request, obj=None):
        return request.user.has_perm("procedures.delete_picture") and not (obj and _is_used(obj))

    @admin.display(description=gettext_lazy("picture"))
    def seen(self, picture):
        return format_html('<a href="{}">{}</a>', reverse("procedures:picture", args=[picture.file]), picture.file)


@admin.register(PublishedVersion)
class PublishedVersionAdmin(LookOnly, admin.ModelAdmin):
    """Published versions are read-only: nobody can change or delete them."""

    list_display = ["__str__", "published_at", "shown_until", "published_by"]
    list_filter = ["procedure"]
    list_select_related = ["procedure", "published_by"]
    fields = [
        "procedure", "number", "published_at", "shown_until", "published_by", "public_id", "sha256", "as_shown",
    ]  # fmt: skip
    readonly_fields = fields

    @admin.display(description=gettext_lazy("as it was shown"))
    def as_shown(self, version):
        name, pages = "admin:procedures_publishedversion_shown", version.content["pages"]
        links = [(reverse(name, args=[version.pk, page]), page.label) for page in Section.Page if page in pages]
        return format_html_join(" · ", '<a href="{}">{}</a>', links)

    def get_queryset(self, request):
        later = PublishedVersion.objects.filter(procedure=OuterRef("procedure"), number__gt=OuterRef("number"))
        until = later.order_by("number").values("published_at")[:1]
        return super().get_queryset(request).annotate(shown_until=Subquery(until))

    @admin.display(description=gettext_lazy("shown until"))
    def shown_until(self, version):
        return version.shown_until or _("now, if the page is on the website")

    def get_urls(self):
        shown = path(
            "<int:pk>/shown/<str:page>/",
            self.admin_site.admin_view(self.show_version),
            name="procedures_publishedversion_shown",
        )
        return [shown, *super().get_urls()]

    def show_version(self, request, pk, page):
        version = self.get_object(request, str(pk))
        if not version:
            raise Http404
        if not self.has_view_permission(request, version):
            raise PermissionDenied
        return show(request, version, page)


def _is_used(picture):
    bodies = Section.objects.filter(body__contains=f"]({picture.name}").values_list("body", flat=True)
    return bool(picture.published_at) or picture.name in drawing_names(*bodies)
