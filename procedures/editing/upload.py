"""A picture that is sent along with the form of a section. It is kept at once, also if the section is not saved."""

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from procedures.citations import DRAWINGS
from procedures.editing.picture_form import UploadForm
from procedures.models import Picture
from procedures.pictures import intake

MOST_SHOWN = 60  # pictures to choose from, the newest first


class Upload:
    """`picture`: what was kept just now, or None. `form`: empty, or with what is wrong."""

    def __init__(self, request):
        is_large = is_huge(request)
        is_sent = request.method == "POST" and ("picture_file" in request.FILES or "upload" in request.POST or is_large)
        self.form = UploadForm(request.POST, request.FILES) if is_sent else UploadForm()
        self.picture = self._kept(request) if is_sent and self.form.is_valid() else None
        self.is_refused = is_sent and self.picture is None
        if is_sent and is_large:
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


def choices() -> dict:
    """The pictures that a section can have."""
    return {"drawings": sorted(DRAWINGS), "uploaded": Picture.objects.defer("content")[:MOST_SHOWN]}


def is_huge(request) -> bool:
    """Whether the file was dropped while it came in."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    return length.isdigit() and int(length) > settings.FILE_UPLOAD_MAX_MEMORY_SIZE
