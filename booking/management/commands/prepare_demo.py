from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from booking.demo import older_version

REFUSED = (
    "This database was made by another version of the site and holds data that may be real, so it was left as it is: "
    "run the version that made it, or set DATABASE_URL to an empty database."
)


class Command(BaseCommand):
    help = "Migrate and load the demo. A demo of an older version is created again; real data is never touched."

    def handle(self, **options):
        if older_version.is_older(connection):
            self.clear()
        call_command("migrate", verbosity=0)
        call_command("load_demo", stdout=self.stdout)

    def clear(self):
        if older_version.holds_real_data(connection):
            raise CommandError(REFUSED)
        self.stdout.write("The demo was made by an older version: creating it again ...")
        older_version.drop_everything(connection)
