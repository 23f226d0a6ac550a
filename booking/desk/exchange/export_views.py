"""Everything as a file. GET asks, POST downloads: whoever takes the file away is logged."""

from tempfile import TemporaryFile

from django.http import FileResponse
from django.utils import timezone

from booking.desk.decorators import desk_view, page
from booking.desk.requests.forms import PlainForm
from booking.exchange import everything
from clinic.access_log import notes as access_log
from clinic.access_log.notes import Kind
from clinic.practice_info import local_date


@desk_view("export_everything", PlainForm)
def export_everything(request):
    if request.method != "POST":
        return page(request, "exchange/export", {}, shows=())
    access_log.shows(request, [], Kind.EXPORT)
    file = TemporaryFile()  # noqa: SIM115 - the answer closes it, and with that it is gone
    everything.write_to(file)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"everything-{local_date(timezone.now()):%Y-%m-%d}.zip")
