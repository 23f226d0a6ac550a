"""Sends requests to a demo until it is ended, and prints the number of each once it is acknowledged. Somebody looked at
the queue before, which is sealed.
"""

import django

django.setup()

from django.utils import timezone  # noqa: E402 - the settings come first

from booking.models import Reason  # noqa: E402
from clinic.access_log import seals  # noqa: E402
from clinic.models import AccessLog, AppointmentType  # noqa: E402
from tests.builders import Clinic  # noqa: E402


class Demo(Clinic):
    def __init__(self):
        self.reason, self.appointment_type = Reason.objects.first(), AppointmentType.objects.first()


AccessLog.objects.create(at=timezone.now(), kind="view", screen="desk:queue")
seals.seal(now=timezone.now())
while True:
    print(Demo().appointment_request().reference, flush=True)  # noqa: T201
