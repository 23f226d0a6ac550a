from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from procedures.lint import findings
from procedures.models import Procedure
from procedures.publishing import CannotPublish, snapshot


class Command(BaseCommand):
    help = "Read every text as it stands now, published or not, and say what is to be mended; exits 1 if anything is."

    def handle(self, **options):
        found = sum(self.report(procedure) for procedure in Procedure.objects.order_by("slug", "language"))
        if found:
            raise CommandError(f"{found} to mend")
        self.stdout.write("Nothing to mend.")

    def report(self, procedure) -> int:
        try:
            said = list(findings(snapshot(procedure), today=timezone.localdate()))
        except CannotPublish as refusal:
            said = [("", "", str(refusal))]
        for page, anchor, sentence in said:
            place = " ".join(part for part in (procedure.slug, procedure.language, page, anchor) if part)
            self.stdout.write(f"{place}: {sentence}")
        return len(said)
