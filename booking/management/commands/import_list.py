"""Brings in a list of providers, hours or patients (CSV). Names row numbers and reasons, never a patient."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from booking.exchange.lists import imports
from booking.exchange.raw import Unreadable, text_of
from booking.lifecycle import NotAllowed
from booking.models import ListImport


class Command(BaseCommand):
    help = "Import a list of providers, hours or patients. Tells nobody. --undo N takes list N back."

    def add_arguments(self, parser):
        parser.add_argument("kind", nargs="?", choices=sorted(imports.LISTS), help="what is in the file")
        parser.add_argument("file", nargs="?", help="CSV with a heading")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, and change nothing")
        parser.add_argument("--undo", type=int, metavar="N", help="take list N back")

    def handle(self, *, kind, file, dry_run, undo, **options):
        try:
            if undo:
                return self.take_back(undo)
            if not file:
                raise CommandError("Name what is in the file, and the file.")
            return self.bring_in(_text(Path(file)), kind, dry_run)
        except (Unreadable, NotAllowed) as refused:
            raise CommandError(refused.sentence) from None

    def bring_in(self, text, kind, dry_run):
        now = timezone.now()
        if dry_run:
            return self.tell(imports.LISTS[kind].plan(text, now=now), "would be brought in")
        kept = imports.keep(text, kind, by=None, now=now)
        return self.tell(imports.bring_in(kept.pk, now=now), f"brought in, as list {kept.pk}")

    def tell(self, plan, what):
        self.stdout.write(f"{len(plan.new)} {what}. {plan.known} were there already.")
        for each in sorted([*plan.problems, *plan.remarks]):
            self.stdout.write(f"row {each.row}: {each.says}")

    def take_back(self, pk):
        if not ListImport.objects.filter(pk=pk).exists():
            raise CommandError("There is no such list.")
        gone, kept = imports.take_back(pk, now=timezone.now())
        self.stdout.write(f"{gone} taken back; {kept} stay: they were used since.")


def _text(file):
    try:
        return text_of(file.read_bytes())
    except OSError as error:
        raise CommandError(f"The file cannot be read: {type(error).__name__}.") from None
