"""Everything as a file. GET asks, POST downloads: whoever takes the file away is logged."""

from functools import partial
from tempfile import TemporaryFile

from django.http import StreamingHttpResponse
from django.utils import timezone

from booking.desk.decorators import desk_view, page
from booking.desk.requests.forms import PlainForm
from booking.exchange import everything
from clinic.access_log import notes as access_log
from clinic.access_log.notes import Kind
from clinic.practice_info import local_date

CHUNK = 64 * 1024  # bytes


@desk_view("export_everything", PlainForm)
def export_everything(request):
    if request.method != "POST":
        return page(request, "exchange/export", {}, shows=())
    access_log.shows(request, [], Kind.EXPORT)
    name = f"everything-{local_date(timezone.now()):%Y-%m-%d}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(_chunks(), content_type="application/zip", headers=headers)


def _chunks():
    """A practice of many years does not fit into memory."""
    with TemporaryFile() as file:
        everything.write_to(file)
        file.seek(0)
        yield from iter(partial(file.read, CHUNK), b"")
