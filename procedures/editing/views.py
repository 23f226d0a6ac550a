"""The outline of a treatment page, and a page with a form for each of its parts."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from procedures.editing import changes, outline
from procedures.editing.expired_form import or_sign_in
from procedures.editing.form_page import FormPage
from procedures.editing.kinds import FACTS_KIND, PARTS
from procedures.editing.preview import show
from procedures.models import PublishedVersion
from procedures.publishing import reviewer_name, text_fingerprint
from procedures.snapshots import CannotPublish, snapshot

ACTS = ("ask", "sign", "publish")
STEPS = {"up": -1, "down": 1}


class EditingPages:
    """Mixed into the admin of treatment pages."""

    def get_urls(self):
        def at(route, view, name):
            return path(
                f"<int:pk>/{route}", or_sign_in(self.admin_site.admin_view(view)), name=f"procedures_procedure_{name}"
            )

        return [
            at("draft/<str:page>/", self.show_draft, "draft"),
            at("facts/", self.facts, "facts"),
            at("parts/<slug:kind>/add/", self.part, "add_part"),
            at("parts/<slug:kind>/<int:part>/", self.part, "part"),
            at("parts/<slug:kind>/<int:part>/move/", self.move, "move"),
            at("parts/<slug:kind>/<int:part>/remove/", self.remove, "remove"),
            *(at(f"{act}/", self._act(act), act) for act in ACTS),
            *super().get_urls(),
        ]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The outline takes the place of the one form for everything."""
        procedure = self._seen(request, object_id)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        return self._page(request, "outline", procedure, self._outline(request, procedure) | {"title": str(procedure)})

    def show_draft(self, request, pk, page):
        procedure = self._seen(request, pk)
        try:
            draft = PublishedVersion(procedure=procedure, public_id="", number=0, content=snapshot(procedure))
        except CannotPublish as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return self.back(pk)
        return show(request, draft, page)

    def facts(self, request, pk):
        return self._form(request, FACTS_KIND, self._seen(request, pk))

    def part(self, request, pk, kind, part=None):
        return self._form(request, _kind(kind), self._seen(request, pk), part)

    def move(self, request, pk, kind, part):
        row = self._posted_part(request, "change", pk, kind, part)
        changes.move(row, by=STEPS.get(request.POST.get("to"), 0))
        return self.back(pk, f"{kind}-{part}")

    def remove(self, request, pk, kind, part):
        """GET asks, POST removes."""
        if request.method == "GET":
            row = self._part_of(request, "delete", pk, kind, part)
            return self._page(request, "remove", row.procedure, {"part": row, "title": _("Remove “%s”?") % row})
        row = self._posted_part(request, "delete", pk, kind, part)
        try:
            changes.remove(row, version=_number(request.POST.get("version")))
        except changes.ChangedMeanwhile:
            self.message_user(request, _("Someone just changed this part. Nothing was removed."), messages.ERROR)
            return HttpResponseRedirect(request.path)
        self.log_change(request, row.procedure, _("Removed “%s”.") % row)
        self.message_user(request, _("Removed “%s”.") % row, messages.SUCCESS)
        return self.back(pk)

    def _form(self, request, kind, procedure, part=None):
        if not request.user.has_perm(f"procedures.{'change' if part or kind is FACTS_KIND else 'add'}_{kind.table}"):
            raise PermissionDenied
        page = FormPage(request, kind, procedure, part, may_publish=self.has_publish_permission(request))
        if page.is_saved():
            if page.form.changed_columns:
                self.log_change(request, procedure, _("Changed “%s”.") % page.part)
            self.message_user(request, _("Saved: %s.") % page.part, messages.SUCCESS)
            return HttpResponseRedirect(page.following())
        status = 409 if page.conflict else 200
        return self._page(request, "form", procedure, page.context(), status)

    def _outline(self, request, procedure):
        try:
            content = snapshot(procedure)
        except CannotPublish as refusal:
            return {"groups": outline.outline(procedure, None, {}), "of_the_whole": [(str(refusal), "")]}
        found, text = outline.by_place(content), text_fingerprint(content)
        groups = outline.outline(procedure, content, found)
        return {
            "groups": groups,
            "newest": procedure.versions.order_by("-number").first(),
            "reviewer": reviewer_name(request.user),
            "of_facts": found.get(outline.OF_FACTS, []),
            "of_the_whole": outline.about_the_whole(content, found, groups),
            "number": sum(map(len, found.values())),
            "text": text,
            "is_checked": text == procedure.reviewed_sha256,
        }

    def _act(self, name):
        def act(request, pk):
            procedure = self._seen(request, pk)
            if request.method == "POST":
                getattr(self, name)(request, procedure)
            return self.back(pk)

        return act

    def _seen(self, request, pk):
        procedure = self.get_object(request, str(pk))
        if not procedure:
            raise Http404
        if not self.has_view_or_change_permission(request, procedure):
            raise PermissionDenied
        return procedure

    def _posted_part(self, request, right, *where):
        if request.method != "POST":
            raise Http404
        return self._part_of(request, right, *where)

    def _part_of(self, request, right, pk, kind, part):
        found = _kind(kind)
        if not request.user.has_perm(f"procedures.{right}_{found.table}"):
            raise PermissionDenied
        row = found.model.objects.select_related("procedure").filter(procedure=pk, pk=part).first()
        if row is None:
            raise Http404
        return row

    def _page(self, request, name, procedure, context, status=200):
        rights = {
            "may_change": self.has_change_permission(request, procedure),
            "may_review": self.has_review_permission(request),
            "may_publish": self.has_publish_permission(request),
        }
        shared = self.admin_site.each_context(request) | {"opts": self.opts, "procedure": procedure} | rights
        return render(request, f"admin/procedures/procedure/{name}.html", shared | context, status=status)

    def back(self, pk, place=""):
        url = reverse("admin:procedures_procedure_change", args=[pk])
        return HttpResponseRedirect(f"{url}#{place}" if place else url)


def _kind(name):
    if name not in PARTS:
        raise Http404
    return PARTS[name]


def _number(text):
    return int(text) if text and text.isascii() and text.isdigit() else 0
