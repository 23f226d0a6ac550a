"""A picture that is sent along with the form of a section. It is kept at once, also if the section is not saved."""

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from procedures.citations import DRAWINGS, drawing_line
from procedures.editing.section_form import SectionForm, UploadForm
from procedures.models import Picture, Section
from procedures.pictures import intake

MOST_SHOWN = 60  # pictures to choose from, the newest first


class Upload:
    """`picture`: what was kept just now, or None. `form`: empty, or with what is wrong."""

    def __init__(self, request):
        is_sent = request.method == "POST" and (
            "picture_file" in request.FILES or "upload" in request.POST or _is_huge(request)
        )
        self.form = UploadForm(request.POST, request.FILES) if is_sent else UploadForm()
        self.picture = self._kept(request) if is_sent and self.form.is_valid() else None
        self.is_refused = is_sent and self.picture is None
        if is_sent and _is_huge(request):
            self.form.add_error("picture_file", _("This picture is larger than 200 kB. Make it smaller and try again."))

    def data(self, posted):
        """What was posted, with the new picture chosen."""
        if self.picture is None:
            return posted
        data = posted.copy()
        data["picture"], data["alt"] = self.picture.name, self.picture.description
        return data

    def _kept(self, request):
        given = self.form.cleaned_data
        return intake.keep(
            given["picture_file"],
            name=request.FILES["picture_file"].name,
            description=given["picture_words"],
            by=request.user,
            now=timezone.now(),
        )


def choices(section: Section) -> dict:
    """The pictures that a section can have. `lines`: they are placed by typing, one for each step."""
    uploaded = list(Picture.objects.defer("content")[:MOST_SHOWN])
    return {
        "drawings": sorted(DRAWINGS),
        "uploaded": uploaded,
        "lines": [drawing_line(name, _("what it shows")) for name in sorted(DRAWINGS)]
        + [drawing_line(row.name, row.description) for row in uploaded],
        "is_chosen": section.kind in SectionForm.PICTURED,
        "is_typed": section.kind in set(Section.DRAWN) - set(SectionForm.PICTURED),
    }


def _is_huge(request) -> bool:
    """Whether the file was dropped while it came in."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    return length.isdigit() and int(length) > settings.FILE_UPLOAD_MAX_MEMORY_SIZE
