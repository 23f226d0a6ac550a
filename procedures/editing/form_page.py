"""The page with the form of one part: what was typed, what to fix in it, how patients will see it."""

from functools import cached_property

from django.db import IntegrityError
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from procedures.editing import changes, outline
from procedures.editing.kinds import FACTS_KIND, Kind, place_of
from procedures.editing.preview import preview
from procedures.editing.upload import Upload, choices
from procedures.models import Procedure, Section, Source
from procedures.snapshots import CannotPublish, snapshot

ONLY_SHOWN = {"preview", "upload", "more"}  # buttons that save nothing


class FormPage:
    """`part`: a key; None for a new part and for the facts. `conflict`: what somebody else saved meanwhile."""

    def __init__(self, request, kind: Kind, procedure: Procedure, part: int | None, *, may_publish: bool):
        self.request, self.kind, self.procedure = request, kind, procedure
        self.is_posted = request.method == "POST"
        self.is_gone = False
        self.part = procedure if kind is FACTS_KIND else self._found(part)
        may_upload = kind.model is Section and request.user.has_perm("procedures.add_picture")
        self.upload = Upload(request) if may_upload else None
        self.form = self._form(self._data(), may_publish)
        self.conflict = ""

    def is_saved(self) -> bool:
        """Save what was posted, if it is right, and if that is what was asked for."""
        if not self.is_posted or self._only_shows() or not self.form.is_valid():
            return False
        if self.is_gone:
            self.conflict = "removed"
        elif self.form.changed_columns or self.part.pk is None:
            self._save()
        return not (self.conflict or self.form.errors)

    def following(self) -> str:
        """Where to go after saving: the next part, or the outline at this one."""
        rows = outline.rows_of(outline.outline(self.procedure, None, {}))
        here = next((place for place, row in enumerate(rows) if self._is(row)), -1)
        if "next" in self.request.POST and here + 1 < len(rows):
            row = rows[here + 1]
            return reverse("admin:procedures_procedure_part", args=[self.procedure.pk, row.kind, row.pk])
        url = reverse("admin:procedures_procedure_change", args=[self.procedure.pk])
        return f"{url}#{self.kind.name}-{self.part.pk}"

    def context(self) -> dict:
        content = self._content()
        found = outline.by_place(content).get(place_of(self._shown), []) if content else []
        return {
            "title": str(self.saved) if self.saved else self.kind.new,
            "kind": self.kind,
            "form": self.form,
            "part": self.part,
            "is_new": self.part.pk is None,
            "is_typed": self.is_posted,
            "conflict": self.conflict,
            "action": self._action(),
            "theirs": self._theirs(),
            "findings": found,
            "preview": preview(self._shown, content) if content else "",
            "sources": Source.objects.all(),
            "upload": self.upload,
            "pictures": choices() if self.kind.model is Section else None,
        }

    @cached_property
    def saved(self):
        """The part as it is in the database now; None for one that is not there."""
        return type(self.part).objects.filter(pk=self.part.pk).first() if self.part.pk else None

    def _found(self, key):
        new = self.kind.model(procedure=self.procedure)
        if key is None:
            return new
        found = self.kind.model.objects.filter(procedure=self.procedure, pk=key).first()
        if found is None and not self.is_posted:
            raise Http404
        self.is_gone = found is None
        return found or new

    def _data(self):
        if not self.is_posted:
            return None
        posted = self.upload.data(self.request.POST) if self.upload else self.request.POST
        return _with_one_more(posted) if "more" in posted else posted

    def _only_shows(self) -> bool:
        if self.upload and self.upload.is_refused:
            return True
        return not ONLY_SHOWN.isdisjoint(self.request.POST)

    def _form(self, data, may_publish):
        rights = {"may_publish": may_publish} if self.kind is FACTS_KIND else {}
        given = {} if self.part.pk else self.request.GET.dict()
        return self.kind.form(data, instance=self.part, initial=given, **rights)

    def _save(self):
        try:
            changes.save(self.part, self.form.changed_columns, version=self.form.cleaned_data["version"])
        except changes.ChangedMeanwhile:
            self.conflict = "changed" if self.saved else "removed"
            self._say_so()
        except IntegrityError:
            self.form.add_error(None, _("Someone just used this name for another part. Choose another one."))

    def _say_so(self):
        """Whoever presses Save again has seen what the other one wrote."""
        self.form.data = self.form.data.copy()
        self.form.data["version"] = self.saved.version if self.saved else 1

    def _action(self):
        if self.conflict != "removed":
            return self.request.get_full_path()
        return reverse("admin:procedures_procedure_add_part", args=[self.procedure.pk, self.kind.name])

    def _theirs(self):
        """(label, text) of each field that somebody else changed, as it is saved now."""
        if self.conflict != "changed":
            return []
        theirs = self.kind.form(instance=self.saved)
        return [(field.label, field.value()) for field in theirs if field.name in self.form.changed_columns]

    @property
    def _shown(self):
        """What the preview shows: what was typed, or what is saved if that has errors."""
        return self.part if not self.is_posted or self.form.is_valid() else self.saved or self.part

    def _content(self):
        """The whole page with this part as it was typed; None if there is nothing that could be shown."""
        shown = self._shown
        if shown.pk is None and not (self.is_posted and self.form.is_valid()):
            return None
        try:
            return snapshot(shown) if self.kind is FACTS_KIND else snapshot(self.procedure, typed=shown)
        except CannotPublish:
            return None

    def _is(self, row):
        return row.kind == self.kind.name and row.pk == self.part.pk


def _with_one_more(posted):
    """What was posted, with the fields of another step."""
    count = posted.get("steps-TOTAL_FORMS", "")
    data = posted.copy()
    if count.isascii() and count.isdigit():
        data["steps-TOTAL_FORMS"] = str(int(count) + 1)
    return data
