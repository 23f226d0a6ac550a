"""A letter to print for a patient whom neither e-mail nor phone reaches."""

from django.utils import timezone

from booking.desk.door import desk, missing, page
from booking.desk.views.request import find, zone_of
from booking.models import Message
from clinic.frame import frame


@desk("close")
def letter(request, reference):
    asked = find(reference)
    if asked is None or asked.status != asked.Status.CLOSED or asked.duplicate_of_id:
        return missing(request)
    context = {
        "asked": asked,
        "office": asked.location or frame().desk,
        "today": timezone.now().astimezone(zone_of(asked)).date(),
        "message": asked.messages.filter(status=Message.Status.TO_PRINT).last(),
    }
    return page(request, "letter", context)
