from django.shortcuts import render
from django.utils import timezone

from booking.promise import reply_promise
from clinic.frame import frame
from procedures.models import Procedure

CLOSURES_AHEAD = 14  # days


def home(request):
    now = timezone.now()
    today = now.astimezone(frame().zone).date()
    closures = [c for c in frame().closures if today <= c.last_day and (c.first_day - today).days <= CLOSURES_AHEAD]
    return render(
        request,
        "booking/home.html",
        {
            "promise_by": reply_promise(now=now),
            "zone": frame().zone,
            "procedures": Procedure.objects.published().filter(kind=Procedure.Kind.PROCEDURE),
            "closures": closures,
        },
    )
