"""What the desk prints: a message as a letter, for patients whom no email reaches, and the appointment card."""

from django.template.loader import select_template
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.desk.decorators import desk_view, missing, page, refuse
from booking.desk.requests.views import find
from booking.models import Appointment, Message
from booking.notifications import emails, links, paper
from clinic.access_log.notes import Kind
from clinic.web.qr_code import qr_code


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
        "qr_code": qr_code(links.absolute(appointment_request)),
    }
    return page(request, "letter", context, shows=[appointment_request], kind=Kind.PRINT)


@desk_view("resend_link")
def card(request, reference):
    """The appointment on paper, with the patient's private link as a QR code."""
    appointment_request = find(reference)
    if appointment_request is None:
        return missing(request)
    appointment = links.appointment_of(appointment_request)
    if appointment is None or appointment.status != Appointment.Status.BOOKED or appointment.needs_rebooking_since:
        return refuse(request, 409, _("No card to print"), _("There is no booked appointment to put on it."))
    return page(
        request, "card", paper.card(appointment_request, appointment), shows=[appointment_request, appointment],
        kind=Kind.PRINT,
    )  # fmt: skip
