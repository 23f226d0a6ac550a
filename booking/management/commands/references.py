from django.core.management.base import BaseCommand

from booking.models import AppointmentRequest


class Command(BaseCommand):
    help = "Print every stored confirmation number, one per line, oldest first."

    def handle(self, **options):
        for reference in AppointmentRequest.objects.order_by("pk").values_list("reference", flat=True).iterator():
            self.stdout.write(reference)
