from django.core.management.base import BaseCommand

from booking.roles import sync_roles


class Command(BaseCommand):
    help = "Make the roles and their rights as booking/roles.py says. Safe to run again."

    def handle(self, **options):
        for role, rights in sync_roles().items():
            self.stdout.write(f"{role}: {rights} rights")
