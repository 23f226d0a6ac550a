"""One request at the desk: confirm, decline and withdraw with one click each; a coworker who was faster; undo."""

import re
from itertools import product

import pytest
from django.urls import reverse

from booking import lifecycle
from booking.desk.requests.forms import CHOOSE_TIME, STALE, ActForm, ConfirmForm
from booking.models import Appointment, AppointmentRequest, Event, Message
from booking.notifications import links, outbox
from clinic.models import ScheduleException
from tests.booking.desk.page import page_of, press, status_of
from tests.builders import LOGGED, MONDAY, later, local, make_clerk, make_location, make_practitioner
from tests.pages import markup, words

pytestmark = pytest.mark.django_db


# -- what the page shows


def test_everything_the_patient_entered_is_shown_in_words(client, clinic, rosa):
    person = {"needs": ["wheelchair"], "language": "Russian", "needs_interpreter": True, "may_leave_message": True}
    answers = {
        "note": "Fell in the kitchen.", "returning": True, "helper_name": "Anna Demo", "helper_relation": "daughter",
        "helper_phone": "718 555 0108", "may_speak_with_helper": True, "best_time": "morning", "insurance": "medicare",
        "never_days": [0, 4], "part_of_day": "morning", "location": clinic.location, "scan": "yes", "referral": "no",
        "practitioner": clinic.practitioner, "wants_call": True,
    }  # fmt: skip
    page = words(client.get(page_of(clinic.appointment_request(patient=person, **answers))))
    for said in (
        "June Demo , 75", "DOB Mar 9, 1951", "Returning patient", "Broken bone in the spine", "Fell in the kitchen.",
        "New-patient consultation, 40 min", "Pier Street office, Dr. Mara Ellison, MD", "Never: Monday, Friday.",
        "Wants a call. OK to leave a message.", "Morning, 9 to 12.", "Russian interpreter, wheelchair", "Anna Demo",
        "OK to speak with them.", "Medicare", "june@example.org", "Scan: yes · patient", "Referral: no · patient",
        "(718) 555-0167",
    ):  # fmt: skip
        assert said in page


def test_the_first_choice_is_one_button_with_its_time(client, clinic, rosa, appointment_request):
    page = words(client.get(page_of(appointment_request)))
    assert "First choice Held until" in page
    assert "Confirm Thu, Dec 3, 9:00 AM" in page
    other = "Fri, Dec 4, 11:00 AM EST"
    assert f"{other} Second choice Dr. Mara Ellison, MD Pier Street office Open Offer {other} Confirm" in page


def test_a_choice_that_is_no_longer_open_says_why(client, clinic, rosa, appointment_request):
    other = clinic.appointment_request(clinic.slot(day=4, hour=11))
    lifecycle.confirm(other.pk, clinic.slot(day=4, hour=11), by=lifecycle.staff(rosa), now=MONDAY)
    ScheduleException.objects.create(first_day="2026-12-07", last_day="2026-12-07")
    page = words(client.get(page_of(appointment_request)))
    assert "Second choice Dr. Mara Ellison, MD Pier Street office Taken" in page
    assert "Third choice Dr. Mara Ellison, MD Pier Street office No longer open" in page


def test_when_the_first_choice_has_passed_the_next_open_one_is_proposed(client, clinic, rosa, appointment_request, at):
    at("2026-12-03 12:00")
    client.force_login(rosa)
    page = words(client.get(page_of(appointment_request)))
    assert "Second choice Open" in page
    assert "Confirm Fri, Dec 4, 11:00 AM" in page
    assert "First choice Dr. Mara Ellison, MD Pier Street office Passed" in page


def test_the_time_of_an_expired_hold_can_be_confirmed_while_it_is_open(client, clinic, rosa, appointment_request, at):
    at("2026-12-01 12:00")
    client.force_login(rosa)
    assert "First choice Hold expired, still open" in words(client.get(page_of(appointment_request)))
    press(client, "confirm", appointment_request, slot=clinic.slot(day=3).code)
    assert status_of(appointment_request) == "confirmed"


