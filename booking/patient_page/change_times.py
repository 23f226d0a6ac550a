"""Choosing other times on the open-times page of the request flow, for an open request or an appointment.

A change is a flow whose only step is the times. It is kept in the session until the last button; only the verb writes
it.
"""

import uuid
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.urls import reverse

from booking import lifecycle
from booking.lifecycle import holds
from booking.models import Appointment, AppointmentRequest, Patient
from booking.notifications import links
from booking.request_flow.flow import Flow
from booking.request_flow.times import week, window
from booking.scheduling import rush
from booking.scheduling.slots import Rules, Slot, own_time, slot_of
from clinic.models import AppointmentType, Location, Practitioner

PREFERENCES = ("best_time", "part_of_day", "wanted_week", "never_days")
Status = AppointmentRequest.Status


class Change(Flow):
    """A change of the preferred times of an open request."""

    name = "times"

    def __init__(
        self, session, appointment_request: AppointmentRequest, appointment: Appointment | None = None
    ) -> None:
        self.appointment_request, self.appointment = appointment_request, appointment
        self.place = f"{self.name} of {links.secret(appointment_request).partition('~')[0]}"
        kept = session.get("changes", {}).get(self.place)
        super().__init__(session, uuid.UUID(kept["key"]) if kept else uuid.uuid4(), kept or self._begin())

    def _begin(self) -> dict[str, Any]:
        appointment_request = self.appointment_request
        times = {
            "codes": self._codes(), "taken": [], "call": appointment_request.wants_call,
            "doctor": appointment_request.practitioner.slug if appointment_request.practitioner else "",
            "office": appointment_request.location.slug if appointment_request.location else "",
        }  # fmt: skip
        times["window"] = self._window()
        return {"answers": {}, "typed": {}, "times": times}

    def _window(self) -> dict[str, list[str]]:
        """What the request says of other times, as the form posts it."""
        asked = self.appointment_request
        return {
            "part_of_day": [asked.part_of_day],
            "wanted_week": [str(asked.wanted_week or "")],
            "never_days": [str(day) for day in asked.never_days],
        }

    def _codes(self) -> list[str]:
        chosen_slots = self.appointment_request.requested_times.all()
        return [Slot(was.starts_at, was.practitioner_id, was.location_id).code for was in chosen_slots]

    def save(self) -> None:
        """Store the change in the session: only pressing a button does, viewing the page does not."""
        self.session["changes"] = self.session.get("changes", {}) | {self.place: self.data | {"key": str(self.key)}}

    def close(self) -> None:
        changes = self.session.get("changes", {})
        self.session["changes"] = {place: data for place, data in changes.items() if place != self.place}

    @property
    def is_helped(self) -> bool:
        return bool(self.appointment_request.helper_name)

    times_number = None

    @property
    def times_url(self) -> str:
        return self._url("")

    def back_url(self) -> str:
        return reverse("patient_page:page", args=[links.secret(self.appointment_request)])

    def next_url(self) -> str:
        return self._url("check_")

    def _url(self, step: str) -> str:
        return reverse(f"patient_page:{step}{self.name}", args=[links.secret(self.appointment_request)])

    @property
    def is_chosen(self) -> bool:
        return self._answered("times")

    @property
    def wants_call(self) -> bool:
        return self.data["times"]["call"]

    def appointment_type(self) -> AppointmentType:
        return self.appointment_request.wanted_type()

    def rules(self, appointment_type: AppointmentType, office: str, *, now: datetime) -> Rules:
        return Rules.public(appointment_type, self.appointment_request.respond_by)

    def ignoring(self) -> Q | None:
        return own_time(self.appointment_request)

    @property
    def is_written_to(self) -> bool:
        return self.appointment_request.patient.reach_by != Patient.ReachBy.PHONE

    def _present(self) -> Appointment | None:
        """The booked appointment that the patient has and that the new time takes the place of."""
        replaced = self.appointment or self.appointment_request.replaces
        return replaced if replaced and replaced.status == Appointment.Status.BOOKED else None

    def own_slots(self) -> set[Slot]:
        return {slot_of(present)} if (present := self._present()) else set()

    def not_held(self, slots: list[Slot]) -> set[Slot]:
        if (present := self._present()) is None:
            return set()
        wanted = {slot: holds.at(slot, self.appointment_type()) for slot in slots}
        return {
            slot
            for slot, at in wanted.items()
            if at.blocked_from < present.blocked_until and present.blocked_from < at.blocked_until
        }

    def slot_filter(self) -> dict[str, Any]:
        return {name: getattr(self.appointment_request, name) for name in PREFERENCES}

    def chosen(self) -> list[Slot]:
        return [] if self.wants_call else self.slots

    def answers_to_write(self) -> dict[str, Any]:
        """The columns of the request that change with its times."""
        times = self.data["times"]
        said = window.answers(self)
        if self.wants_call:
            said = self.cleaned("times") if "times" in self.answers else {}
        return said | {
            "wants_call": self.wants_call,
            "location": Location.objects.filter(slug=times["office"]).first() if times["office"] else None,
            "practitioner": Practitioner.objects.filter(slug=times["doctor"]).first() if times["doctor"] else None,
        }

    def row(self) -> AppointmentRequest | Appointment:
        """The row whose version the patient sees."""
        return self.appointment_request

    def send(self, *, version: int, now: datetime) -> AppointmentRequest:
        how = {"by": lifecycle.PATIENT, "now": now, "version": version, "is_rush": rush.begins(now)}
        return lifecycle.change_times(self.appointment_request.pk, self.chosen(), self.answers_to_write(), **how)

    def is_sent(self) -> bool:
        """Whether the request already has these times: then a second press changes nothing."""
        appointment_request = AppointmentRequest.objects.select_related("location", "practitioner").get(
            pk=self.appointment_request.pk
        )
        said = all(getattr(appointment_request, name) == value for name, value in self.answers_to_write().items())
        return appointment_request.status in lifecycle.CHANGEABLE and said and self._is_unchanged()

    def _is_unchanged(self) -> bool:
        return self._codes() == [slot.code for slot in self.chosen()]


class AnotherTime(Change):
    """A request for another time for an appointment, which stays until the desk confirms the new one."""

    name = "another_time"

    def _codes(self) -> list[str]:
        return []

    def _begin(self) -> dict[str, Any]:
        data = super()._begin()
        data["times"]["call"] = False
        return data

    def appointment_type(self) -> AppointmentType:
        return self.appointment.appointment_type.lasting(self.appointment.minutes)

    def rules(self, appointment_type: AppointmentType, office: str, *, now: datetime) -> Rules:
        return week.public_rules(appointment_type, office, now=now)

    def ignoring(self) -> Q | None:
        return Q(pk=self.appointment.pk)

    def row(self) -> AppointmentRequest | Appointment:
        return self.appointment

    def send(self, *, version: int, now: datetime) -> AppointmentRequest:
        how = {"by": lifecycle.PATIENT, "now": now, "version": version, "flow_key": self.key}
        return lifecycle.ask_for_another_time(self.appointment.pk, self.chosen(), self.answers_to_write(), **how)

    def is_sent(self) -> bool:
        return self.appointment.replaced_by_requests.filter(flow_key=self.key).exists()
