"""Closing a flood in one act: requests that are not real, of one origin, without a word to anybody."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking import lifecycle
from booking.desk import labels
from booking.desk.decorators import desk_view, missing, page
from booking.desk.double_submit import form_key, is_repeated
from booking.desk.requests.actions import to_queue
from booking.desk.requests.forms import NOT_LISTED, ActForm
from booking.desk.requests.quiet_end import ReferencesField
from booking.desk.requests.views import find
from booking.lifecycle import NotAllowed
from booking.models import AppointmentRequest
from booking.models.appointment_request import QuietEnd
from clinic.access_log import notes as access_log
from clinic.practice_info import zone_of

WITHIN = timedelta(days=1)  # of this request: what the same place sent last week is another matter
MOST = 200  # in one act


class FloodForm(ActForm):
    also = ReferencesField(
        label=_("Close these too"), required=False,
        error_messages=dict.fromkeys(["invalid_choice", "invalid_list"], NOT_LISTED),
    )  # fmt: skip


@desk_view("cancel", FloodForm)
def not_real(request, reference):
    """End this request and the ticked ones of its origin."""
    appointment_request = find(reference)
    if appointment_request is None:
        return missing(request)
    access_log.shows(request, [appointment_request])
    form = FloodForm(request.POST) if request.method == "POST" else None
    if form is None or not form.is_valid():
        return _page(request, appointment_request, form.first_error if form else "", status=400 if form else 200)
    by = lifecycle.staff(request.user, form_key=form_key(request, FloodForm))
    also = AppointmentRequest.objects.filter(reference__in=form.cleaned_data["also"]).values_list("pk", flat=True)
    how = {"by": by, "now": timezone.now(), "version": form.cleaned_data["version"]}
    try:
        lifecycle.end_quietly(appointment_request.pk, QuietEnd.NOT_REAL, also, **how)
    except NotAllowed as refusal:
        if not is_repeated(by, refusal):
            notice = labels.refused(refusal, request.user, zone_of(appointment_request.location))
            return _page(request, find(reference), notice, status=409)
    return to_queue(appointment_request.pk, "end_quietly")


def _page(request, appointment_request, notice="", *, status=200):
    context = {
        "appointment_request": appointment_request,
        "others": list(of_same_origin(appointment_request).select_related("patient", "reason")[:MOST]),
        "is_open": appointment_request.status in AppointmentRequest.OPEN,
        "notice": notice,
    }
    return page(request, "requests/not_real", context, shows=[appointment_request, *context["others"]], status=status)


def of_same_origin(appointment_request):
    """Other open requests that one place sent at about the same time."""
    at, origin = appointment_request.submitted_at, appointment_request.origin
    rows = AppointmentRequest.objects.filter(status__in=AppointmentRequest.OPEN, replaces=None)
    rows = rows.filter(origin=origin, submitted_at__range=(at - WITHIN, at + WITHIN)) if origin else rows.none()
    return rows.exclude(pk=appointment_request.pk).order_by("pk")