def test_open_times_follow_the_patients_preferences(client, clinic, rosa):
    harbor = make_location(name="Harbor Avenue office")
    make_practitioner(clinic.appointment_type, harbor, name="Dr. Tomas Okafor-Lind, MD")
    slot_filter = {"location": clinic.location, "part_of_day": "afternoon", "never_days": [0, 1], "wants_call": True}
    page = words(client.get(page_of(clinic.appointment_request(**slot_filter))))
    assert "No time chosen: the patient wants a call" in page
    matching = page.split("Suggested:")[1].split("More open times")[0]
    assert matching.count("Open Offer") == 6
    assert "Wed, Nov 25, 12:20 PM EST" in matching
    assert "Harbor" not in matching
    assert "Mon," not in matching
    assert " AM " not in matching


def test_more_open_times_continue_day_by_day(client, clinic, rosa):
    appointment_request = clinic.appointment_request(wants_call=True)
    following = re.search(r'name="from" value="([0-9-]+)">', markup(client.get(page_of(appointment_request))))[1]
    seen, pages = set(), 0
    while pages < 4:
        response = press(client, "times", appointment_request, follow=True, **{"from": following})
        codes = set(re.findall(r'name="slot" value="([0-9-]+)"', markup(response)))
        assert not codes & seen
        seen |= codes
        following = re.findall(r'name="from" value="([0-9-]+)">', markup(response))[-1]
        pages += 1
    assert len(seen) > 60


@pytest.mark.once
def test_an_invalid_day_for_more_times_is_no_error(client, clinic, rosa, appointment_request):
    for since in ("", "x", "0001-01-01", "9999-12-31", "2026-02-30", "1999-01-01", "2027-12-28"):
        assert client.get(page_of(appointment_request), {"from": since}).status_code == 200, since


def test_a_confirmation_number_is_found_however_people_write_it(client, clinic, rosa, appointment_request):
    assert "June Demo" in words(client.get(f"/admin/desk/requests/{str(appointment_request).lower()}/"))


def test_opening_the_page_changes_nothing(client, clinic, rosa, appointment_request):
    before = (
        Event.objects.count(),
        Message.objects.count(),
        AppointmentRequest.objects.get(pk=appointment_request.pk).version,
    )
    for verb in ("request", "confirm", "decline", "withdraw"):
        client.get(reverse(f"desk:{verb}", args=[appointment_request.reference]), follow=True)
    assert before == (
        Event.objects.count(),
        Message.objects.count(),
        AppointmentRequest.objects.get(pk=appointment_request.pk).version,
    )


def test_the_page_costs_the_same_with_more_history_choices_and_practitioners(
    client, clinic, rosa, appointment_request, django_assert_num_queries, django_assert_max_num_queries
):
    client.get(page_of(appointment_request))
    with django_assert_max_num_queries(14 + LOGGED) as one:
        client.get(page_of(appointment_request))
    number = len(one)
    for name in range(5):
        make_practitioner(clinic.appointment_type, clinic.location, name=f"Dr. {name}")
    for _ in range(5):
        lifecycle.decline(appointment_request.pk, "other", "Call us.", by=lifecycle.staff(rosa), now=MONDAY)
        lifecycle.undo(appointment_request.events.filter(verb="decline").last().pk, user=rosa, now=MONDAY)
    client.get(page_of(appointment_request))
    with django_assert_num_queries(number):
        client.get(page_of(appointment_request))


@pytest.mark.parametrize("act", ["offer", "waitlist", "decline", "confirm", "cancel", "move"])
def test_the_page_with_an_undo_bar_takes_fewer_than_fifteen_queries(
    client, clinic, rosa, appointment_request, act, django_assert_max_num_queries
):
    how, slot = {"by": lifecycle.staff(rosa), "now": MONDAY}, clinic.slot(day=4)
    acts = {
        "offer": lambda pk: lifecycle.offer(pk, [slot, clinic.slot(day=7)], local(2026, 11, 25, 17), **how),
        "waitlist": lambda pk: lifecycle.waitlist(pk, **how),
        "decline": lambda pk: lifecycle.decline(pk, "other", "Call us.", **how),
        "confirm": lambda pk: lifecycle.confirm(pk, slot, **how),
        "cancel": lambda pk: lifecycle.cancel(lifecycle.confirm(pk, slot, **how).pk, "patient", **how),
        "move": lambda pk: lifecycle.reschedule(lifecycle.confirm(pk, slot, **how).pk, clinic.slot(day=7), **how),
    }
    client.get(page_of(appointment_request))
    acts[act](appointment_request.pk)
    with django_assert_max_num_queries(14 + LOGGED):
        page = client.get(page_of(appointment_request))
    assert 'class="undo"' in page.content.decode()


