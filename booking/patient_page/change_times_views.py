"""Other times for a request that waits, or for a visit: the open-times page, then a look at them, then the button."""

from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from booking import lifecycle
from booking.notifications import links
from booking.patient_page.change_times import AnotherTime, Change
from booking.patient_page.deadlines import OPEN, why_not_another_time
from booking.patient_page.private_link import by_link, of, refused, shown_version, to_page
from booking.patient_page.views import with_birth_date
from booking.request_flow import times_page as times_page
from booking.request_flow.check_answers import rows, wanted
from booking.scheduling.response_deadline import reply_promise
from clinic.practice_info import frame


@by_link("GET", "HEAD", "POST")
@with_birth_date
def times(request, asked, now):
    """Edit the wanted times."""
    return _choose(request, asked, *_change(request, asked))


@by_link("GET", "HEAD", "POST")
@with_birth_date
def check_times(request, asked, now):
    return _check(request, asked, now, *_change(request, asked))


@by_link("GET", "HEAD", "POST")
@with_birth_date
def another_time(request, asked, now):
    """Ask for another time than the visit's."""
    return _choose(request, asked, *_another(request, asked, now))


@by_link("GET", "HEAD", "POST")
@with_birth_date
def check_another_time(request, asked, now):
    return _check(request, asked, now, *_another(request, asked, now))


def _change(request, asked):
    if asked.status in lifecycle.CHANGEABLE:
        return Change(request.session, asked), ""
    return None, _("You can change your times only while your request waits for our answer.")


def _another(request, asked, now):
    visit = links.visit_of(asked)
    why_not = why_not_another_time(visit, now)
    if why_not:
        return None, why_not
    change = AnotherTime(request.session, asked, visit)
    if visit.replaced_by_requests.filter(status__in=OPEN).exclude(flow_key=change.key).exists():
        return None, _("You asked for another time before. We are working on it.")
    return change, ""


def _choose(request, asked, change, why_not):
    return times_page.page(request, change) if change else refused(request, asked, why_not)


def _check(request, asked, now, change, why_not):
    if change is None:
        return refused(request, asked, why_not)
    if request.method == "POST":
        return _send(request, asked, change, now)
    if not change.is_chosen:
        return redirect(change.times_url)
    context = of(asked) | {
        "change": change,
        "picks": wanted(change.chosen()),
        "wishes": rows(change, "times") if change.wants_call and "times" in change.answers else [],
        "version": change.row().version,
        "promise_by": _promise(change, now),
        "zone": asked.location.tz if asked.location else frame().zone,
    }
    return render(request, "booking/patient_page/check_times.html", context)


def _promise(change, now):
    """Until when we answer: as before, or for a visit's new request as its sending would promise."""
    if change.visit is None:
        return change.asked.reply_by
    location = change.answers_to_write()["location"]
    return reply_promise(now=now, location_id=location.pk if location and not change.wants_call else None)


def _send(request, asked, change, now):
    if not change.is_chosen:  # sent before, in this browser
        return to_page(asked)
    try:
        sent = None if change.is_sent() else change.send(version=shown_version(request), now=now)
    except lifecycle.SlotTaken as taken:
        change.times["taken"] = [slot.code for slot in taken.slots]
        change.save()
        return redirect(change.times_url)
    except lifecycle.NotAllowed as refusal:
        if not change.is_sent():
            return refused(request, asked, refusal.sentence, getattr(refusal, "event", None))
        sent = None
    change.close()
    return _done(request, asked, sent)


def _done(request, asked, sent):
    """To the page of what waits now. It is the same patient: the birth date is known there too."""
    if sent is None or sent.pk == asked.pk:
        return to_page(asked)
    links.remember_birth_date(request.session, sent, now=timezone.now())
    return to_page(sent)
