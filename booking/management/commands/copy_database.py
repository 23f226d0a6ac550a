from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from booking.maintenance.copying import CannotCopy, copy_all
from clinic import database_url

OLD = "old"


class Command(BaseCommand):
    help = "Copy every row of another database into the empty one of DATABASE_URL, and count both sides."

    def add_arguments(self, parser):
        parser.add_argument("source", help="such as sqlite:////srv/clinic/var/clinic.sqlite3")

    def handle(self, *, source, **options):
        try:
            connections.settings[OLD] = connections.configure_settings(
                {"default": connections.settings["default"], OLD: database_url.settings_of(source)}
            )[OLD]
            copied = copy_all(OLD, "default")
        except (ImproperlyConfigured, CannotCopy) as refusal:
            raise CommandError(str(refusal)) from None
        for table, rows in copied.items():
            self.stdout.write(f"{rows:>9} {table}")
        self.stdout.write(f"Copied {sum(copied.values())} rows; both databases have the same number in every table.")