# -- one click each


def test_confirming_the_held_time_books_it_and_leads_back_to_the_queue(client, clinic, rosa, appointment_request):
    page = words(press(client, "confirm", appointment_request, slot=clinic.slot().code, follow=True))
    appointment = Appointment.objects.get(status="booked")
    assert (appointment.appointment_request, appointment.starts_at) == (appointment_request, clinic.slot().starts_at)
    assert "Requests that need an answer" in page
    assert "Confirmed: June Demo , Thu, Dec 3, 9:00 AM EST, Dr. Mara Ellison, MD, Pier Street office." in page
    assert "The email goes out at 10:06:00 AM." in page
    assert "Undo" in page


@pytest.mark.parametrize(
    ("day", "hour", "minute"), [(4, 11, 0), (7, 13, 0), (8, 15, 0)], ids=["second", "third", "any open time"]
)
def test_confirming_another_time_releases_the_held_one(client, clinic, rosa, appointment_request, day, hour, minute):
    slot = clinic.slot(day=day, hour=hour, minute=minute)
    press(client, "confirm", appointment_request, slot=slot.code)
    assert Appointment.objects.get(status="booked").starts_at == slot.starts_at
    assert not Appointment.objects.filter(status="held").exists()


@pytest.mark.parametrize("by_phone", [False, True])
def test_a_patient_without_email_is_to_be_called_unless_on_the_phone_right_now(client, clinic, rosa, by_phone):
    appointment_request = clinic.appointment_request(clinic.slot(), patient={"email": ""})
    data = {"by_phone": "1"} if by_phone else {}
    page = words(press(client, "confirm", appointment_request, slot=clinic.slot().code, follow=True, **data))
    assert Message.objects.get(kind="confirmed").status == ("notified" if by_phone else "to_call")
    assert ("Tell the patient now. You can" if by_phone else "or call later from the “To call” list") in page


def test_declining_requires_a_reason_and_sends_its_message(client, clinic, rosa, appointment_request):
    page = words(press(client, "decline", appointment_request, code="needs_scan", follow=True))
    appointment_request.refresh_from_db()
    assert (appointment_request.status, appointment_request.decline_code) == ("declined", "needs_scan")
    assert appointment_request.answer.startswith("We need pictures from a scan before this appointment. Next step:")
    assert "Declined: June Demo" in page


def test_the_decline_message_can_be_the_desks_own_in_any_script(client, clinic, rosa, appointment_request):
    press(client, "decline", appointment_request, code="other", sentence="Позвоните нам, пожалуйста. 请致电。")
    appointment_request.refresh_from_db()
    assert appointment_request.answer == "Позвоните нам, пожалуйста. 请致电。"
    assert appointment_request.answer in words(client.get(page_of(appointment_request)))


def test_each_reason_shows_what_the_patient_would_read(client, clinic, rosa, appointment_request):
    page = words(client.get(page_of(appointment_request)))
    assert page.count("Next step:") == len(AppointmentRequest.DeclineCode)


def test_declining_without_a_reason_says_so_and_keeps_the_message(client, clinic, rosa, appointment_request):
    response = press(client, "decline", appointment_request, sentence="Call your own doctor first.")
    assert response.status_code == 400
    assert "Choose a reason." in words(response)
    assert "Call your own doctor first." in words(response)
    assert '<details class="more" open>' in response.content.decode()
    assert status_of(appointment_request) == "new"


def test_a_decline_message_that_is_too_long_is_not_cut(client, clinic, rosa, appointment_request):
    response = press(client, "decline", appointment_request, code="other", sentence="x" * 601)
    assert response.status_code == 400
    assert "Enter up to 600 characters for the patient." in words(response)
    assert status_of(appointment_request) == "new"


def test_withdrawing_because_the_patient_asked_frees_the_time_and_needs_no_call(client, clinic, rosa):
    appointment_request = clinic.appointment_request(clinic.slot(), patient={"email": ""})
    press(client, "withdraw", appointment_request)
    assert status_of(appointment_request) == "withdrawn"
    assert not Appointment.objects.filter(status="held").exists()
    assert not Message.objects.filter(status="to_call").exists()


