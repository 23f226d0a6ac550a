"""The team: who works where, and the next time that is open with each."""

from dataclasses import dataclass
from functools import partial

from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from booking.request_flow import reasons
from booking.request_flow.times.next_open import NextOpen, next_open
from booking.scheduling.readiness import takes_requests
from clinic.models import AppointmentType
from clinic.practice_info import local_date
from clinic.web import jsonld
from clinic.web.decorators import public
from clinic.web.team import Member, members

MOST_TIMES = 2  # of different appointment types


@dataclass(frozen=True)
class OnTeam:
    member: Member
    times: list[NextOpen]


@public
def team(request):
    everyone = members(today=local_date(timezone.now()))
    rows = SimpleLazyObject(partial(_rows, everyone))  # the page keeps what it makes of them for seconds
    return render(request, "booking/request_flow/team.html", {"team": rows, "json_ld": jsonld.team(everyone)})


def _rows(everyone: list[Member]) -> list[OnTeam]:
    times = next_open(_asked_for(), now=timezone.now()) if takes_requests() else {}
    return [OnTeam(member, times.get(member.person.pk, [])[:MOST_TIMES]) for member in everyone]


def _asked_for() -> list[AppointmentType]:
    """What a patient can ask for online, each once. One query."""
    both = [each for r in reasons.active().values() for each in (r.appointment_type_new, r.appointment_type_returning)]
    return list({each.pk: each for each in both if each.is_public}.values())
