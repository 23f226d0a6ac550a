"""Those who missed an appointment, whom nobody has called or booked again."""

import uuid
from datetime import timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone

from booking.desk.day.appointments import calls_since, rebookings
from booking.desk.day.rows import MISSED
from booking.desk.decorators import desk_view, page
from booking.lifecycle.call_log import Outcome
from booking.models import Appointment
from booking.models.appointment_request import has_died

LOOKED_BACK, MOST = timedelta(days=30), 50


@desk_view("log_call")
def no_shows(request):
    found = list(waiting(timezone.now())[: MOST + 1])
    context = {
        "appointments": found[:MOST],
        "more": len(found) > MOST,
        "outcomes": Outcome.choices,
        "key": uuid.uuid4(),
        "days": LOOKED_BACK.days,
    }
    return page(request, "day/no_shows", context, shows=found[:MOST])


def waiting(now):
    """Newest first. One query."""
    rows = Appointment.objects.filter(status__in=MISSED, starts_at__gte=now - LOOKED_BACK, starts_at__lte=now)
    rows = rows.exclude(Exists(calls_since(OuterRef("appointment_request"), OuterRef("starts_at"))))
    rows = rows.exclude(Exists(rebookings(OuterRef("pk")))).exclude(has_died("patient"))
    rows = rows.filter(patient__erased_at=None)
    related = ("appointment_request__patient", "appointment_request__reason", "practitioner", "location")
    return rows.select_related(*related).order_by("-starts_at", "-pk")