@pytest.mark.parametrize(
    ("verb", "data"), [("confirm", {}), ("decline", {"code": "other"}), ("withdraw", {})], ids=lambda value: str(value)
)
def test_pressing_a_button_twice_acts_once(client, clinic, rosa, appointment_request, verb, data):
    data |= {"slot": clinic.slot().code} if verb == "confirm" else {}
    first, second = press(client, verb, appointment_request, **data), press(client, verb, appointment_request, **data)
    assert (first.status_code, second.status_code) == (302, 302)
    assert first["Location"] == second["Location"]
    assert Event.objects.filter(appointment_request=appointment_request, verb=verb).count() == 1
    assert Message.objects.filter(appointment_request=appointment_request).exclude(kind="received").count() == 1


# -- a coworker was faster


@pytest.fixture
def dmitri():
    return make_clerk(first_name="Dmitri")


@pytest.mark.parametrize("verb", ["confirm", "decline", "withdraw"])
def test_the_slower_clerk_reads_who_did_what_and_when_and_nothing_is_overwritten(
    client, clinic, rosa, appointment_request, dmitri, verb
):
    lifecycle.confirm(appointment_request.pk, clinic.slot(), by=lifecycle.staff(dmitri), now=later(minutes=20))
    response = press(client, verb, appointment_request, slot=clinic.slot(day=4, hour=11).code, code="other")
    assert response.status_code == 409
    page = words(response)
    assert "Dmitri confirmed this at 10:25 AM." in page
    assert "The patient has an appointment Thu, Dec 3, 9:00 AM EST with Dr. Mara Ellison, MD." in page
    assert status_of(appointment_request) == "confirmed"
    assert Message.objects.filter(appointment_request=appointment_request).exclude(kind="received").count() == 1


def decline_by(colleague, pk):
    lifecycle.decline(pk, "other", "Call us.", by=lifecycle.staff(colleague), now=MONDAY)


def withdraw_by(colleague, pk):
    lifecycle.withdraw(pk, by=lifecycle.staff(colleague), now=MONDAY)


def withdraw_oneself(colleague, pk):
    lifecycle.withdraw(pk, by=lifecycle.PATIENT, now=MONDAY)


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (decline_by, "Dmitri declined this at 10:05 AM."),
        (withdraw_by, "Dmitri withdrew this at 10:05 AM."),
        (withdraw_oneself, "The patient withdrew this at 10:05 AM."),
    ],
)
def test_every_verb_of_a_faster_coworker_has_its_sentence(
    client, clinic, rosa, appointment_request, dmitri, act, sentence
):
    act(dmitri, appointment_request.pk)
    response = press(client, "confirm", appointment_request, slot=clinic.slot().code)
    assert (response.status_code, sentence in words(response)) == (409, True)
    assert not Appointment.objects.filter(status="booked").exists()


def test_on_another_day_the_message_says_which(client, clinic, rosa, appointment_request, dmitri, at):
    lifecycle.decline(appointment_request.pk, "other", "Call us.", by=lifecycle.staff(dmitri), now=MONDAY)
    at("2026-11-24 09:00")
    client.force_login(rosa)
    assert "Dmitri declined this on Mon, Nov 23, 10:05 AM." in words(press(client, "withdraw", appointment_request))


def test_a_time_that_was_just_taken_gives_a_message_and_the_other_times(client, clinic, rosa, appointment_request):
    taken = clinic.slot(day=8)
    clinic.appointment(taken)
    response = press(client, "confirm", appointment_request, slot=taken.code)
    assert response.status_code == 409
    assert "is already at this time. Your change was not saved. Choose another time." in words(response)
    assert "Confirm Thu, Dec 3, 9:00 AM" in words(response)
    assert status_of(appointment_request) == "new"


# -- crafted posts


@pytest.mark.once
def test_a_time_that_was_never_open_is_refused_with_a_message(client, clinic, rosa, appointment_request):
    codes = ["", "x", "-1-1", "1-1", "1e3-1-1", "٣-١-١", "9" * 200, "' OR 1=1 --", "\U0001f480"]
    well_formed = ["1-1-1", "0-0-0", "99999999-1-1", "29999999-2147483648-1", "29813460-999999-999999"]
    for code in codes:
        assert ConfirmForm({"version": 1, "slot": code}).errors == {"slot": [CHOOSE_TIME]}, code
    for code in ["x", *well_formed]:
        response = press(client, "confirm", appointment_request, slot=code)
        assert response.status_code in (400, 409), code
        assert re.search("This time (can’t be booked|has passed)|Choose an open time", words(response)), code
        assert status_of(appointment_request) == "new", code


