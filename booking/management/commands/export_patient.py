import json

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from booking.records import trace
from booking.records.export import as_data, as_page, export
from booking.records.people import named, records_of
from clinic.models import AccessLog


class Command(BaseCommand):
    help = "Print all that is stored about one patient: JSON, or with --html a page to read and print."

    def add_arguments(self, parser):
        parser.add_argument("who", help="a confirmation number, or the id in the address of the person’s page")
        parser.add_argument("--html", action="store_true")

    def handle(self, *, who, html, **options):
        patient = named(who)
        if patient is None:
            raise CommandError("There is no such patient.")
        records = records_of(patient)
        trace.keep(AccessLog.Kind.EXPORT, "desk:export_patient", records, now=timezone.now())
        parts = export(records)
        page = as_page(parts, now=timezone.now()) if html else json.dumps(as_data(parts), ensure_ascii=False, indent=2)
        self.stdout.write(page)
