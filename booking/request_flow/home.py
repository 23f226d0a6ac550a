from django.shortcuts import render
from django.utils import timezone

from booking.scheduling.response_deadline import reply_promise
from clinic import jsonld
from clinic.practice_info import frame
from clinic.web.decorators import public
from procedures.models import Procedure

CLOSURES_AHEAD = 14  # days
MOST_PAGES = 5  # all on one screen; the list has the rest


@public
def home(request):
    now = timezone.now()
    closures = frame().closures_ahead(now.astimezone(frame().zone).date(), CLOSURES_AHEAD)
    return render(
        request,
        "booking/request_flow/home.html",
        {
            "promise_by": reply_promise(now=now),
            "zone": frame().zone,
            "procedures": Procedure.objects.published().exclude(kind=Procedure.Kind.PRACTICE)[:MOST_PAGES],
            "closures": closures,
            "json_ld": jsonld.clinics(closures),
        },
    )
