from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import Error
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from booking.maintenance.backup import CannotBackUp
from booking.maintenance.backup.taking import back_up
from clinic import database_url


class Command(BaseCommand):
    help = "Write the whole database, encrypted with BACKUP_KEY, into a new file, and delete the oldest ones."

    def add_arguments(self, parser):
        parser.add_argument(
            "--folder", type=Path, default=Path(settings.BACKUP_FOLDER), help="instead of BACKUP_FOLDER"
        )

    def handle(self, *, folder, **options):
        try:
            path, label = back_up(folder, now=timezone.now())
        except CannotBackUp as refusal:
            raise CommandError(f"No backup was taken. {refusal}") from None
        except Error as error:
            raise CommandError(f"No backup was taken. {database_url.explain(error)}") from None
        size = filesizeformat(path.stat().st_size).replace("\xa0", " ")
        self.stdout.write(f"{path}: {label.rows} rows in {len(label.tables)} tables, {size}, read back.")
