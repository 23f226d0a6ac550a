"""A practice with at least one row behind every address, and a browser for each who comes to it."""

from typing import Any

from django.contrib.auth.models import Permission, User
from django.db.models import Q
from django.test import Client

from booking import lifecycle, roles
from booking.models import AppointmentRequest, DiaryImport, ListImport
from clinic.models import AccountChange, StaffMessage
from procedures.loading import CONTENT, load
from procedures.pictures.intake import keep, read
from tests.addresses import addresses
from tests.booking.patient_page.patient import give_birth_date
from tests.booking.request_flow.walk import Walker
from tests.builders import MONDAY, WHY, Clinic, make_clerk

DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10"><path d="M0 0h9"/></svg>'
ROLES = {
    "desk": roles.DESK, "lead": roles.LEAD, "clinician": roles.CLINICIAN, "manager": roles.MANAGER,
    "editor": roles.EDITOR,
}  # fmt: skip


class WholePractice:
    """One confirmed request with an appointment, one that was offered times, and one of each other kind of row."""

    def __init__(self, clinic: Clinic, **patient: Any) -> None:
        self.clinic, self.patient, self.clerk = clinic, patient, make_clerk()
        self.by = {"by": lifecycle.staff(self.clerk), "now": MONDAY}
        self.appointment_request, self.other = self.requests()
        self.others()
        self.pages()
        self.visitors = self.make_visitors()
        self.staff = make_staff()

    def requests(self) -> list[AppointmentRequest]:
        first = self.clinic.appointment_request(self.clinic.slot(), patient=self.patient)
        other = self.clinic.appointment_request(patient={"name": "Ada Demo", "birth_date": "1960-01-02", "email": ""})
        lifecycle.confirm(first.pk, self.clinic.slot(), **self.by)
        lifecycle.decline(other.pk, "other", "Call us.", **self.by)
        return [AppointmentRequest.objects.get(pk=made.pk) for made in (first, other)]

    def others(self) -> None:
        """A note, a letter, a block, a message to staff, and a change of an account."""
        lifecycle.add_note(self.other.pk, "Stairs are hard.", **self.by)
        closed = self.clinic.appointment_request()
        lifecycle.close(closed.pk, "Nobody there.", **self.by)
        until = self.clinic.slot(day=24, month=11, hour=10).starts_at
        lifecycle.block(self.clinic.slot(day=24, month=11), until, **self.by)
        self.clinic.appointment(self.clinic.slot(day=4), override=WHY)
        DiaryImport.objects.create(made_at=MONDAY, imported_at=MONDAY)
        ListImport.objects.create(made_at=MONDAY, imported_at=MONDAY, kind=ListImport.Kind.PATIENTS)
        StaffMessage.objects.create(user=self.clerk, kind="alarm", due_at=MONDAY)
        AccountChange.objects.create(user=self.clerk, by=self.clerk, kind="given", role=roles.DESK, at=MONDAY)

    def pages(self) -> None:
        for slug in ("kyphoplasty", "privacy"):
            load(CONTENT / f"{slug}.toml", now=MONDAY, demo=True)
        keep(read(DRAWING), name="bone", description="A bone", by=self.clerk, now=MONDAY)

    def make_visitors(self) -> dict[str, Client]:
        """Nobody in particular, the patient, and a patient who knows the date of birth of another request."""
        patient, another = Client(), Client()
        give_birth_date(patient, self.appointment_request)
        give_birth_date(
            another, self.other, {"birth_date_month": "1", "birth_date_day": "2", "birth_date_year": "1960"}
        )
        self.flow = Walker(patient).until("check").key
        return {"anonymous": Client(), "patient": patient, "another": another}

    def addresses(self) -> dict[str, str]:
        return addresses(self.appointment_request, self.flow)


def make_staff() -> dict[str, Client]:
    """Each role, staff who may only look, staff without a role, and one who left."""
    users = {name: make_clerk(role) for name, role in ROLES.items()}
    users |= {"viewer": looker(), "no_role": make_clerk(role=None), "left": make_clerk(roles.LEAD, is_staff=False)}
    return {name: signed_in(user) for name, user in users.items()}


def looker() -> User:
    """Staff who may see everything and write nothing."""
    user = make_clerk(role=None)
    looks = [name for name in roles.RIGHTS if name.startswith("see_")]
    sees = Q(codename__startswith="view_") | Q(codename__in=looks)
    user.user_permissions.set(Permission.objects.filter(sees))
    return user


def signed_in(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser
