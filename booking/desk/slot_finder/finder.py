"""The contents of the slot finder: criteria, matching times, the held time, the patient."""

import uuid
from datetime import timedelta
from typing import NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _

from booking.desk.day.open_today import shortest_type
from booking.desk.patients import picker, same_person
from booking.desk.patients.forms import AskForm, PersonForm
from booking.desk.slot_finder import select_options
from booking.desk.slot_finder.forms import BookForm, CriteriaForm, OverrideForm, SpecialForm, as_typed
from booking.desk.undo_bar import key_in
from booking.lifecycle import clerk_holds
from booking.models import Appointment
from booking.models.appointment_request import Channel
from booking.scheduling.desk_slots import DAYS, soonest, whole_days
from booking.scheduling.slots import Slot, own_holds_of, slot_of
from booking.scheduling.suggestions import by_notice, suggested, through
from booking.scheduling.working_hours import working_hours
from clinic.practice_info import local_date

AT_LEAST = 24  # open times per page, plus the rest of the last day
WALK_IN_STEP = 20  # minutes between the times of today that a walk-in is offered
SOONEST = 6  # times inside the notice period, which need a reason
NEW = "new"


class Held(NamedTuple):
    """The time held for this call, as a row and as a slot."""

    appointment: Appointment
    slot: Slot

    @classmethod
    def of(cls, appointment):
        return cls(appointment, slot_of(appointment)) if appointment else None


class Finder:
    """One form with several buttons. `judged`: whether the patient's details are validated."""

    def __init__(self, request, *, judged=False):
        posted = request.POST if request.method == "POST" else None
        self.user, self.posted = request.user, posted or {}
        self.again = _lost(request, posted)
        self._people, self._last_times = {}, {}
        self.chosen = self.posted.get("person", _start(request, posted, self.again))
        self.criteria = _criteria(request, posted, self.again, None if posted else self.last_time)
        self.person = PersonForm(posted) if judged else _typed(PersonForm, posted)
        self.ask = AskForm(posted) if judged else _typed(AskForm, posted, {"channel": request.GET.get("channel", "")})
        self.special = _typed(SpecialForm, posted, _picked(request.GET))
        self.override = _typed(OverrideForm, posted)
        self.text, self.looked_for = self.posted.get("q", ""), self.posted.get("looked_for", "")
        self.criteria.seen = self.is_returning
        self.found, self.more, self.are_near = [], False, False
        self.time = None
        self.focus = ""  # the next step: times, q, found or book

    @property
    def is_known(self):
        return self.chosen not in ("", NEW)

    @property
    def known(self):
        """The chosen patient, if on file. One query for each."""
        if self.is_known and self.chosen not in self._people:
            self._people[self.chosen] = picker.one(self.chosen)
        return self._people.get(self.chosen)

    @property
    def last_time(self):
        """The last appointment that the chosen patient came to. One query for each."""
        if self.known and self.chosen not in self._last_times:
            self._last_times[self.chosen] = same_person.last_time(self.known.patient)
        return self._last_times.get(self.chosen)

    @property
    def is_returning(self):
        return self.known is not None and self.known.is_returning

    @property
    def here(self):
        """Whether the patient is a walk-in: then no notice applies."""
        return self.posted.get("channel", self.ask.initial.get("channel")) == Channel.WALK_IN

    @property
    def has_new_text(self):
        return self.text.strip() not in ("", self.looked_for.strip())

    def look_for_patient(self):
        self.found, self.more, self.are_near = picker.find(self.text)
        is_sure = len(self.found) == 1 and not self.are_near
        self.chosen = str(self.found[0].patient.pk) if is_sure else ("" if self.found else NEW)
        self._people |= {str(each.patient.pk): each for each in self.found}
        if is_sure and self.last_time:
            self._begin_as_last_time()
        self.criteria.seen = self.is_returning
        if self.are_near or not self.found:
            self._begin_someone_new()
        self.looked_for, self.focus = self.text, "found"

    def _begin_as_last_time(self):
        """At the same office; for a walk-in, who is here already, with the same reason, which the page says. What was
        chosen stays.
        """
        last = self.last_time
        same = {"reason": last.appointment_request.reason.slug} if self.here else {"place": last.location.slug}
        self.criteria.initial |= {name: slug for name, slug in same.items() if not self.posted.get(name)}

    def _begin_someone_new(self):
        """Fill in the search text for a new patient, but keep what the clerk typed over it."""
        before = picker.typed(self.looked_for)
        kept = {name: value for name, value in self.person.initial.items() if value and value != before.get(name)}
        self.person.initial = picker.typed(self.text) | kept
        if not self.found:
            self.person.fields["name"].widget.attrs["autofocus"] = True

    def forgive_criteria(self):
        """Show no errors for the criteria yet."""
        if not self.criteria.is_valid():
            self.criteria = as_typed(CriteriaForm, self.posted)

    def type_to_hold(self):
        """The appointment type of the criteria; for a walk-in without a reason yet the shortest. None: choose first."""
        if self.criteria.is_valid():
            return self.criteria.appointment_type()
        return shortest_type() if self.here and not self.posted.get("reason") else None

    def go_on_to_the_patient(self):
        """After a time was held: move the focus to the patient, or to the button that books."""
        self.focus = "book" if self.is_known or self.person.initial.get("name") else "q"

    def keep_patient(self):
        """Keep the selected patient in the list, whatever button is pressed."""
        self.found = self.found or ([self.known] if self.known else [])
        self.chosen = self.chosen if self.known or not self.is_known else ""
        if not self.found and not self.chosen:
            self.looked_for = ""  # the list is gone, so Enter searches for the same text again

    def with_override(self):
        """The reason that was typed, if any. Only desk leads may double-book."""
        return OverrideForm(self.posted).override(self.user)

    @property
    def shown(self):
        """The patients who can be picked, and the appointment that another one is booked for."""
        return [each.patient for each in self.found] + ([self.again] if self.again else [])

    def context(self):
        now = timezone.now()
        listed = select_options.everything()
        self.criteria.offer(listed)
        self.special.offer(listed[select_options.PERSON])
        held = Held.of(clerk_holds.held_by(self.user, now=now))
        everything = {
            "criteria": self.criteria, "person": self.person, "ask": self.ask, "special": self.special,
            "override": self.override, "time": self.time, "held": held, "text": self.text,
            "again": self.again, "last_time": self.last_time,
            "found": same_person.picks(self.found, now), "more": self.more, "are_near": self.are_near,
            "chosen": self.chosen or (NEW if not self.found else ""), "here": self.here,
            "flow_key": _key(self.posted) or uuid.uuid4(), "looked_for": self.looked_for, "focus": self.focus,
        }  # fmt: skip
        if self.criteria.is_bound and self.criteria.is_valid():
            everything |= _open_times(self.criteria, self.user, now, notice=not self.here)
        return everything


