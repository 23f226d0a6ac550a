"""The request flow: ordered steps, with the answers of one request stored in the session under its flow id.

The random flow id is part of every URL, so requests for two people in two tabs stay apart. One flow is one request.
"""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.forms import Form
from django.http import QueryDict
from django.urls import reverse

from booking.lifecycle import Draft
from booking.models import Appointment, AppointmentRequest, Patient, Reason
from booking.request_flow import columns, forms, old_order, reasons
from booking.request_flow.forms import FORMS
from booking.request_flow.times import week, window
from booking.request_flow.times.forms import CallMeForm
from booking.scheduling.slots import Rules, Slot
from clinic.models import AppointmentType

STEPS = [*FORMS, "check"]
MOST_FLOWS = 5  # per session; the oldest is dropped
LONGEST_PAGE = 20_000  # characters typed into one page; more is shown again but not stored
SEEN_EVERY = timedelta(hours=1)  # how often viewing a page extends the session


class Incomplete(Exception):
    """A step has no valid answer."""

    def __init__(self, step: str) -> None:
        super().__init__(step)
        self.step = step


class Flow:
    """`data` is stored in the session: answers {step: {field: [texts]}}, the chosen times, and the page or
    link the patient came from.

    `typed` has the same shape for steps that have no valid answer yet: they have errors or were carried over.

    Times: `codes` of chosen slots, best first; `taken`, those that somebody else took; `call`, whether the patient asks
    for a call instead; `doctor` and `office`, the preferred slugs, or "".
    """

    appointment: Appointment | None = None  # what another time is asked for

    def __init__(self, session, key: uuid.UUID, data: dict[str, Any]) -> None:
        self.session, self.key, self.data = session, key, data
        self._forms: dict[str, Form] = {}

    @classmethod
    def begin(
        cls, session, *, now: datetime, version_id: int | None = None, reason: str = "", link: str = ""
    ) -> "Flow":
        flows = session.get("flows", {})
        for oldest in sorted(flows, key=lambda key: flows[key]["began"])[: max(0, len(flows) - MOST_FLOWS + 1)]:
            del flows[oldest]
        times = {"codes": [], "taken": [], "call": False, "doctor": "", "office": ""}
        data = {
            "began": now.isoformat(), "seen": now.isoformat(), "from": version_id, "reason": reason, "link": link,
            "answers": {}, "typed": {}, "times": times,
        }  # fmt: skip
        key = uuid.uuid4()
        session["flows"] = flows | {str(key): data}
        return cls(session, key, data)

    @classmethod
    def find(cls, session, key: uuid.UUID) -> "Flow | None":
        data = session.get("flows", {}).get(str(key))
        if data and old_order.bring_up_to_date(data):
            session.modified = True
        return cls(session, key, data) if data else None

    def seen(self, now: datetime) -> None:
        """Extend the session to a day from the last page view."""
        if now - datetime.fromisoformat(self.data["seen"]) > SEEN_EVERY:
            self.data["seen"] = now.isoformat()
            self.session.modified = True

    @property
    def sent(self) -> bool:
        return "sent" in self.data or self.caught

    @property
    def caught(self) -> bool:
        """Whether it only seems sent: see booking/request_flow/front_door.py."""
        return "caught" in self.data

    @property
    def answers(self) -> dict[str, dict[str, list[str]]]:
        return self.data["answers"]

    @property
    def times(self) -> dict[str, Any]:
        self.save()
        return self.data["times"]

    @property
    def times_number(self) -> int | None:
        """Which of the pages the times are."""
        return self.number("times")

    @property
    def times_url(self) -> str:
        return reverse("request_flow:step", args=[self.key, "times"])

    def back_url(self) -> str:
        return reverse("request_flow:step", args=[self.key, self.before("times")])

    def next_url(self) -> str:
        """Where to continue after the times."""
        return reverse("request_flow:step", args=[self.key, self.first_missing()])

    def rules(self, appointment_type: AppointmentType, office: str, *, now: datetime) -> Rules:
        """Which times may be chosen if this office (a slug; "" is any) is preferred."""
        return week.public_rules(appointment_type, office, now=now)

    def ignoring(self) -> Q | None:
        """The rows of the calendar that do not count as busy."""
        return None

    def own_slots(self) -> set[Slot]:
        """The time of the appointment that the patient has and wants to move: no choice."""
        return set()

    def not_held(self, slots: list[Slot]) -> set[Slot]:
        """Those that we cannot hold, because they overlap the appointment that the patient has."""
        return set()

    def call_form(self) -> Form:
        """“Call me”: as typed before, or prefilled from other pages."""
        if "times" in self.answers or "times" in self.data["typed"]:
            return self.form("times")
        return self.for_who_answers(FORMS["times"](initial=self.slot_filter()))

    def slot_filter(self) -> dict[str, Any]:
        return {"part_of_day": AppointmentRequest.PartOfDay.ANY}

    @property
    def slots(self) -> list[Slot]:
        return [slot for code in self.data["times"]["codes"] if (slot := Slot.parse(code))]

    def rank(self, slot: Slot) -> int:
        """Among the choices, from 1; 0 if it is none of them."""
        return self.slots.index(slot) + 1 if slot in self.slots else 0

    def keep(self, step: str, posted: QueryDict) -> None:
        """Store the answer to this step."""
        if step in ("reason", "you", "contact"):
            self._forms.clear()  # all forms are worded for who answers, and for whether we may call
        self.answers[step] = forms.own_texts(step, posted.lists())
        self.data["typed"].pop(step, None)
        self._changed(step)

    def keep_typed(self, step: str, posted: QueryDict) -> bool:
        """Store values that are not a valid answer, to show them again. False if they are too long to store."""
        return self.keep_texts(step, forms.own_texts(step, posted.lists()))

    def keep_texts(self, step: str, texts: dict[str, list[str]]) -> bool:
        if sum(len(value) for values in texts.values() for value in values) > LONGEST_PAGE:
            return False
        self.data["typed"][step] = texts
        self._changed(step)
        return True

    def save(self) -> None:
        """Store the flow in the session; to be called when `data` has changed."""
        self.session.modified = True

    def _changed(self, step: str) -> None:
        self.save()
        self._forms.pop(step, None)

    def form(self, step: str) -> Form:
        """The step's form with the stored values."""
        if step not in self._forms:
            self._forms[step] = self._new_form(step)
        return self._forms[step]

    def _new_form(self, step: str) -> Form:
        typed = self.data["typed"].get(step, self.answers.get(step))
        if typed is None:
            return self.for_who_answers(FORMS[step](initial={"reason": self.data["reason"]}))
        posted = QueryDict(mutable=True)
        for name, values in typed.items():
            posted.setlist(name, values)
        return self.posted_form(step, posted)

    def posted_form(self, step: str, posted: QueryDict) -> Form:
        return self.for_who_answers(FORMS[step](posted))

    def for_who_answers(self, form: Form) -> Form:
        """In the words for a helper, if one answers; without the time of a call for a patient who is not called."""
        if isinstance(form, forms.PatientForm):
            form.ask_helper() if self.is_helped else form.ask_patient()
        if isinstance(form, forms.ContactForm):
            form.is_agreed = bool(self.last_typed("you", "may_speak_with_helper"))
        if self.is_written_to and isinstance(form, CallMeForm):
            form.ask_in_writing()
        return form

    @property
    def is_helped(self) -> bool:
        return self.last_typed("reason", "for_whom") == forms.ReasonForm.FOR_OTHER

    @property
    def is_written_to(self) -> bool:
        return self.last_typed("contact", "reach_by") in (Patient.ReachBy.WRITING, Patient.ReachBy.EMAIL)

    def cleaned(self, step: str) -> dict[str, Any]:
        form = self.form(step)
        if not form.is_valid():
            raise Incomplete(step)
        return form.cleaned_data

    def first_missing(self) -> str:
        """The first step without a valid answer; "check" if all have one."""
        return next((step for step in FORMS if not self._answered(step)), "check")

    def _answered(self, step: str) -> bool:
        times = self.data["times"]
        if step == "times":
            return times["call"] or (bool(times["codes"]) and not times["taken"])
        return step in self.answers and step not in self.data["typed"]

    def last_typed(self, step: str, name: str) -> str:
        """The value of a field; the last one if it was sent twice, as in Django's forms. Empty if it was not sent."""
        texts = self.answers.get(step, {}).get(name)
        return texts[-1] if texts else ""

    def before(self, step: str) -> str | None:
        place = STEPS.index(step)
        return STEPS[place - 1] if place else None

    def number(self, step: str) -> int:
        """Which of the pages this is. The first is the one that starts."""
        return STEPS.index(step) + 2

    def reason(self) -> Reason:
        """The chosen reason with its appointment types. One query."""
        reason = reasons.active().get(self.last_typed("reason", "reason"))
        if reason is None:
            raise Incomplete("reason")
        return reason

    def appointment_type(self) -> AppointmentType:
        return self.reason().appointment_type(returning=self.last_typed("reason", "returning") == "yes")

    def draft(self) -> Draft:
        """The whole request, validated again. Raises Incomplete with the first step that has no valid answer."""
        data = {name: value for step in FORMS if step != "times" for name, value in self.cleaned(step).items()}
        times = self.data["times"]
        if not self._answered("times"):
            raise Incomplete("times")
        slot_filter = self.cleaned("times") if times["call"] else window.answers(self)
        slots = [] if times["call"] else self.slots
        return Draft(columns.of_patient(data), columns.of_request(data | slot_filter, self.data), slots, self.key)

    def close(self, request: AppointmentRequest) -> None:
        """After sending: delete the answers from the session and keep what the receipt needs."""
        self.session["flows"] |= {str(self.key): {"began": self.data["began"], "sent": request.pk}}
        self.session.modified = True
