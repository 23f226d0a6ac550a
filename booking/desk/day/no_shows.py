"""Those who missed an appointment, whom nobody has called or booked again."""

import uuid
from datetime import timedelta
from functools import cache

from django.db.models import DateTimeField, Exists, OuterRef
from django.utils import timezone

from booking.desk import labels, undo_bar
from booking.desk.day.appointments import calls_since, rebookings
from booking.desk.decorators import desk_view, page
from booking.desk.patients import same_person
from booking.lifecycle.call_log import Outcome
from booking.models import Appointment
from booking.models.appointment_request import has_died
from clinic.compiled_query import CompiledQuery, Param

LOOKED_BACK, MOST = timedelta(days=30), 50


@desk_view("log_call")
def no_shows(request):
    now = timezone.now()
    found = waiting(request.user, now, most=MOST + 1)
    context = {
        "undo_bar": undo_bar.act_named(request, now),
        "appointments": found[:MOST],
        "more": len(found) > MOST,
        "outcomes": Outcome.choices,
        "key": uuid.uuid4(),
        "days": LOOKED_BACK.days,
    }
    return page(request, "day/no_shows", context, shows=found[:MOST])


def waiting(user, now, most):
    """Newest first, each with the patient’s `needs`, who is `calling`, and what the person has `ahead`, also under
    another patient row. Two queries.
    """
    found = list(_compiled(most)(since=now - LOOKED_BACK, now=now))
    rows = same_person.standing([each.appointment_request.patient for each in found], now) if found else []
    for each in found:
        patient = each.appointment_request.patient
        each.needs, each.calling = labels.needs(patient), labels.calling(patient, user, now)
        each.ahead = same_person.of(patient, rows)
    return found


@cache
def _compiled(most):
    return CompiledQuery(lambda: _waiting()[:most])


def _waiting():
    since, now = Param("since", DateTimeField()), Param("now", DateTimeField())
    rows = Appointment.objects.filter(status__in=Appointment.MISSED, starts_at__gte=since, starts_at__lte=now)
    rows = rows.exclude(Exists(calls_since(OuterRef("appointment_request"), OuterRef("starts_at"))))
    rows = rows.exclude(Exists(rebookings(OuterRef("pk")))).exclude(has_died("patient"))
    rows = rows.filter(patient__erased_at=None)
    related = ("appointment_request__patient__called_by", "appointment_request__reason", "practitioner", "location")
    return rows.select_related(*related).order_by("-starts_at", "-pk")
