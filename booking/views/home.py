from django.shortcuts import render
from django.utils import timezone

from booking.promise import reply_promise
from clinic import jsonld
from clinic.frame import frame
from clinic.public import public
from procedures.models import Procedure

CLOSURES_AHEAD = 14  # days


@public
def home(request):
    now = timezone.now()
    closures = frame().closures_ahead(now.astimezone(frame().zone).date(), CLOSURES_AHEAD)
    return render(
        request,
        "booking/home.html",
        {
            "promise_by": reply_promise(now=now),
            "zone": frame().zone,
            "procedures": Procedure.objects.published().filter(kind=Procedure.Kind.PROCEDURE),
            "closures": closures,
            "json_ld": jsonld.clinics(closures),
        },
    )
