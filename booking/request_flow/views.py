"""The pages of the request flow: start, the steps, check your answers, the receipt."""

from django.db.models import UUIDField
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from booking import lifecycle
from booking.models import Appointment, AppointmentRequest
from booking.notifications import links, paper
from booking.request_flow import chosen_before, front_door, old_order
from booking.request_flow.check_answers import summary
from booking.request_flow.flow import LONGEST_PAGE, STEPS, Flow, Incomplete
from booking.request_flow.forms import FORMS, PAGES, own_texts
from booking.request_flow.patient_form import PATIENT, whom
from booking.request_flow.times import page as times_page
from booking.scheduling.readiness import takes_requests
from booking.scheduling.response_deadline import response_deadline
from clinic.compiled_query import CompiledQuery, Param
from clinic.practice_info import practice_info, zone_of
from clinic.web import errors
from clinic.web.client_address import origin_of
from clinic.web.qr_code import qr_code


def start(request):
    """The danger signs and what happens; the button starts a flow. What was chosen before it comes along."""
    if not takes_requests():
        return render(request, "booking/request_flow/closed.html")
    if request.method != "POST":
        context = {
            "chosen": chosen_before.of(request.GET),
            "respond_by": response_deadline(now=timezone.now()),
            "zone": practice_info().zone,
            "number": 1,
            "pages": PAGES,
        }
        return render(request, "booking/request_flow/start.html", context)
    flow = chosen_before.begin(request.session, chosen_before.of(request.POST), now=timezone.now())
    if request.POST.get("carried") in FORMS:
        flow.keep_typed(request.POST["carried"], request.POST)
    return redirect("request_flow:step", flow.key, STEPS[0])


def step(request, key, step):
    """One question page of the flow."""
    if step in old_order.PAGES:
        return _old_page(request, key, step)
    if step not in STEPS:
        raise Http404
    flow = Flow.find(request.session, key)
    if flow is None:
        return _no_flow(request, key, step)
    if flow.sent:
        return redirect("request_flow:sent", key)
    flow.seen(timezone.now())
    try:
        return _open(request, flow, step)
    except Incomplete as missing:  # an answer is no longer valid
        return redirect("request_flow:step", key, missing.step)


def _old_page(request, key, page):
    """A page that was still open, or bookmarked, when the pages were put in their present order."""
    if request.POST.get("emergency") == "yes":
        return redirect("request_flow:stop")
    flow = Flow.find(request.session, key)
    if flow is None:
        return _no_flow(request, key, page)
    if flow.sent:
        return redirect("request_flow:sent", key)
    if request.method == "POST":
        old_order.carry(flow, page, request.POST)
    has_begun = flow.answers or flow.data["typed"]
    return redirect("request_flow:step", key, flow.first_missing()) if has_begun else redirect("request_flow:start")


def _open(request, flow, step):
    if STEPS.index(step) > STEPS.index(flow.first_missing()):
        return redirect("request_flow:step", flow.key, flow.first_missing())
    if step == "times":
        return times_page.page(request, flow)
    if step == "reason" and not takes_requests():  # a question without answers
        return redirect("request_flow:start")
    return _check(request, flow) if step == "check" else _question(request, flow, step)


def _no_flow(request, key, step):
    """A page for answers that are gone (other browser, or over a day old). What was just typed is carried over."""
    if AppointmentRequest.objects.filter(flow_key=key).exists():
        return redirect("request_flow:sent", key)
    texts = own_texts(step, request.POST.lists()) if step in FORMS and "add" not in request.POST else {}
    carried = [(name, value) for name, values in texts.items() for value in values]
    if sum(len(value) for _name, value in carried) > LONGEST_PAGE:
        carried = []
    return render(request, "booking/request_flow/expired.html", {"step": step, "carried": carried}, status=410)


def _question(request, flow, step):
    if request.method != "POST":
        return _page(request, flow, step, flow.form(step))
    form = flow.posted_form(step, request.POST)
    if not form.is_valid():
        kept = flow.keep_typed(step, request.POST)  # shown by a GET, so that Back and refresh work in every browser
        return redirect("request_flow:step", flow.key, step) if kept else _page(request, flow, step, form)
    if step == "reason" and _is_another_appointment_type(flow, form.cleaned_data):
        flow.times.update(codes=[], taken=[], call=False)
    flow.keep(step, request.POST)
    return redirect("request_flow:step", flow.key, flow.first_missing())


def _page(request, flow, step, form):
    names = [f"booking/request_flow/{step}.html", "booking/request_flow/question.html"]
    return render(request, names, {"flow": flow, "step": step, **_place(flow, step), "form": form})