@pytest.mark.once
def test_a_time_off_the_grid_or_outside_hours_is_refused(client, clinic, rosa, appointment_request):
    for hour, minute in ((9, 1), (3, 0), (17, 0), (23, 59)):
        slot = clinic.slot(day=3, hour=hour, minute=minute)
        assert press(client, "confirm", appointment_request, slot=slot.code).status_code == 409, slot
        assert status_of(appointment_request) == "new", slot


@pytest.mark.parametrize("version", ["", "x", "0", "-1", "1.5", "999999999999999999999", "null"])
def test_an_invalid_version_is_refused_by_the_form(version):
    assert ActForm({"version": version}).errors == {"version": [STALE]}


@pytest.mark.once
def test_an_invalid_version_changes_nothing_and_gets_a_message(client, clinic, rosa, appointment_request):
    said = {"": "Check the page and try again.", "2147483647": "sent this at", "٣": "sent this at"}
    for verb, version in product(("confirm", "decline", "withdraw"), said):
        response = press(client, verb, appointment_request, version=version, slot=clinic.slot().code, code="other")
        assert response.status_code in (400, 409), (verb, version)
        assert said[version] in words(response), (verb, version)
        assert status_of(appointment_request) == "new", (verb, version)


@pytest.mark.once
def test_a_missing_version_does_not_bypass_the_check(client, clinic, rosa, appointment_request):
    for verb in ("confirm", "decline", "withdraw"):
        path = reverse(f"desk:{verb}", args=[appointment_request.reference])
        assert client.post(path, {"slot": clinic.slot().code, "code": "other"}).status_code == 400, verb
        assert status_of(appointment_request) == "new", verb


def test_an_unknown_confirmation_number_gives_a_message(client, clinic, rosa):
    unknown = ("AAAAAAAAAA", "x", "%00", "..%2f", "K7M-4QX-9PTR", "ß" * 300, "1;DROP")
    verbs = ("", "confirm/", "decline/", "withdraw/")
    for reference, verb in {*product(unknown, verbs[:2]), *product(unknown[:2], verbs)}:
        path = f"/admin/desk/requests/{reference}/{verb}"
        for response in (client.get(path), client.post(path, {"version": 1})):
            assert response.status_code in (400, 404), path
            assert len(words(response)) > 60, path


def test_an_answered_request_cannot_be_answered_again_by_a_crafted_post(client, clinic, rosa, appointment_request):
    press(client, "decline", appointment_request, code="other")
    appointment_request.refresh_from_db()
    response = press(client, "confirm", appointment_request, slot=clinic.slot().code)
    assert response.status_code == 409
    assert "You can’t do this now. It is marked “declined”." in words(response)


# -- undo


def test_confirming_another_time_from_an_outdated_page_says_that_nothing_was_done(
    client, clinic, rosa, appointment_request
):
    press(client, "confirm", appointment_request, slot=clinic.slot().code)
    late = press(client, "confirm", appointment_request, slot=clinic.slot(hour=11).code)
    assert late.status_code == 409
    assert "You confirmed this" in words(late)
    assert press(client, "confirm", appointment_request, slot=clinic.slot().code).status_code == 302


def test_an_act_can_be_undone_within_a_minute(client, clinic, rosa, appointment_request):
    queue = press(client, "confirm", appointment_request, slot=clinic.slot().code, follow=True)
    path = re.search(r"/admin/desk/undo/\d+/", queue.content.decode())[0]
    page = words(client.post(path, follow=True))
    assert "Undone. Back to where it was." in page
    assert "First choice Held until" in page
    assert status_of(appointment_request) == "new"
    assert "You undid the last action at 10:05 AM." in words(client.post(path, follow=True))
    assert status_of(appointment_request) == "new"


def test_after_a_minute_the_bar_says_that_it_is_too_late(client, clinic, rosa, appointment_request, at):
    there = press(client, "decline", appointment_request, code="other")["Location"]
    act = Event.objects.get(verb="decline")
    at("2026-11-23 10:06:01")
    assert "It’s too late to undo." in words(client.get(there))
    page = words(client.post(reverse("desk:undo", args=[act.pk]), follow=True))
    assert "It’s too late to undo. Call the patient instead." in page
    assert status_of(appointment_request) == "declined"


