"""Loads the demo practice. `make run` uses it."""

from functools import cache
from random import Random

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from booking import roles
from booking.demo import calendar, people, practice, queue, reminded
from booking.lifecycle import Actor
from booking.models import Appointment, AppointmentRequest, Event, Patient, Reason
from booking.notifications import links
from clinic import practice_info
from clinic.accounts.second_step import requirement, setup_key
from clinic.models import AppointmentType, Location, Practice, Practitioner
from clinic.practice_info import local_date
from procedures.models import Procedure

PASSWORD = "pier-demo-only-2026"
SIGN_INS = {
    "desk": ("Rosa", roles.DESK),
    "lead": ("Dmitri", roles.LEAD),
    "provider": ("Mara", roles.CLINICIAN),
    "editor": ("Wim", roles.EDITOR),
    "manager": ("Imani", roles.MANAGER),
}
TWO_STEPS, SETUP_KEY = "twostep", "PIERDEMOONLYPIERDEMOONLYPIERDEMO"
SHOWN = {
    "A request": people.email("Carlos Demo", 19),
    "An appointment": people.email("Abram Demo", 4),
    "An offer": people.email("Marion Demo", 2),
}


class Command(BaseCommand):
    help = "Load the demo practice, once, and never into a database that holds other data."

    def handle(self, **options):
        now = timezone.now()
        refuse_real_data()
        with transaction.atomic():
            self.load_once(now)
        self.show(now)

    def load_once(self, now):
        clerks = self.sign_ins()
        if Practice.objects.exists():
            practice.open_on(local_date(now))
            self.stdout.write("The demo practice already exists. " + _how_old(now))
        else:
            self.load(now, clerks)

    def sign_ins(self) -> dict[str, Actor]:
        """The clerks of the demo. They can sign in only if DEBUG keeps the site on this machine."""
        roles.sync_roles()
        users = {name: make_user(name, *SIGN_INS[name]) if settings.DEBUG else None for name in SIGN_INS}
        if settings.DEBUG:
            add_second_step(make_user(TWO_STEPS, "Lena", roles.DESK))
        return {name: Actor(Event.Actor.DESK, user) for name, user in users.items()}

    def load(self, now, clerks):
        today = local_date(now, Location().tz)  # there is no practice yet that would know its day
        rng = Random(today.isoformat())  # the same demo all day, on every machine
        if not Procedure.objects.exists():
            call_command("load_content", demo=True, stdout=self.stdout)
        practice.set_up(today)
        practice_info.forget()
        Practitioner.objects.filter(slug="dr-ellison").update(user=clerks["provider"].user)
        self.stdout.write(f"{practice.NAME}: offices, hours, team, appointment types")
        appointments = calendar.fill(list(Practitioner.objects.all()), now=now, clerk=clerks["desk"], rng=rng)
        self.stdout.write(f"{appointments} appointments in six weeks of calendar")
        requests = queue.ask(now=now, rosa=clerks["desk"], dmitri=clerks["lead"], rng=rng)
        self.stdout.write(f"{requests} requests in the queue")
        reminded.of_all(now=now)

    def show(self, now):
        pages = {
            "The site": reverse("home"),
            "A treatment": reverse("procedures:detail", args=["kyphoplasty"]),
            "Request an appointment": reverse("request_flow:start"),
            "The front desk": "/admin/desk/",
        }
        self.stdout.write("")
        for name, path in pages.items():
            self.stdout.write(f"{name:22} {settings.SITE_URL}{path}")
        for name, patient in SHOWN.items():
            self.show_patients_page(name, AppointmentRequest.objects.filter(patient__email=patient).last())
        if settings.DEBUG:
            names = ", ".join(SIGN_INS)
            self.stdout.write(f"\nSign in as {names}: the password of each is {PASSWORD}")
            key = setup_key.in_groups(SETUP_KEY)
            self.stdout.write(
                f"{TWO_STEPS}, with the same password, has a second step: type {key} into an authenticator app"
            )

    def show_patients_page(self, name, appointment_request):
        if appointment_request:
            born = appointment_request.patient.birth_date
            self.stdout.write(f"{name:22} {links.absolute(appointment_request)}\n{'':22} (born {born:%B %-d, %Y})")


def _how_old(now) -> str:
    """What is true of a demo that was loaded some days ago."""
    last = Appointment.objects.filter(status=Appointment.Status.BOOKED).order_by("starts_at").last()
    if last and last.starts_at > now:
        return "What you did in it is kept."
    return "Its appointments are from the past. For a fresh demo: make clean, answer yes, then make run."


def refuse_real_data():
    ours = Practice.objects.first()
    others = (Location, Practitioner, AppointmentType, Reason, Patient, AppointmentRequest)
    if not ours.is_demo if ours else any(model.objects.exists() for model in others):
        raise CommandError(
            "This database holds data of a real practice. The demo can only be loaded into an empty one."
        )


def make_user(name: str, first_name: str, role: str) -> User:
    user, is_new = User.objects.get_or_create(username=name, defaults={"first_name": first_name, "is_staff": True})
    if is_new:
        user.password = hashed(PASSWORD)
        user.save()
        user.groups.add(Group.objects.get(name=role))
    return user


@cache  # hashing is slow on purpose, and all have the same password
def hashed(password: str) -> str:
    return make_password(password)


def add_second_step(user: User) -> None:
    if not requirement.is_set_up(user):
        TOTP.activate(user, SETUP_KEY)
        RecoveryCodes.activate(user)