def _place(flow, step):
    return {"back": flow.before(step), "number": flow.number(step), "pages": PAGES}


def _is_another_appointment_type(flow, data):
    """Whether the new reason needs another appointment type, so that the chosen times may no longer fit."""
    before = flow.last_typed("reason", "reason"), flow.last_typed("reason", "returning")
    if before == (data["reason"].slug, data["returning"]):
        return False
    try:
        return data["reason"].appointment_type(returning=data["returning"] == "yes") != flow.appointment_type()
    except Incomplete:
        return True


def stop(request):
    """“Call 911 now”, or 999. Nothing about it is stored, and the URL belongs to no flow."""
    return render(request, "booking/request_flow/stop.html")


def _check(request, flow):
    draft, now = flow.draft(), timezone.now()
    if request.method == "POST":
        counted = front_door.count_one(request, now)
        draft.origin, draft.is_rush = origin_of(request), counted.is_rush
        return _stopped(request, flow, counted.wait, now) or _send(request, flow, draft, now)
    return _check_page(request, flow, draft, now)


def _check_page(request, flow, draft, now, *, is_too_fast=False):
    location = draft.answers["location"]
    context = {
        "flow": flow,
        **_place(flow, "check"),
        "groups": summary(flow, draft),
        "respond_by": response_deadline(now=now, location_id=draft.desk_id),
        "zone": zone_of(location),
        "trap": front_door.TRAP,
        "is_too_fast": is_too_fast,
    }
    return render(request, "booking/request_flow/check.html", context)


def _stopped(request, flow, wait, now):
    """The answer to a request that is not to be taken now; None: it is."""
    if wait:
        back = reverse("request_flow:step", args=[flow.key, "check"])
        return errors.too_many(request, wait, "booking/request_flow/too_many.html", back=back)
    if front_door.is_caught(request, now):
        front_door.catch(flow, now)
        return redirect("request_flow:sent", flow.key)
    if front_door.is_too_fast(flow, now):
        return _check_page(request, flow, flow.draft(), now, is_too_fast=True)
    return None


def _send(request, flow, draft, now):
    try:
        appointment_request = lifecycle.submit(draft, now=now)
    except lifecycle.SlotTaken as taken:
        flow.times["taken"] = [slot.code for slot in taken.slots]
        return redirect("request_flow:step", flow.key, "times")
    flow.close(appointment_request)
    return redirect("request_flow:sent", flow.key)


@require_safe
def sent(request, key):
    """The receipt. Anyone with its URL sees the confirmation number and the deadline; only the sender sees the rest."""
    flow = Flow.find(request.session, key)
    appointment_request, hold = _sent(flow, key)
    is_mine, now = bool(flow and flow.sent), timezone.now()
    context = {
        "now": now,
        "appointment_request": appointment_request,
        "zone": zone_of(appointment_request.location),
        "secret": links.secret(appointment_request) if is_mine else "",
        "lost_link": paper.lost_link(),
        "whom": whom(appointment_request) if is_mine else PATIENT,
        **(_of_the_sender(appointment_request, hold, now) if is_mine else {}),
    }
    template = "sent" if appointment_request.status == AppointmentRequest.Status.NEW else "moved_on"
    return render(request, f"booking/request_flow/{template}.html", context)


def _sent(flow, key):
    """The request, and for its sender the hold of the first choice. 404: an answer of a caught one is gone."""
    if flow and flow.caught:
        try:
            return front_door.never_stored(flow)
        except Incomplete:
            raise Http404 from None
    appointment_request = next(SENT(key=key), None)
    if appointment_request is None:
        raise Http404
    return appointment_request, lifecycle.hold_as_told(appointment_request) if flow and flow.sent else None


def _with_this_key():
    rows = AppointmentRequest.objects.select_related("patient", "location", "appointment_type")
    return rows.filter(flow_key=Param("key", UUIDField()))


SENT = CompiledQuery(_with_this_key)


def _of_the_sender(appointment_request, hold, now):
    """The QR code of the private link; the hold of the first choice, which may have ended."""
    has_ended = bool(hold and hold.held_until <= now)
    return {
        "qr_code": qr_code(links.absolute(appointment_request)),
        "hold": hold,
        "is_held": bool(hold and hold.status == Appointment.Status.HELD and not has_ended),
        "has_ended": has_ended,
    }


def show_again(request):
    """A page that keeps what was typed in a form that failed the CSRF check because cookies were cleared, or None."""
    at = request.resolver_match
    if at and at.view_name == "request_flow:step" and not Flow.find(request.session, at.kwargs["key"]):
        return _no_flow(request, **at.kwargs)
    return None
