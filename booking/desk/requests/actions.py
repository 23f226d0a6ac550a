"""The actions of a request's page. Each is a POST, calls one verb, and explains a refusal."""

from functools import wraps

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from booking import lifecycle
from booking.desk import labels, undo_bar
from booking.desk.decorators import desk_view, missing
from booking.desk.double_submit import form_key, is_repeated
from booking.desk.queue.call_words import logged
from booking.desk.requests.forms import (
    AcceptForm,
    ActForm,
    CallForm,
    CloseForm,
    ConfirmForm,
    DeclineForm,
    ExtendForm,
    KeptForm,
    KeyForm,
    NoteForm,
    OfferForm,
    OtherForm,
    PlainForm,
    ReadyForm,
    WhyForm,
)
from booking.desk.requests.quiet_end import EndQuietlyForm
from booking.desk.requests.views import TYPED, again, find, request_page
from booking.lifecycle import NotAllowed, SlotTaken
from booking.lifecycle.overrides import obstacle
from booking.lifecycle.verbs import VERBS
from booking.models import AppointmentRequest
from booking.models.appointment_request import Channel
from booking.scheduling.slots import own_time
from booking.templatetags.desk_format import desk_recent
from clinic.access_log import notes as access_log
from clinic.practice_info import zone_of


def closes_page(name, form_class):
    """A view whose verb answers the request: it redirects to the list it came from, with the undo bar."""

    def after(request, appointment_request, _said):
        return to_queue(appointment_request.pk, name, is_call=request.POST.get("back") == "to_call")

    return _view_of(name, form_class, after)


def stays_on_page(name, form_class):
    """A view after which the request's page is shown again, with the sentence that the action returns."""

    def after(request, appointment_request, said):
        if said:
            messages.success(request, said)
        return again(request, appointment_request, TYPED - set(form_class.base_fields))

    return _view_of(name, form_class, after)


def _view_of(name, form_class, after):
    """The decorated function gets the request's key, the form's cleaned data, the actor and the time.

    It returns a sentence for the user, if any.
    """

    typed = KeptForm if form_class is PlainForm else form_class  # a plain act keeps what stands beside it

    def wrap(act):
        @desk_view(VERBS[name].right, typed)
        @wraps(act)
        def view(request, reference):
            appointment_request = find(reference)
            if appointment_request is None:
                return missing(request)
            access_log.shows(request, [appointment_request])
            if request.method != "POST":  # a GET after signing in again
                return redirect("desk:request", reference=appointment_request.reference)
            form = form_class(request.POST)
            if not form.is_valid():
                return request_page(request, appointment_request, notice=form.first_error, form=form, status=400)
            channel = Channel.PHONE if form.cleaned_data.get("by_phone") else ""
            by = lifecycle.staff(request.user, channel, form_key(request, form_class))
            try:
                said = act(appointment_request.pk, form.cleaned_data, by, timezone.now())
            except (NotAllowed, SlotTaken) as refusal:
                if not is_repeated(by, refusal):
                    return _refused(request, appointment_request, form, refusal)
                said = ""
            return after(request, appointment_request, said)

        return view

    return wrap


def to_queue(pk, verb, *, is_call=False):
    """The queue, or the list of calls, with the undo bar of what was just done."""
    last = undo_bar.last_id(verb, appointment_request=pk, cause=None)
    view = "view=to-call&" if is_call else ""
    return HttpResponseRedirect(f"{reverse('desk:queue')}?{view}undo={last}")


def _refused(request, appointment_request, form, refusal):
    appointment_request = find(appointment_request.reference)
    how = {
        "notice": _sentence(refusal, request.user, appointment_request),
        "form": form,
        "status": 409,
    }
    return request_page(request, appointment_request, elsewhere=labels.elsewhere(refusal), **how)


def _sentence(refusal, user, appointment_request):
    if isinstance(refusal, SlotTaken):
        how = {"ignoring": own_time(appointment_request), "now": timezone.now(), "may_override": False}
        return obstacle(refusal.slots[0], appointment_request.wanted_type(), **how)
    return labels.refused(refusal, user, zone_of(appointment_request.location))


# -- answers


@closes_page("confirm", ConfirmForm)
def confirm(pk, data, by, now):
    lifecycle.confirm(pk, data["slot"], by=by, now=now, version=data["version"], why=data["soon_why"])


@closes_page("offer", OfferForm)
def offer(pk, data, by, now):
    how = {"by": by, "now": now, "version": data["version"], "why": data["soon_why"]}
    lifecycle.offer(pk, data["offer"], data["until"], **how)


