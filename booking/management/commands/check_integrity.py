from itertools import chain

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from booking.maintenance import integrity
from booking.models import Appointment, AppointmentRequest, Event, Message
from clinic.access_log import seals
from clinic.database.one_moment import one_moment


class Command(BaseCommand):
    help = (
        "Look for double bookings, orphans, statuses without history, a changed access log: one a line; fails if any."
    )

    def handle(self, **options):
        with one_moment():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL statement_timeout = 0")  # the site's own is for visitors
            self.look()

    def look(self):
        found = 0
        for found, finding in enumerate(chain(integrity.findings(), seals.broken()), 1):  # noqa: B007
            self.stdout.write(str(finding))
        if found:
            raise CommandError(f"{found} findings")
        counts = (f"{model.objects.count()} {model._meta.verbose_name_plural}" for model in COUNTED)
        self.stdout.write(f"ok: {', '.join(counts)}")
        if sealed := seals.head():
            self.stdout.write(sealed)


COUNTED = (AppointmentRequest, Appointment, Event, Message)
