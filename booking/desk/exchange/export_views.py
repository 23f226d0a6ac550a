"""Everything as a file. GET asks, POST downloads: whoever takes the file away is logged."""

from django.http import StreamingHttpResponse
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
    name = f"everything-{local_date(timezone.now()):%Y-%m-%d}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(everything.pieces(), content_type="application/zip", headers=headers)
