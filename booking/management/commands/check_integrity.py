from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from booking.maintenance import integrity
from booking.models import Appointment, AppointmentRequest, Event, Message


class Command(BaseCommand):
    help = "Look for double bookings, orphaned rows and statuses without history: one finding per line; fails if any."

    def handle(self, **options):
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET statement_timeout = 0")  # the site's own statement timeout is for visitors
        found = 0
        for found, finding in enumerate(integrity.findings(), 1):  # noqa: B007
            self.stdout.write(str(finding))
        if found:
            raise CommandError(f"{found} findings")
        counts = (f"{model.objects.count()} {model._meta.verbose_name_plural}" for model in COUNTED)
        self.stdout.write(f"ok: {', '.join(counts)}")


COUNTED = (AppointmentRequest, Appointment, Event, Message)
