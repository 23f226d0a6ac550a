"""Looking up whoever is on the phone. A POST, though it changes nothing: a name has no place in an address."""

from django.shortcuts import redirect
from django.utils import timezone

from booking.desk import search as searching
from booking.desk.door import desk, page
from clinic.frame import frame


@desk("see_queue")
def search(request):
    typed = request.POST.get("q", "").strip()
    wanted = searching.read(typed)
    found = searching.find(wanted)
    if wanted.reference and found.requests:
        return redirect("desk:request", reference=wanted.reference)
    today = timezone.now().astimezone(frame().zone).date()
    rows = [(asked, asked.patient.age(today)) for asked in found.requests]
    return page(request, "search", {"typed": typed, "wanted": wanted, "rows": rows, "more": found.more})