@closes_page("accept_offer", AcceptForm)
def accept_offer(pk, data, by, now):
    """The patient chose by phone."""
    lifecycle.accept_offer(pk, data["slot"], by=on_the_phone(by), now=now, version=data["version"])


@closes_page("waitlist", ActForm)
def waitlist(pk, data, by, now):
    lifecycle.waitlist(pk, by=by, now=now, version=data["version"])


@closes_page("decline", DeclineForm)
def decline(pk, data, by, now):
    lifecycle.decline(pk, data["code"], data["sentence"], by=by, now=now, version=data["version"])


@closes_page("withdraw", ActForm)
def withdraw(pk, data, by, now):
    """Withdraw the request. The patient asked by phone, so nobody needs to call about it."""
    lifecycle.withdraw(pk, by=on_the_phone(by), now=now, version=data["version"])


@closes_page("end_quietly", EndQuietlyForm)
def end_quietly(pk, data, by, now):
    also = AppointmentRequest.objects.filter(reference__in=data["also"]).values_list("pk", flat=True)
    lifecycle.end_quietly(pk, data["quiet"], also, by=by, now=now, version=data["version"])


def on_the_phone(by):
    return lifecycle.staff(by.user, Channel.PHONE, by.form_key)


# -- actions after which the page stays


@stays_on_page("refuse_offer", ActForm)
def refuse_offer(pk, data, by, now):
    """The patient, on the phone still, hears other times from the request's page."""
    lifecycle.refuse_offer(pk, by=on_the_phone(by), now=now, version=data["version"])
    return _("If the patient is still on the phone, choose another time below.")


@stays_on_page("close", CloseForm)
def close(pk, data, by, now):
    appointment_request = lifecycle.close(pk, data["why"], by=by, now=now, version=data["version"])
    return (
        _("Closed. The letter will go out by email.")
        if appointment_request.patient.email
        else _("Closed. Print the letter now.")
    )


@stays_on_page("reopen", WhyForm)
def reopen(pk, data, by, now):
    lifecycle.reopen(pk, data["why"], by=by, now=now, version=data["version"])
    return _("Reopened, with a new answer-by time.")


@stays_on_page("extend_offer", ExtendForm)
def extend_offer(pk, data, by, now):
    appointment_request = lifecycle.extend_offer(pk, data["until"], by=by, now=now, version=data["version"])
    if not appointment_request.messages.filter(event__verb="extend_offer", event__at=now).exists():
        return _("Deadline changed. The patient’s page shows it.")
    if appointment_request.patient.email:
        return _("The deadline is now earlier. We’ll email the patient.")
    return _("The deadline is now earlier. The call is on the “To call” list.")


@stays_on_page("claim", PlainForm)
def claim(pk, data, by, now):
    lifecycle.claim(pk, user=by.user, now=now)


@stays_on_page("take_over", PlainForm)
def take_over(pk, data, by, now):
    lifecycle.take_over(pk, user=by.user, now=now)


@stays_on_page("release_claim", PlainForm)
def release_claim(pk, data, by, now):
    lifecycle.release_claim(pk, user=by.user, now=now)


@stays_on_page("log_call", CallForm)
def log_call(pk, data, by, now):
    how = {"next_try_at": data["next_try"], "note": data["note"], "again": data["again"]}
    appointment_request = lifecycle.log_call(pk, data["outcome"], by=on_the_phone(by), now=now, **how)
    if not data["next_try"] or data["next_try"] > now or not appointment_request.next_try_at:
        return logged(appointment_request, data["outcome"], now=now)
    again = desk_recent(appointment_request.next_try_at, zone_of(appointment_request.location))
    return _("The next try you chose has passed. It is now %s.") % again


@stays_on_page("add_note", NoteForm)
def add_note(pk, data, by, now):
    lifecycle.add_note(pk, data["note"], by=by, now=now)
    return _("Note added.")


@stays_on_page("not_the_same", OtherForm)
def not_the_same(pk, data, by, now):
    other = find(data["other"])
    if other is None:
        raise NotAllowed(_("We couldn’t find that request."))
    lifecycle.not_the_same(pk, other.pk, by=by, now=now)
    return _("Saved: these are two people.")


@stays_on_page("mark_ready", ReadyForm)
def mark_ready(pk, data, by, now):
    lifecycle.mark_ready(pk, data["ready"], by=by, now=now)
    return _("Saved: %s.") % data["ready"].label


@stays_on_page("allow_email", KeyForm)
def allow_email(pk, data, by, now):
    lifecycle.allow_email(pk, by=by, now=now)
    return _("Emails to this address start again.")


@stays_on_page("resend_link", KeyForm)
def resend_link(pk, data, by, now):
    lifecycle.resend_link(pk, by=by, now=now)
    return _("The link is on its way to the email on file.")
