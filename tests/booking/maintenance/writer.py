"""Sends requests to a demo until it is ended, and prints the number of each once it is acknowledged."""

import django

django.setup()

from booking.models import Reason  # noqa: E402 - the settings come first
from clinic.models import AppointmentType  # noqa: E402
from tests.builders import Clinic  # noqa: E402


class Demo(Clinic):
    def __init__(self):
        self.reason, self.appointment_type = Reason.objects.first(), AppointmentType.objects.first()


while True:
    print(Demo().appointment_request().reference, flush=True)  # noqa: T201
