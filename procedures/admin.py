"""Where editors write treatment pages and, with the right to, publish them."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from procedures.models import Procedure, PublishedVersion, Risk, Section, Source
from procedures.publishing import CannotPublish, publish, snapshot
from procedures.views import page_context

TEMPLATES = {Section.Page.OVERVIEW: "procedures/overview.html", Section.Page.RISKS: "procedures/risks.html"}


SHORT_TEXT = {models.TextField: {"widget": admin.widgets.AdminTextareaWidget(attrs={"rows": 3})}}


class SectionInline(admin.StackedInline):
    model = Section
    extra = 0
    fields = [("page", "kind", "order"), ("heading", "anchor"), "body"]


class RiskInline(admin.StackedInline):
    model = Risk
    fk_name = "procedure"
    extra = 0
    formfield_overrides = SHORT_TEXT
    fields = [
        ("name", "order"), ("per_1000", "low", "high", "unit"), ("count_words", "is_pictured"),
        "how_bad", "what_we_do", ("sureness", "source", "part_of"),
    ]  # fmt: skip

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "part_of":
            kwargs["queryset"] = Risk.objects.filter(procedure_id=request.resolver_match.kwargs.get("object_id"))
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        field.choices = list(field.choices)  # read once for the page, not once for each risk on it
        return field


@admin.register(Procedure)
class ProcedureAdmin(admin.ModelAdmin):
    list_display = ["name", "is_shown", "reviewed_by", "reviewed_on", "next_review_on"]
    list_filter = ["is_shown"]
    search_fields = ["name", "summary"]
    formfield_overrides = SHORT_TEXT
    inlines = [SectionInline, RiskInline]
    actions = ["publish_chosen"]
    fieldsets = [
        (None, {"fields": ["name", "slug", "also_called", "summary", "risks_summary", "order"]}),
        (gettext_lazy("Who vouches for it"), {
            "fields": ["written_by", "reviewed_by", ("reviewed_on", "next_review_on"), "paid_for_by"],
        }),
        (gettext_lazy("On the site"), {"fields": ["is_shown", "draft", "shown_now"]}),
    ]  # fmt: skip

    def get_readonly_fields(self, request, obj=None):
        return ["draft", "shown_now", *([] if self.has_publish_permission(request) else ["is_shown"])]

    def has_publish_permission(self, request):
        return request.user.has_perm("procedures.publish_procedure")

    @admin.display(description=gettext_lazy("draft"))
    def draft(self, procedure):
        return _page_links("admin:procedures_procedure_draft", procedure.pk) if procedure.pk else "–"

    @admin.display(description=gettext_lazy("newest version"))
    def shown_now(self, procedure):
        newest = procedure.pk and procedure.versions.order_by("-number").first()
        if not newest:
            return _("Not published yet.")
        url = reverse("admin:procedures_publishedversion_change", args=[newest.pk])
        return format_html('<a href="{}">{}</a>', url, newest)

    def get_urls(self):
        draft = path(
            "<int:pk>/draft/<str:page>/", self.admin_site.admin_view(self.show_draft), name="procedures_procedure_draft"
        )
        return [draft, *super().get_urls()]

    def show_draft(self, request, pk, page):
        procedure = self.get_object(request, str(pk))
        if not procedure or page not in TEMPLATES:
            raise Http404
        if not self.has_view_or_change_permission(request, procedure):
            raise PermissionDenied
        try:
            draft = PublishedVersion(procedure=procedure, public_id="", number=0, content=snapshot(procedure))
        except CannotPublish as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return self.response_post_save_change(request, procedure)
        return _show(request, draft, page)

    def render_change_form(self, request, context, *args, **kwargs):
        context["may_publish"] = self.has_publish_permission(request)
        return super().render_change_form(request, context, *args, **kwargs)

    def response_change(self, request, obj):
        if "_publish" in request.POST:
            self._publish(request, obj)
        return super().response_change(request, obj)

    @admin.action(description=gettext_lazy("Publish the chosen pages"), permissions=["publish"])
    def publish_chosen(self, request, queryset):
        for procedure in queryset:
            self._publish(request, procedure)

    def _publish(self, request, procedure):
        if not self.has_publish_permission(request):
            raise PermissionDenied
        try:
            version = publish(procedure, by=request.user, now=timezone.now())
        except CannotPublish as refusal:
            self.message_user(request, f"{procedure}: {refusal}", messages.ERROR)
            return
        self.log_change(request, procedure, _("Published version %(number)s.") % {"number": version.number})
        self.message_user(request, _("%(version)s is what the public sees.") % {"version": version}, messages.SUCCESS)


@admin.register(Source)
class SourceAdmin(admin.ModelAdmin):
    list_display = ["key", "citation", "year", "opened_on"]
    search_fields = ["key", "citation"]


@admin.register(PublishedVersion)
class PublishedVersionAdmin(admin.ModelAdmin):
    """What was shown stays as it was: to look at, never to change or delete."""

    list_display = ["__str__", "published_at", "published_by"]
    list_filter = ["procedure"]
    list_select_related = ["procedure", "published_by"]
    fields = ["procedure", "number", "published_at", "published_by", "public_id", "sha256", "as_shown"]
    readonly_fields = fields

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description=gettext_lazy("as it was shown"))
    def as_shown(self, version):
        return _page_links("admin:procedures_publishedversion_shown", version.pk)

    def get_urls(self):
        shown = path(
            "<int:pk>/shown/<str:page>/",
            self.admin_site.admin_view(self.show_version),
            name="procedures_publishedversion_shown",
        )
        return [shown, *super().get_urls()]

    def show_version(self, request, pk, page):
        version = self.get_object(request, str(pk))
        if not version or page not in TEMPLATES:
            raise Http404
        if not self.has_view_permission(request, version):
            raise PermissionDenied
        return _show(request, version, page)


def _show(request, version, page):
    return render(request, TEMPLATES[page], page_context(version, page) | {"is_preview": True})


def _page_links(name, pk):
    links = [(reverse(name, args=[pk, page]), page.label) for page in Section.Page]
    return format_html('<a href="{}">{}</a> · <a href="{}">{}</a>', *links[0], *links[1])
