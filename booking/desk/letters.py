"""A message as a printable letter, for patients without email or whose email bounced."""

from django.template.loader import select_template
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.desk.decorators import desk_view, missing, page, refuse
from booking.models import Appointment, Message
from booking.notifications import emails


@desk_view("mark_notified")
def letter(request, pk):
    rows = Message.objects.select_related(
        "appointment_request__patient", "appointment_request__location", "appointment__location"
    )
    message = rows.filter(pk=pk).first()
    if message is None:
        return missing(request)
    if message.status == Message.Status.SUPERSEDED:
        more = _("Don’t print it. See the request for what to tell the patient now.")
        return refuse(
            request, 410, _("This letter is out of date"), _("Something has changed since it was written."), more
        )
    now, appointment_request = timezone.now(), message.appointment_request
    words = select_template(
        [f"booking/notifications/letter/{message.kind}.html", "booking/notifications/letter/call_us.html"]
    )
    offered = appointment_request.appointments.filter(status=Appointment.Status.HELD, held_until__gt=now)
    context = emails.context_of(message, now=now) | {
        "message": message,
        "appointment_request": appointment_request,
        "words": words,
        "offered": offered.select_related("location").order_by("starts_at"),
        "today": now,
    }
    return page(request, "letter", context)
