"""Renders mail to the desk's own address: numbers and links, no names and no reasons."""

from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Count
from django.template.loader import render_to_string

from booking.models import Appointment, AppointmentRequest, Message
from booking.models.bounded_count import count_of
from booking.notifications.staff_emails import StaffMail, addressed
from clinic.models import StaffMessage
from clinic.practice_info import local_date, practice_info


def is_current(message: StaffMessage) -> bool:
    """Whether the desk still has an address."""
    return bool(practice_info().desk_email)


def render(message: StaffMessage) -> StaffMail:
    counted = _morning(message.due_at) if message.kind == StaffMessage.Kind.MORNING else _news(message)
    return written(message.kind, counted)


def written(kind: str, context: dict[str, object]) -> StaffMail:
    """The template's first line is the subject."""
    shared = {"practice": practice_info(), "site": settings.SITE_URL}
    rendered = render_to_string(f"booking/notifications/desk/{kind}.txt", shared | context).strip()
    subject, _newline, text = rendered.partition("\n")
    text = "\n\n".join(block.strip() for block in text.split("\n\n") if block.strip()) + "\n"
    return StaffMail(subject, text, f"{subject}\n\n{text}")


def email(message: StaffMessage, mail: StaffMail) -> EmailMessage:
    return addressed_to_desk(mail)


def addressed_to_desk(mail: StaffMail) -> EmailMessage:
    return addressed(mail, practice_info().desk_email)


def _news(message: StaffMessage) -> dict[str, object]:
    """How many notices of each kind this email tells, under the names that the template knows."""
    by_kind = message.notices.order_by().values_list("kind").annotate(Count("pk"))
    return dict(by_kind)


def _morning(now: datetime) -> dict[str, object]:
    since, until = practice_info().bounds(local_date(now), local_date(now))
    today = Appointment.objects.filter(starts_at__gte=since, starts_at__lt=until, status__in=Appointment.ATTENDED)
    waiting = AppointmentRequest.objects.waiting()
    return {
        "waiting": count_of(waiting),
        "overdue": count_of(waiting.filter(respond_by__lte=now)),
        "calls": count_of(Message.objects.to_tell()),
        "appointments": today.count(),
    }
