"""The request flow, page by page: start, the steps, check your answers, the receipt."""

from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from booking import lifecycle, links
from booking.flow import FORMS, STEPS, Flow, Incomplete
from booking.models import Appointment, AppointmentRequest, Reason
from booking.promise import reply_promise
from booking.summary import summary
from booking.views import times
from clinic.frame import frame
from procedures.models import PublishedVersion


def start(request):
    """What happens, what you need; the button begins a flow. `?from=` is the page the patient read."""
    if request.method != "POST":
        promise = reply_promise(now=timezone.now())
        context = {"came_from": request.GET.get("from", ""), "promise_by": promise, "zone": frame().zone}
        return render(request, "booking/request/start.html", context)
    version = PublishedVersion.objects.filter(public_id=request.POST.get("from", "")[:22]).first()
    reason = Reason.objects.filter(procedure=version.procedure_id, is_active=True).first() if version else None
    flow = Flow.begin(
        request.session,
        now=timezone.now(),
        version_id=version.pk if version else None,
        reason=reason.slug if reason else "",
    )
    if request.POST.get("carried") in FORMS:
        flow.keep(request.POST["carried"], request.POST)
    return redirect("booking:step", flow.key, STEPS[0])


def step(request, key, step):
    """One question page of the flow."""
    if step not in STEPS:
        raise Http404
    flow = Flow.find(request.session, key)
    if flow is None:
        return _no_flow(request, key, step)
    if flow.sent:
        return redirect("booking:sent", key)
    if STEPS.index(step) > STEPS.index(flow.first_missing()):
        return redirect("booking:step", key, flow.first_missing())
    if step == "times":
        return times.page(request, flow)
    return _check(request, flow) if step == "check" else _question(request, flow, step)


def _no_flow(request, key, step):
    """The answers are gone: sent from another browser, or older than a day. What was just typed is carried on."""
    if AppointmentRequest.objects.filter(flow_key=key).exists():
        return redirect("booking:sent", key)
    typed = request.POST if request.method == "POST" and step in FORMS else QueryDict()
    carried = [(name, value) for name, values in typed.lists() for value in values if name != "csrfmiddlewaretoken"]
    return render(request, "booking/request/expired.html", {"step": step, "carried": carried}, status=410)


def _question(request, flow, step):
    if request.method != "POST":
        return _page(request, flow, step, flow.form(step))
    form = FORMS[step](request.POST)
    if not form.is_valid():
        return _page(request, flow, step, form)
    if form.cleaned_data.get("emergency") == "yes":
        return render(request, "booking/request/stop.html", {"flow": flow})
    _forget_times_of_another_visit(flow, form, step)
    flow.keep(step, request.POST)
    return redirect("booking:step", flow.key, flow.first_missing())


def _page(request, flow, step, form):
    names = [f"booking/request/{step}.html", "booking/request/question.html"]
    return render(request, names, {"flow": flow, "step": step, "back": flow.before(step), "form": form})


def _forget_times_of_another_visit(flow, form, step):
    """Times were chosen for one kind of visit; another reason may need a longer one, with someone else."""
    if step != "visit" or "visit" not in flow.answers:
        return
    data = form.cleaned_data
    if data["reason"].visit_type(returning=data["returning"] == "yes") != flow.visit_type():
        flow.times.update(codes=[], taken=[], call=False)


def _check(request, flow):
    try:
        draft = flow.draft()
    except Incomplete as missing:
        return redirect("booking:step", flow.key, missing.step)
    now = timezone.now()
    if request.method == "POST":
        return _send(request, flow, draft, now)
    location = draft.answers["location"]
    context = {
        "flow": flow,
        "back": flow.before("check"),
        "groups": summary(flow, draft),
        "promise_by": reply_promise(now=now, location_id=location.pk if location else None),
        "zone": location.tz if location else frame().zone,
    }
    return render(request, "booking/request/check.html", context)


def _send(request, flow, draft, now):
    try:
        asked = lifecycle.submit(draft, now=now)
    except lifecycle.SlotTaken as taken:
        flow.times["taken"] = [slot.code for slot in taken.slots]
        return redirect("booking:step", flow.key, "times")
    flow.close(asked)
    return redirect("booking:sent", flow.key)


@require_safe
def sent(request, key):
    """The receipt. Whoever has only its address sees no more than that we have the request; the link is its owner's."""
    flow = Flow.find(request.session, key)
    asked = get_object_or_404(AppointmentRequest.objects.select_related("patient", "location"), flow_key=key)
    holds = asked.appointments.filter(status=Appointment.Status.HELD, held_until__gt=timezone.now())
    context = {
        "asked": asked,
        "hold": holds.select_related("location").first(),
        "zone": asked.location.tz if asked.location else frame().zone,
        "secret": links.secret(asked) if flow and flow.sent else "",
    }
    return render(request, "booking/request/sent.html", context)
