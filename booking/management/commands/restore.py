from pathlib import Path

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from booking.maintenance.backup import CannotBackUp
from booking.maintenance.backup.restoring import is_of_this_version, restore
from clinic import database_url


class Command(BaseCommand):
    help = "Put a backup back into the empty database of DATABASE_URL, compare every row, and check it."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--replace", action="store_true", help="write over the rows that are there")

    def handle(self, *, file, replace, **options):
        try:
            label = restore(file, replace=replace)
        except CannotBackUp as refusal:
            raise CommandError(f"Nothing was restored. {refusal}") from None
        except Error as error:
            raise CommandError(f"Nothing was restored. {database_url.explain(error)}") from None
        taken_at = f"{label.taken_at:%Y-%m-%d %H:%M} UTC"
        self.stdout.write(f"Restored {label.rows} rows in {len(label.tables)} tables, as they were at {taken_at}.")
        if is_of_this_version(label):
            call_command("check_integrity", stdout=self.stdout)
        else:
            self.stdout.write(
                "An older version made the backup: run manage.py migrate, then manage.py check_integrity."
            )
