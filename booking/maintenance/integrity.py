"""Rules that must hold between rows, checked by the database: one query per rule, for any number of rows.

The constraints and the lifecycle enforce all of them; this checks that they did. A finding names rows, never people.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from django.apps import apps
from django.db.models import (
    Exists,
    F,
    ForeignKey,
    Max,
    Model,
    OuterRef,
    Q,
    QuerySet,
    RowRange,
    Subquery,
    Value,
    Window,
)
from django.db.models.functions import Coalesce, Lag

from booking.lifecycle.verbs import VERBS
from booking.models import Appointment, AppointmentRequest, Event, Message, Patient, SearchKey
from booking.models.reference import parse_reference

NOTIFYING = [verb.name for verb in VERBS.values() if verb.notifies_patient]
RequestStatus, AppointmentStatus = AppointmentRequest.Status, Appointment.Status
Keys = Iterable[int]


class Finding(NamedTuple):
    rule: str
    row: str
    pk: int

    def __str__(self) -> str:
        return f"{self.rule}: {self.row} {self.pk}"


def findings(most: int = 100) -> Iterator[Finding]:
    """Violations, with a limited number of rows per rule."""
    for rule, model, keys in [*RULES, *_foreign_keys()]:
        for pk in islice(_iterate(keys()), most):
            yield Finding(rule, model._meta.model_name, pk)


def _iterate(keys: Keys) -> Iterator[int]:
    return keys.iterator() if isinstance(keys, QuerySet) else iter(keys)


def overlaps() -> Keys:
    """Appointments that start, including buffers, before an earlier one of the same practitioner ends."""
    guarded = Appointment.objects.filter(status__in=Appointment.HOLDING, overbooked=False)
    return _overlapping(guarded, "practitioner", "blocked_from", "blocked_until")


def in_two_places() -> Keys:
    """Appointments that start before an earlier one of the same patient ends."""
    guarded = Appointment.objects.filter(status__in=Appointment.ATTENDED, in_two_places=False).exclude(patient=None)
    return _overlapping(guarded, "patient", "starts_at", "ends_at")


def _overlapping(guarded: QuerySet[Appointment], who: str, starts: str, ends: str) -> Keys:
    earlier = Window(Max(ends), partition_by=who, order_by=[starts, "pk"], frame=RowRange(None, -1))
    rows = guarded.order_by().annotate(busy_until=earlier).filter(busy_until__gt=F(starts))
    return (pk for pk, _busy_until in rows.values_list("pk", "busy_until").iterator())


def of_another_patient() -> Keys:
    """Appointments whose copy of the patient is not that of their request."""
    theirs = Q(patient=F("appointment_request__patient"))
    return _keys(Appointment.objects.exclude(theirs | Q(appointment_request=None, patient=None)))


def of_nobody() -> Keys:
    return _keys(Appointment.objects.filter(appointment_request=None, held_for=None))


def of_nothing() -> Keys:
    return _keys(Event.objects.filter(appointment_request=None, appointment=None))


def confirmed_without_appointment() -> Keys:
    appointments = Appointment.objects.filter(appointment_request=OuterRef("pk")).exclude(
        status__in=[AppointmentStatus.HELD, AppointmentStatus.RELEASED]
    )
    rescheduled = Appointment.objects.filter(
        pk=OuterRef("replaces"), appointment_request__status=RequestStatus.CONFIRMED
    )
    return _keys(
        AppointmentRequest.objects.filter(~Exists(appointments), ~Exists(rescheduled), status=RequestStatus.CONFIRMED)
    )


def appointment_without_confirmation() -> Keys:
    appointments = Appointment.objects.exclude(appointment_request=None).exclude(
        status__in=[AppointmentStatus.HELD, AppointmentStatus.RELEASED]
    )
    return _keys(appointments.exclude(appointment_request__status=RequestStatus.CONFIRMED))


def held_for_an_answered_request() -> Keys:
    answered = [RequestStatus.CONFIRMED, RequestStatus.DECLINED, RequestStatus.WITHDRAWN, RequestStatus.CLOSED]
    return _keys(Appointment.objects.filter(status=AppointmentStatus.HELD, appointment_request__status__in=answered))


def request_not_where_its_history_ends() -> Keys:
    return _astray(AppointmentRequest, Event.objects.filter(appointment_request=OuterRef("pk"), appointment=None))


def appointment_not_where_its_history_ends() -> Keys:
    return _astray(Appointment, Event.objects.filter(appointment=OuterRef("pk")))


def _astray(model: type[Model], events: QuerySet[Event]) -> Keys:
    """Rows whose status differs from that of their last event, or that have no event at all."""
    last = Subquery(events.order_by("-pk").values("to_status")[:1])
    return _keys(model._default_manager.alias(last=Coalesce(last, Value(""))).exclude(last=F("status")))


def gap_in_a_request() -> Keys:
    return _gaps(Event.objects.filter(appointment=None), "appointment_request")


def gap_in_an_appointment() -> Keys:
    return _gaps(Event.objects.exclude(appointment=None), "appointment")


def _gaps(events: QuerySet[Event], row: str) -> Keys:
    """Events that do not start at the status where the previous one ended: something bypassed the lifecycle."""
    ended = Window(Lag("to_status", default=Value("")), partition_by=row, order_by="pk")
    rows = events.order_by().annotate(ended=ended).exclude(ended=F("from_status"))
    return (pk for pk, _ended in rows.values_list("pk", "ended").iterator())


def wrong_reference() -> Keys:
    rows = AppointmentRequest.objects.order_by().values_list("pk", "reference").iterator()
    return (pk for pk, reference in rows if parse_reference(reference) != reference)


def message_of_no_event() -> Keys:
    of_none = (Message.Kind.LINK, Message.Kind.REMINDER)
    return _keys(Message.objects.filter(event=None).exclude(kind__in=of_none))


def nobody_was_notified() -> Keys:
    return _keys(Event.objects.filter(verb__in=NOTIFYING, cause=None, message=None))


def patient_without_search_keys() -> Keys:
    return _keys(Patient.objects.filter(~Exists(SearchKey.objects.filter(patient=OuterRef("pk"))), erased_at=None))


def _keys(rows: QuerySet) -> Keys:
    return rows.order_by().values_list("pk", flat=True)


RULES: list[tuple[str, type[Model], Callable[[], Keys]]] = [
    ("two appointments at one time", Appointment, overlaps),
    ("one patient in two places at one time", Appointment, in_two_places),
    ("names another patient than its request", Appointment, of_another_patient),
    ("belongs to no request and no clerk", Appointment, of_nobody),
    ("belongs to no request and no appointment", Event, of_nothing),
    ("confirmed, but has no appointment", AppointmentRequest, confirmed_without_appointment),
    ("its request is not confirmed", Appointment, appointment_without_confirmation),
    ("held for a request that was answered", Appointment, held_for_an_answered_request),
    ("does not have the status of its last event", AppointmentRequest, request_not_where_its_history_ends),
    ("does not have the status of its last event", Appointment, appointment_not_where_its_history_ends),
    ("does not start from the status of the event before", Event, gap_in_a_request),
    ("does not start from the status of the event before", Event, gap_in_an_appointment),
    ("has no valid confirmation number", AppointmentRequest, wrong_reference),
    ("has no event", Message, message_of_no_event),
    ("the patient was not notified", Event, nobody_was_notified),
    ("cannot be found by search", Patient, patient_without_search_keys),
]


def _foreign_keys() -> Iterator[tuple[str, type[Model], Callable[[], Keys]]]:
    """One rule per foreign key: the referenced row exists."""
    for model in apps.get_app_config("booking").get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, ForeignKey):
                yield f"its {field.verbose_name} does not exist", model, lambda m=model, f=field: _dangling(m, f)


def _dangling(model: type[Model], field: ForeignKey) -> Keys:
    target = field.related_model._default_manager.filter(pk=OuterRef(field.attname))
    return _keys(model._default_manager.filter(~Exists(target), **{f"{field.attname}__isnull": False}))