def _lost(request, posted):
    """The appointment that was missed or canceled and in whose place another one is booked, if any."""
    pk = key_in(posted if posted is not None else request.GET, "again")
    rows = Appointment.objects.select_related(
        "appointment_request__reason", "appointment_type", "practitioner", "location"
    )
    found = rows.filter(pk=pk).first() if pk else None
    return found if found and found.may_be_rebooked else None


def _start(request, posted, again):
    """Whom the page starts with: whose appointment was missed or canceled, or the known caller."""
    if again:
        return str(again.patient_id)
    return picker.caller(request.GET.get("person", "")) if posted is None else ""


def _criteria(request, posted, again, last_time):
    """As posted; else as for the lost appointment, or at the office of the last one. Nobody guesses the reason."""
    if posted:
        return CriteriaForm(posted)
    if again:
        return CriteriaForm.of(again)
    if request.GET.get("reason"):
        return CriteriaForm(request.GET)
    return CriteriaForm(initial=({"place": last_time.location.slug} if last_time else {}) | request.GET.dict())


def _typed(form_class, posted, initial=None):
    return as_typed(form_class, posted) if posted else form_class(initial=initial)


def _picked(query):
    """The time that was picked in the calendar, as if it had been typed."""
    names = {"on": "since", "at": "at", "who": "practitioner", "where": "place"}
    return {name: query.get(key, "") for name, key in names.items()} if query.get("at") else None


def _key(posted):
    form = BookForm(posted)
    form.is_valid()
    return form.cleaned_data.get("flow_key")


def _open_times(criteria, user, now, *, notice):
    """Open times that match the criteria, from their first day on, for whole days. Three queries."""
    data, first, appointment_type = criteria.cleaned_data, criteria.cleaned_data["since"], criteria.appointment_type()
    last = first + timedelta(days=DAYS - 1)
    narrowed = {"practitioners": _key_of(data["practitioner"]), "locations": _key_of(data["place"])}
    team = working_hours(appointment_type, first_day=first, last_day=last, **narrowed)
    walks_in = not notice and first == local_date(now)

    def split(found):
        fitting = [each for each in found if _in_part(each, data["part"])]
        return by_notice(fitting, appointment_type, now) if notice else (fitting, [])

    def after_today(times):
        return [each for each in times if not walks_in or each.local.date() > first]

    found, looked_until = soonest(
        appointment_type, team, lambda found: len(after_today(split(found)[0])) >= AT_LEAST,
        now=now, first=first, last=last, ignoring=own_holds_of(user),
        on_first=appointment_type.starting_every(WALK_IN_STEP) if walks_in else None,
    )  # fmt: skip
    times, sooner = split(found)
    later_times = after_today(times)
    shown = whole_days(later_times, AT_LEAST)
    later = shown[-1].local.date() if len(shown) < len(later_times) else looked_until
    groups = _grouped(times, shown, first if walks_in else None)
    return {
        "groups": groups,
        "sooner": sooner[:SOONEST],
        "only_sooner": bool(sooner and not times),
        "appointment_type": appointment_type,
        "last_day": through(later, [each for _heading, listed in groups for each in listed]),
        "later": later + timedelta(days=1),
    }


def _grouped(times, shown, walks_in):
    """Headings with times: for a walk-in, today's, even if there are none; suggestions; the other times."""
    today = [each for each in times if each.local.date() == walks_in]
    few = suggested(each for each in times if each not in today)
    rest = [each for each in shown if each not in [*today, *few]]
    groups = [(_("Suggested"), few), (_("Other open times"), rest)]
    return ([(_("Today, for a walk-in"), today)] if walks_in else []) + [group for group in groups if group[1]]


def _key_of(row):
    return [row.pk] if row else None


def _in_part(found, part):
    return part in ("", "any") or (found.local.hour < 12) == (part == "morning")
