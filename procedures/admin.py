"""Where editors write treatment pages and, with the right, publish them."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.admin import LookOnly
from clinic.practice_info import local_date, practice_info
from clinic.text import clean_text
from clinic.web.language_names import mark_languages
from procedures.inlines import SHORT_TEXT, PairInline, RiskInline, SectionInline
from procedures.lint import findings
from procedures.models import Procedure, PublishedVersion, Section, Source
from procedures.publishing import CannotPublish, publish, sign, text_fingerprint, unfinished
from procedures.snapshots import snapshot
from procedures.views import page_context, template


@admin.register(Procedure)
class ProcedureAdmin(admin.ModelAdmin):
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
    inlines = [SectionInline, PairInline, RiskInline]
    actions = ["publish_chosen"]
    fieldsets = [
        (None, {"fields": ["name", ("slug", "language", "kind"), "also_called", "summary", "risks_summary", "order"]}),
        (gettext_lazy("Authors and reviewers"), {
            "fields": ["written_by", "reviewed_by", ("reviewed_on", "next_review_on"), "paid_for_by"],
        }),
        (gettext_lazy("On the website"), {"fields": ["stage", "is_shown", "draft", "shown_now"]}),
    ]  # fmt: skip

    def get_readonly_fields(self, request, obj=None):
        names = ["stage", "reviewed_by", "reviewed_on", "next_review_on", "draft", "shown_now"]
        names += [] if self.has_publish_permission(request) else ["is_shown"]
        # These take effect at once and are not part of a version: changing the URL would break every link.
        return [*names, "slug", "kind", "language"] if obj and obj.versions.exists() else names

    def has_review_permission(self, request):
        return request.user.has_perm("procedures.review_procedure")

    def has_publish_permission(self, request):
        return request.user.has_perm("procedures.publish_procedure")

    @admin.display(description=gettext_lazy("draft"))
    def draft(self, procedure):
        pages = ["overview", *procedure.sections.values_list("page", flat=True), *["risks"] * procedure.risks.count()]
        return _page_links("admin:procedures_procedure_draft", procedure.pk, pages) if procedure.pk else "–"

    @admin.display(description=gettext_lazy("newest version"))
    def shown_now(self, procedure):
        newest = procedure.pk and procedure.versions.order_by("-number").first()
        if not newest:
            return _("Not published yet.")
        url = reverse("admin:procedures_publishedversion_change", args=[newest.pk])
        return format_html('<a href="{}">{}</a>', url, newest)

    def get_urls(self):
        own = [("draft/<str:page>/", self.show_draft, "draft"), ("sign/", self.sign, "sign")]
        guard = self.admin_site.admin_view
        return [
            *(path(f"<int:pk>/{route}", guard(view), name=f"procedures_procedure_{name}") for route, view, name in own),
            *super().get_urls(),
        ]

    @admin.display(description=gettext_lazy("language"), ordering="language")
    def named_language(self, procedure):
        return mark_languages(procedure.get_language_display())

    def show_draft(self, request, pk, page):
        procedure = self.get_object(request, str(pk))
        if not procedure:
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
        context["may_review"] = self.has_review_permission(request)
        context["may_publish"] = self.has_publish_permission(request)
        context |= _as_read(context.get("original"))
        return super().render_change_form(request, context, *args, **kwargs)

    def save_related(self, request, form, formsets, change):
        """Save the parts too. A changed page is a draft again, whatever its stage was."""
        super().save_related(request, form, formsets, change)
        if form.has_changed() or any(formset.has_changed() for formset in formsets):
            Procedure.objects.filter(pk=form.instance.pk).update(stage=Procedure.Stage.DRAFT)

    def response_change(self, request, obj):
        if "_ask" in request.POST:
            Procedure.objects.filter(pk=obj.pk).update(stage=Procedure.Stage.REVIEW)
        elif "_publish" in request.POST:
            self._publish(request, obj)
        return super().response_change(request, obj)

    def sign(self, request, pk):
        """“I have reviewed this text”: signs the text that was read, identified by its fingerprint."""
        procedure = self.get_object(request, str(pk))
        if not procedure:
            raise Http404
        if not self.has_review_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            self._sign(request, procedure)
        return HttpResponseRedirect(reverse("admin:procedures_procedure_change", args=[pk]))

    def _sign(self, request, procedure):
        reviewer, text = clean_text(request.POST.get("reviewer", "")), request.POST.get("text", "")
        try:
            sign(procedure, reviewer=reviewer, on=_today(), text=text, is_demo=practice_info().is_demo)
        except CannotPublish as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return
        self.log_change(request, procedure, _("Marked this text as reviewed."))
        self.message_user(request, _("Marked as reviewed. This text can be published."), messages.SUCCESS)

    @admin.action(description=gettext_lazy("Publish selected pages"), permissions=["publish"])
    def publish_chosen(self, request, queryset):
        for procedure in queryset:
            self._publish(request, procedure)

    def _publish(self, request, procedure):
        if not self.has_publish_permission(request):
            raise PermissionDenied
        try:
            version = publish(procedure, by=request.user, now=timezone.now(), is_demo=practice_info().is_demo)
        except CannotPublish as refusal:
            self.message_user(request, f"{procedure}: {refusal}", messages.ERROR)
            return
        self.log_change(request, procedure, _("Published version %(number)s.") % {"number": version.number})
        self.message_user(request, _("%(version)s is now live.") % {"version": version}, messages.SUCCESS)


@admin.register(Source)
class SourceAdmin(admin.ModelAdmin):
    list_display = ["key", "citation", "year", "opened_on"]
    search_fields = ["key", "citation"]
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}


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
        return _page_links("admin:procedures_publishedversion_shown", version.pk, version.content["pages"])

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
        return _show(request, version, page)


def _today():
    return local_date(timezone.now())


def _as_read(procedure):
    """The lint findings for the saved draft, and the fingerprint that a reviewer signs."""
    if procedure is None:
        return {}
    try:
        content = snapshot(procedure)
    except CannotPublish as refusal:
        return {"findings": [{"sentence": str(refusal)}]}
    text = text_fingerprint(content)
    return {
        "findings": [*_left(content), *findings(content, today=_today())],
        "text": text,
        "is_checked": text == procedure.reviewed_sha256,
    }


def _left(content):
    """What a clinician or the practice must still check or write: it blocks the review."""
    return [] if practice_info().is_demo else unfinished(content)


def _show(request, version, page):
    if page not in version.content["pages"]:
        raise Http404
    return render(request, template(version, page), page_context(version, page) | {"is_preview": True})


def _page_links(name, pk, pages):
    links = [(reverse(name, args=[pk, page]), page.label) for page in Section.Page if page in pages]
    return format_html_join(" · ", '<a href="{}">{}</a>', links)
