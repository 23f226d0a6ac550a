from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from django.utils import timezone

from booking.lifecycle import NotAllowed
from booking.maintenance import free_pages
from booking.records.erase import erase_person
from booking.records.people import named, records_of


class Command(BaseCommand):
    help = "Erase one patient for good; asks first. Refused while a request is open or an appointment is to come."

    def add_arguments(self, parser):
        parser.add_argument("who", help="a confirmation number, or the id in the address of the person’s page")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *, who, yes, **options):
        patient = named(who)
        if patient is None:
            raise CommandError("There is no such patient.")
        records = records_of(patient)
        question = f"Erase {len(records)} records of this person? This cannot be undone. Type yes: "
        if not yes and input(question).strip() != "yes":
            raise CommandError("Nothing was erased.")
        try:
            erase_person(records, now=timezone.now())
        except NotAllowed as refusal:
            raise CommandError(refusal.sentence) from None
        self.stdout.write("Erased.")
        try:
            free_pages.wipe()
        except OperationalError:
            self.stdout.write("The file was in use: the worker writes it anew tonight.")
