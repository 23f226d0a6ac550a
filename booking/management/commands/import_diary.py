"""Brings in an old calendar (CSV or .ics). Names row numbers and reasons, never a patient."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from booking import lifecycle
from booking.exchange import diary
from booking.exchange.plan import Options
from booking.exchange.raw import Unreadable, text_of
from booking.models import DiaryImport
from clinic.models import AppointmentType, Location, Practitioner


class Command(BaseCommand):
    help = "Bring in an old calendar as appointments and blocks. Tells no patient. --undo N takes import N back."

    def add_arguments(self, parser):
        parser.add_argument("file", nargs="?", help="CSV with a heading, or iCalendar (.ics)")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, and change nothing")
        parser.add_argument("--provider", help="short name in web addresses, for rows without one")
        parser.add_argument("--office", help="the same of the office")
        parser.add_argument("--type", help="the same of the appointment type")
        parser.add_argument("--undo", type=int, metavar="N", help="take import N back")

    def handle(self, *, file, dry_run, undo, **chosen):
        try:
            if undo:
                return self.take_back(undo)
            if not file:
                raise CommandError("Name a file.")
            return self.bring_in(Path(file), dry_run, chosen)
        except (Unreadable, lifecycle.NotAllowed) as refused:
            raise CommandError(refused.sentence) from None

    def bring_in(self, file, dry_run, chosen):
        options = Options(
            is_calendar=file.suffix.lower() == ".ics",
            practitioner=_key(Practitioner, chosen["provider"]),
            location=_key(Location, chosen["office"]),
            appointment_type=_key(AppointmentType, chosen["type"]),
        )
        now = timezone.now()
        with transaction.atomic():
            kept = diary.keep(_text(file), options, by=None, now=now)
            outcome = diary.look(kept, now=now) if dry_run else diary.bring_in(kept.pk, by=None, now=now)
            transaction.set_rollback(dry_run)
        self.tell(outcome, "would be brought in" if dry_run else f"brought in, as import {kept.pk}")

    def tell(self, outcome, what):
        self.stdout.write(f"{outcome.appointments} appointments and {outcome.blocks} blocks {what}.")
        self.stdout.write(f"{outcome.known} were there already, {outcome.past} are over.")
        for problem in outcome.problems:
            self.stdout.write(f"row {problem.row}: {problem.says}")

    def take_back(self, pk):
        if not DiaryImport.objects.filter(pk=pk).exists():
            raise CommandError("There is no such import.")
        gone, kept = lifecycle.undo_import(pk, by=lifecycle.SYSTEM, now=timezone.now())
        self.stdout.write(f"{gone} taken back; {kept} stay: they were changed since, or have begun.")


def _key(model, slug):
    if not slug:
        return None
    found = model.objects.filter(slug=slug).values_list("pk", flat=True).first()
    if found is None:
        raise CommandError(f"There is no {model._meta.verbose_name} {slug}.")
    return found


def _text(file):
    try:
        return text_of(file.read_bytes())
    except OSError as error:
        raise CommandError(f"The file cannot be read: {type(error).__name__}.") from None
