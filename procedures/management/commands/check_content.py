from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from clinic.practice_info import local_date, practice_info
from procedures.lint import findings
from procedures.models import Procedure
from procedures.publishing import CannotPublish, unfinished
from procedures.snapshots import snapshot


class Command(BaseCommand):
    help = "Check every current text, published or not, and print what to fix; exits with 1 if there is anything."

    def handle(self, **options):
        found = sum(self.report(procedure) for procedure in Procedure.objects.order_by("slug", "language"))
        if found:
            raise CommandError(f"{found} to fix")
        self.stdout.write("Nothing to fix.")

    def report(self, procedure) -> int:
        try:
            content = snapshot(procedure)
            left = [] if practice_info().is_demo else unfinished(content)
            said = [*findings(content, today=local_date(timezone.now())), *left]
        except CannotPublish as refusal:
            said = [("", "", str(refusal))]
        for page, anchor, sentence in said:
            place = " ".join(part for part in (procedure.slug, procedure.language, page, anchor) if part)
            self.stdout.write(f"{place}: {sentence}")
        return len(said)