def test_a_coworkers_act_can_be_undone_only_by_a_lead(client, clinic, appointment_request):
    rosa, dmitri, lead = make_clerk(), make_clerk(), make_clerk("Desk lead")
    client.force_login(rosa)
    press(client, "decline", appointment_request, code="other")
    path = reverse("desk:undo", args=[Event.objects.get(verb="decline").pk])
    client.force_login(dmitri)
    assert path not in client.get(page_of(appointment_request)).content.decode()
    assert "Only the person who did this or a desk lead can undo it." in words(client.post(path, follow=True))
    client.force_login(lead)
    assert path in client.get(page_of(appointment_request)).content.decode()
    assert "Enter a reason for undoing a coworker’s change." in words(client.post(path, follow=True))
    assert status_of(appointment_request) == "declined"
    long = client.post(path, {"undo_why": "x" * 201})
    assert (long.status_code, "Use up to 200 characters." in words(long)) == (400, True)
    assert long.content.decode().count("x" * 201) == 1
    client.post(path, {"undo_why": "Wrong patient"})
    assert status_of(appointment_request) == "new"


def test_the_bar_shows_only_ones_own_acts(client, clinic, rosa, appointment_request):
    there = press(client, "decline", appointment_request, code="other")["Location"]
    client.force_login(make_clerk())
    assert "June Demo" not in words(client.get(there))


def test_an_invalid_event_in_the_url_shows_no_bar(client, clinic, rosa):
    for undo in ("x", "0", "-1", "9" * 30, "٣", "999999999999999999"):
        assert client.get("/admin/desk/", {"undo": undo}).status_code == 200, undo


def test_an_unknown_event_or_message_gives_a_message(client, clinic, rosa):
    many = "9" * 40
    for path in ("undo/999999/", f"undo/{many}/", "messages/999999/notified/", f"messages/{many}/notified/"):
        response = client.post(f"/admin/desk/{path}")
        assert response.status_code == 404, path
        assert "Page not found" in words(response), path


def test_a_get_on_the_undo_url_undoes_nothing(client, clinic, rosa, appointment_request):
    press(client, "decline", appointment_request, code="other")
    client.get(reverse("desk:undo", args=[Event.objects.get(verb="decline").pk]))
    assert status_of(appointment_request) == "declined"


# -- history and messages


def test_history_says_who_did_what_and_when(client, clinic, rosa, appointment_request):
    press(client, "confirm", appointment_request, slot=clinic.slot().code)
    page = words(client.get(page_of(appointment_request)))
    assert "Confirmed; Booked: Thu, Dec 3, 9:00 AM EST Rosa · today, 10:05 AM" in page
    assert "Sent; Held: Thu, Dec 3, 9:00 AM EST The patient · today, 10:05 AM" in page
    assert "We have your request: replaced by a newer message" in page
    assert "Your appointment is confirmed: waiting to be sent" in page


def test_the_desk_reads_what_a_message_said_without_the_private_link(client, clinic, rosa, appointment_request):
    outbox.deliver_due(clock=later)
    page = client.get(page_of(appointment_request))
    assert "What it said : We have your request" in words(page)
    assert "(the private link)" in words(page)
    assert links.secret(appointment_request) not in page.content.decode()


def test_a_message_that_could_not_be_sent_is_shown_on_the_page_too(client, clinic, rosa):
    appointment_request = clinic.appointment_request(clinic.slot(), patient={"email": ""})
    press(client, "decline", appointment_request, code="not_ours")
    page = words(client.get(page_of(appointment_request)))
    assert "About your request: no email: call" in page
    assert "Notified by phone" in page


def test_markup_that_a_patient_typed_is_shown_as_text(client, clinic, rosa):
    evil = "<script>alert(1)</script>"
    appointment_request = clinic.appointment_request(
        note=evil, helper_name=evil, patient={"name": evil, "language": evil, "needs_interpreter": True}
    )
    for path in (page_of(appointment_request), "/admin/desk/"):
        html = client.get(path).content.decode()
        assert "<script>alert" not in html
        assert "&lt;script&gt;" in html


def test_who_reads_an_appointment_out_says_when_to_arrive(client, clinic, rosa):
    asked = clinic.appointment_request(clinic.slot(), patient={"email": ""})
    press(client, "confirm", asked, slot=clinic.slot().code)
    page = words(client.get(page_of(asked)))
    assert "Tell the patient to arrive at 8:45 AM." in page
    assert "is confirmed: Thu, Dec 3, 9:00 AM EST" in page
    assert "Please arrive at 8:45 AM." in page
