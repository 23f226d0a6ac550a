from django.core.management.base import BaseCommand

from booking.roles import sync_roles


class Command(BaseCommand):
    help = "Create the roles with their rights from booking/roles.py. Safe to run again."

    def handle(self, **options):
        for role, rights in sync_roles().items():
            self.stdout.write(f"{role}: {rights} rights")
