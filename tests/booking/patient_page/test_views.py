"""The patient's page: what the link alone shows, what the date of birth adds, and what patients can do there."""

import multiprocessing
import re

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from booking import lifecycle
from booking.models import Appointment, AppointmentRequest, Message
from booking.notifications import emails, links
from booking.patient_page import lost_link as views
from tests.booking.patient_page.patient import RIGHT, give_birth_date, url
from tests.builders import MONDAY, later, make_clerk
from tests.pages import markup, words

pytestmark = pytest.mark.django_db
DOORS = (
    "page", "birth_date", "withdraw", "cancel", "calendar", "answer", "times", "check_times", "another_time",
    "check_another_time",
)  # fmt: skip
WRONG = RIGHT | {"birth_date_year": "1950"}
ANSWER = "We do not treat this. Ask Dr. Who at 555 0100."
# shown only after the date of birth
BEHIND = ["Ellison", "pain medicine", "Broken bone", "hurts", "walker", "December 4", "You sent your request", ANSWER]


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(views, "SAME_TIME", 0)


@pytest.fixture
def appointment_request(clinic):
    times = clinic.slot(hour=10, minute=20), clinic.slot(day=4)
    return clinic.appointment_request(*times, note="my back <b>hurts</b>", patient={"needs": ["walker"]})


@pytest.fixture
def appointment(clinic, appointment_request):
    return lifecycle.confirm(
        appointment_request.pk, clinic.slot(hour=10, minute=20), by=lifecycle.staff(make_clerk()), now=later()
    )


def act(client, appointment_request, name, row):
    return client.post(url(appointment_request, name), {"version": row.version})


# -- the link alone


def test_an_open_request_shows_its_state_the_response_deadline_and_the_phone(client, appointment_request):
    page = words(client.get(url(appointment_request)))
    for said in (
        "Waiting for our answer",
        "We’ll answer by Tuesday, November 24, 5:00 pm Eastern Time",
        "not yet an appointment",
        "(718) 555-0142",
        str(appointment_request),
    ):
        assert said in page
    assert "December 3" not in page
    assert "Cancel my request" not in page


def test_an_appointment_shows_what_the_email_said_day_time_zone_and_office(client, appointment):
    page = words(client.get(url(appointment.appointment_request)))
    for said in (
        "Confirmed",
        "Thursday, December 3",
        "10:20 am Eastern Time",
        "arrive at 10:05 am",
        "Pier Street office",
        "Add to my calendar",
    ):
        assert said in page


def test_the_link_alone_shows_nothing_that_requires_the_date_of_birth(client, clinic, appointment_request):
    by = lifecycle.staff(make_clerk())
    pages = [client.get(url(appointment_request))]
    lifecycle.confirm(appointment_request.pk, clinic.slot(hour=10, minute=20), by=by, now=later())
    declined = clinic.appointment_request(clinic.slot(day=4), note="it hurts")
    lifecycle.decline(declined.pk, "not_ours", ANSWER, by=by, now=later())
    pages += [
        client.get(url(appointment_request)),
        client.get(url(declined)),
        client.get(url(appointment_request, "cancel"), follow=True),
    ]
    for page in pages:
        assert [said for said in BEHIND if said in words(page)] == []
        for said in ("June", "june@", "555-0167", '<form method="post" action="/visit/"'):
            assert said not in page.content.decode()


def test_the_page_admits_that_our_answer_is_late(client, appointment_request, now):
    now("2026-11-25 09:00")
    assert "We are late, and we are sorry" in words(client.get(url(appointment_request)))


@pytest.mark.parametrize("status", ["offered", "waitlisted", "closed"])
def test_no_unconfirmed_state_says_confirmed(client, appointment_request, status):
    AppointmentRequest.objects.filter(pk=appointment_request.pk).update(status=status, offer_until=later())
    page = client.get(url(appointment_request))
    assert page.status_code == 200
    assert "Confirmed" not in words(page)


def test_no_state_is_without_words(client, clinic, appointment, known):
    for status in AppointmentRequest.Status.values:
        AppointmentRequest.objects.filter(pk=appointment.appointment_request_id).update(
            status=status, decline_code="other", offer_until=later()
        )  # fmt: skip
        assert known.get(url(appointment.appointment_request)).status_code == 200
    for status in Appointment.Status.values:
        Appointment.objects.filter(pk=appointment.pk).update(status=status, held_until=later(), cancel_code="clinic")
        assert known.get(url(appointment.appointment_request)).status_code == 200
        assert Client().get(url(appointment.appointment_request)).status_code == 200


def test_no_title_contains_a_name(known, appointment):
    for name in ("page", "cancel", "withdraw"):
        title = re.search(
            r"<title>([^<]*)</title>", known.get(url(appointment.appointment_request, name)).content.decode()
        )[1]
        assert not re.search(r"June|Ellison|December|bone|Pain|Spine|\d", title), title


def test_no_browser_or_proxy_may_store_these_pages(client, appointment_request):
    for path in (url(appointment_request), url(appointment_request, "calendar"), "/visit/", "/visit/nonsense/"):
        assert "no-store" in client.get(path).headers["Cache-Control"]


# -- links that open nothing


def whole(answer):
    """Its bytes, those of its headers too."""
    return answer.serialize()


def test_every_invalid_link_gives_the_same_404(client, clinic, appointment_request, appointment, now, settings):
    settings.WRONG_LINKS_PER_ADDRESS = 1000
    revoked = url(clinic.appointment_request())
    AppointmentRequest.objects.exclude(pk=appointment_request.pk).update(link_version=2)
    old = clinic.appointment_request()
    lifecycle.withdraw(old.pk, by=lifecycle.PATIENT, now=MONDAY)
    good = url(appointment_request)
    mutated = [good[:n] + ("A" if good[n] != "A" else "B") + good[n + 1 :] for n in range(7, len(good) - 1)]
    now("2027-02-25 09:00")
    paths = [
        *mutated,
        revoked,
        url(old),
        f"/visit/{appointment_request.reference}/",
        "/visit/%C3%A9~%F0%9F%98%80/",
        "/visit/1.1~/",
    ]
    answers = [client.get(path) for path in paths]
    assert {answer.status_code for answer in answers} == {404}
    assert len({whole(answer) for answer in answers}) == 1
    assert "(718) 555-0142" in words(answers[0])
    assert "This link does not open a page" in words(answers[0])
    assert client.get(good).status_code == 200


def test_an_invalid_link_gives_the_same_404_at_every_url(client, appointment):
    bad = url(appointment.appointment_request)[:-2] + "/"
    names = ("", "birth-date/", "withdraw/", "cancel/", "answer/", "times/", "times/check/", "another-time/")
    doors = [bad + name for name in (*names, "another-time/check/", "prepare/", "reminders/", "card/", "not-you/")]
    answers = [call(door) for door in doors for call in (client.get, client.post)]
    answers.append(client.get(f"{bad}visit.ics"))
    assert {answer.status_code for answer in answers} == {404}
    assert len({whole(answer) for answer in answers}) == 1


def test_a_wrong_link_and_an_unknown_one_take_the_same_queries(
    client, clinic, appointment_request, django_assert_num_queries
):
    client.get("/visit/")  # the process has loaded what every page shows by now
    unknown = AppointmentRequest(reference="2222222222", link_version=1)
    appointment_request.link_version = 2
    client.get("/visit/nonsense/")  # what every page shows is read once
    for bad in (url(unknown), url(appointment_request), "/visit/nonsense/"):
        with django_assert_num_queries(2):  # one of them counts the try
            client.get(bad)


def test_wrong_links_are_counted_and_the_right_one_always_opens(client, appointment_request, settings):
    settings.WRONG_LINKS_PER_ADDRESS = 2
    right, wrong = url(appointment_request), url(AppointmentRequest(reference="2222222222", link_version=1))
    answers = [client.get(address) for address in (wrong, right, "/visit/nonsense/", wrong, f"{wrong}withdraw/", right)]
    assert [answer.status_code for answer in answers] == [404, 200, 404, 429, 429, 200]
    assert int(answers[3]["Retry-After"]) <= 15 * 60 + 1
    assert "(718) 555-0142" in words(answers[3])
    assert client.get(wrong, REMOTE_ADDR="198.51.100.7").status_code == 404


def test_one_patients_date_of_birth_does_not_open_another_patients_page(known, clinic):
    other = clinic.appointment_request(clinic.slot(day=4), patient={"name": "May Demo"})
    assert "Ellison" not in words(known.get(url(other)))
    assert act(known, other, "withdraw", other).status_code == 403
    other.refresh_from_db()
    assert other.status == "new"


# -- the date of birth


def test_the_date_of_birth_shows_everything_else(client, appointment_request):
    answer = give_birth_date(client, appointment_request)
    assert (answer.status_code, answer["Location"]) == (302, url(appointment_request))
    page = words(client.get(url(appointment_request)))
    for said in (
        "We hold this for you until",
        "It is not yet an appointment. There is nothing to do by then.",
        "Thursday, December 3",
        "Dr. Mara Ellison, MD, pain medicine",
        "Broken bone in the spine",
        "I use a walker or a cane",
        "Friday, December 4, 9:00 am Eastern Time (not held) Dr. Mara Ellison, MD",
        "You sent your request. Monday, November 23, 10:05 am Eastern Time",
        "Cancel my request",
    ):
        assert said in page
    assert "<b>hurts" not in client.get(url(appointment_request)).content.decode()


def test_it_is_forgotten_after_thirty_minutes_even_during_use(known, appointment_request, now):
    now("2026-11-23 10:34")
    assert "Ellison" in words(known.get(url(appointment_request)))
    now("2026-11-23 10:35")
    assert "Ellison" not in words(known.get(url(appointment_request)))
    answer = act(known, appointment_request, "withdraw", appointment_request)
    assert answer.status_code == 403
    assert "Nothing has changed" in words(answer)
    appointment_request.refresh_from_db()
    assert appointment_request.status == "new"


def test_the_session_gets_a_new_id_when_it_gains_rights(client, appointment_request):
    client.get(url(appointment_request))
    session = client.session
    session["answers"] = "typed so far"
    session.save()
    client.cookies["sessionid"] = before = session.session_key
    give_birth_date(client, appointment_request)
    assert client.cookies["sessionid"].value != before
    assert client.session["answers"] == "typed so far"


def test_after_three_wrong_dates_the_patient_must_wait_and_sees_the_phone_number(client, appointment_request, now):
    answers = [give_birth_date(client, appointment_request, WRONG) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "Check it, and try once more" in words(answers[0])
    assert answers[2]["Retry-After"] == "901"
    assert "Wait 15 minutes, or call us at (718) 555-0142" in words(answers[2])
    now("2026-11-23 10:12")
    assert "Wait 8 minutes" in words(give_birth_date(client, appointment_request))
    now("2026-11-23 10:20")
    assert give_birth_date(client, appointment_request).status_code == 302


def test_a_new_browser_does_not_shorten_the_wait(client, appointment_request):
    for _ in range(3):
        give_birth_date(Client(), appointment_request, WRONG)
    answer = Client().post(url(appointment_request, "birth_date"), RIGHT, headers={"X-Forwarded-For": "203.0.113.9"})
    assert answer.status_code == 429
    assert "Ellison" not in words(answer)


def test_an_incomplete_date_does_not_count_as_a_try(client, appointment_request):
    for typed in ({}, {"birth_date_month": "3"}, RIGHT | {"birth_date_day": "31", "birth_date_month": "2"}) * 3:
        page = give_birth_date(client, appointment_request, typed)
        assert page.status_code == 200
        assert "There is a problem" in words(page)
        assert re.search(r"<title>\s*Error:", page.content.decode())
    assert give_birth_date(client, appointment_request).status_code == 302


def test_the_date_of_birth_is_accepted_by_post_only(client, appointment_request):
    assert client.get(url(appointment_request, "birth_date"), RIGHT)["Location"] == url(appointment_request)
    assert "Ellison" not in words(client.get(url(appointment_request)))


# -- the calendar file


def test_the_link_alone_is_enough_for_the_calendar_entry_of_an_appointment(client, appointment):
    answer = client.get(url(appointment.appointment_request, "calendar"))
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="appointment.ics"'
    assert b"METHOD:PUBLISH" in answer.content


def test_without_an_appointment_there_is_no_calendar_entry(client, appointment_request, clinic):
    assert client.get(url(appointment_request, "calendar")).status_code == 404
    appointment = clinic.appointment()
    lifecycle.cancel(appointment.pk, "clinic", by=lifecycle.staff(make_clerk()), now=later())
    assert client.get(url(appointment.appointment_request, "calendar")).status_code == 404


# -- what helps before it


def test_an_open_request_says_what_to_bring_and_leads_to_the_first_visit(known, appointment_request, monkeypatch):
    monkeypatch.setattr("procedures.templatetags.published._read", lambda: {"first-visit"})
    cache.clear()
    page = known.get(url(appointment_request))
    assert "Things to bring The insurance card and a photo ID" in words(page)
    assert 'href="/first-visit/"' in page.text
    assert f'class="btn btn-quiet-danger" href="{url(appointment_request, "withdraw")}"' in markup(page)
    assert f'<span class="addr">{links.absolute(appointment_request)}</span>' in markup(page)


# -- canceling a request


def test_a_get_changes_nothing(known, appointment_request, appointment):
    for name in DOORS:
        known.get(url(appointment_request, name))
        known.head(url(appointment_request, name))
    appointment.refresh_from_db()
    assert appointment.status == "booked"
    assert appointment_request.events.filter(actor="patient").count() == 2  # submitted, and its hold


def test_a_request_is_canceled_by_its_button(known, appointment_request):
    page = known.get(url(appointment_request, "withdraw")).content.decode()
    assert f'name="version" value="{appointment_request.version}"' in page
    assert act(known, appointment_request, "withdraw", appointment_request)["Location"] == url(appointment_request)
    appointment_request.refresh_from_db()
    assert appointment_request.status == "withdrawn"
    assert not appointment_request.appointments.exclude(status="released").exists()
    page = words(known.get(url(appointment_request)))
    assert "Canceled" in page
    assert "You canceled your request. Monday" in page
    assert "We hold no time for you now." in page
    told = emails.render(Message.objects.get(kind="withdrawn", status="queued"), now=later())
    assert "You canceled your request. We hold no time for you now.\n\nThere is no appointment." in told.text


def test_a_double_click_and_the_back_button_cancel_the_request_once(known, appointment_request):
    answers = [act(known, appointment_request, "withdraw", appointment_request) for _ in range(2)]
    assert [answer["Location"] for answer in answers] == [url(appointment_request)] * 2
    assert appointment_request.events.filter(verb="withdraw").count() == 1
    page = words(known.get(url(appointment_request, "withdraw")))
    assert "only while it waits for our answer" in page
    assert "Keep my request" not in page


def test_a_page_from_before_the_confirmation_says_so_and_changes_nothing(
    known, clinic, appointment_request, appointment
):
    answer = act(known, appointment_request, "withdraw", appointment_request)
    assert answer.status_code == 409
    page = words(answer)
    assert "We did not change anything" in page
    assert "We confirmed the appointment." in page
    appointment.refresh_from_db()
    assert appointment.status == "booked"


def test_a_confirmed_request_cannot_be_canceled_as_a_request(known, appointment_request, appointment):
    appointment.appointment_request.refresh_from_db()
    answer = act(known, appointment_request, "withdraw", appointment.appointment_request)
    assert answer.status_code == 409
    assert "can’t do this now" in words(answer)


@pytest.mark.once
def test_a_crafted_version_is_refused_like_an_old_one(known, appointment_request):
    for version in ("", "x", "-1", "9" * 40, "1e3", "٣"):
        assert known.post(url(appointment_request, "withdraw"), {"version": version}).status_code == 409, version
    appointment_request.refresh_from_db()
    assert appointment_request.status == "new"


# -- canceling an appointment


def test_an_appointment_is_canceled_by_its_button_and_its_time_is_free(known, clinic, appointment_request, appointment):
    assert "Thursday, December 3, 10:20 am" in words(known.get(url(appointment_request, "cancel")))
    assert act(known, appointment_request, "cancel", appointment)["Location"] == url(appointment_request)
    appointment.refresh_from_db()
    assert (appointment.status, appointment.cancel_code) == ("cancelled", "patient")
    page = words(known.get(url(appointment_request)))
    assert "You canceled this appointment" in page
    assert "Add to my calendar" not in page
    assert Message.objects.filter(kind="cancelled_by_you", status="queued").count() == 1
    assert clinic.appointment(clinic.slot(hour=10, minute=20), now=later(hours=1))


def test_a_double_click_and_the_back_button_cancel_the_appointment_once(known, appointment_request, appointment):
    answers = [act(known, appointment_request, "cancel", appointment) for _ in range(2)]
    assert [answer["Location"] for answer in answers] == [url(appointment_request)] * 2
    assert appointment_request.events.filter(verb="cancel").count() == 1
    assert "no appointment to cancel any more" in words(known.get(url(appointment_request, "cancel")))


def test_an_appointment_that_we_have_already_canceled_is_no_error(known, appointment_request, appointment):
    lifecycle.cancel(appointment.pk, "clinic", by=lifecycle.staff(make_clerk()), now=later())
    assert act(known, appointment_request, "cancel", appointment)["Location"] == url(appointment_request)
    assert "We had to cancel this appointment" in words(known.get(url(appointment_request)))


def test_an_appointment_that_was_changed_is_shown_before_it_can_be_canceled(known, appointment_request, appointment):
    Appointment.objects.filter(pk=appointment.pk).update(version=appointment.version + 1)
    answer = act(known, appointment_request, "cancel", appointment)
    assert answer.status_code == 409
    assert "Check it again before you continue" in words(answer)


def test_until_a_day_before_patients_cancel_online_and_then_by_phone(known, appointment_request, appointment, now):
    give = [("2026-12-02 10:20", 302), ("2026-12-02 10:21", 409)]
    for moment, status in reversed(give):
        now(moment)
        give_birth_date(known, appointment_request)
        page = words(known.get(url(appointment_request)))
        assert ("Cancel this appointment" in page) == (status == 302)
        assert ("too near to cancel it here. Call us at (718) 555-0142" in page) == (status == 409)
        assert act(known, appointment_request, "cancel", appointment).status_code == status
    appointment.refresh_from_db()
    assert appointment.status == "cancelled"


@pytest.mark.parametrize(
    ("status", "moment", "said", "behind"),
    [
        ("booked", "2026-12-03 10:30", "Your appointment is confirmed", "begun"),
        ("booked", "2026-12-03 11:00", "This appointment is over", None),
        ("arrived", "2026-12-03 10:10", "Your appointment is today", "You are checked in"),
        ("fulfilled", "2026-12-03 12:00", "This appointment is over", None),
        ("left", "2026-12-03 12:00", "This appointment is over", None),
        ("noshow", "2026-12-03 12:00", "This appointment is over", "We did not see you that day"),
    ],
)
def test_on_the_day_and_after_it_each_state_has_its_sentence(
    client, appointment_request, appointment, now, status, moment, said, behind
):
    Appointment.objects.filter(pk=appointment.pk).update(status=status)
    now(moment)
    page = words(client.get(url(appointment_request)))
    assert said in page
    assert behind is None or behind not in page
    give_birth_date(client, appointment_request)
    assert behind is None or behind in words(client.get(url(appointment_request)))
    assert act(client, appointment_request, "cancel", appointment).status_code == 409
    appointment.refresh_from_db()
    assert appointment.status == status


def test_without_an_appointment_there_is_nothing_to_cancel(known, appointment_request):
    assert "no appointment to cancel" in words(known.get(url(appointment_request, "cancel")))
    assert known.post(url(appointment_request, "cancel"), {"version": 1}).status_code == 409


# -- our answer


def test_our_answer_is_shown_after_the_date_of_birth_with_its_markup_escaped(client, clinic, appointment_request):
    answer = f"{ANSWER} <script>alert(1)</script>"
    lifecycle.decline(appointment_request.pk, "not_ours", answer, by=lifecycle.staff(make_clerk()), now=later())
    page = words(client.get(url(appointment_request)))
    assert "We could not take it" in page
    assert "read our answer" in page
    give_birth_date(client, appointment_request)
    page = client.get(url(appointment_request))
    assert ANSWER in words(page)
    assert "<script>" not in page.content.decode()


def test_an_undone_act_is_not_in_the_history(known, clinic, appointment_request):
    clerk = make_clerk()
    lifecycle.confirm(appointment_request.pk, clinic.slot(day=4), by=lifecycle.staff(clerk), now=later())
    lifecycle.undo(appointment_request.events.get(verb="confirm").pk, user=clerk, now=later(seconds=20))
    page = words(known.get(url(appointment_request)))
    assert "Waiting for our answer" in page
    assert "We confirmed" not in page


# -- the lost link


def test_who_has_no_email_is_told_to_call_before_the_button_that_sends_one(client, clinic):
    page = words(client.get(reverse("patient_page:lost_link")))
    told = page.index("No email on your request? Or no confirmation number at hand? Call us at (718) 555-0142")
    assert told < page.index("Send me the link")


def ask_for_link(client, reference, typed=RIGHT, **extra):
    return client.post(reverse("patient_page:lost_link"), {"reference": reference} | typed, follow=True, **extra)


def queued_links():
    return Message.objects.filter(kind="link").count()


def test_the_link_is_sent_for_a_matching_confirmation_number_and_date_of_birth(client, appointment_request):
    page = words(ask_for_link(client, f" {str(appointment_request).lower()} "))
    assert "Check your email" in page
    assert Message.objects.get(kind="link").appointment_request == appointment_request


def test_the_answer_is_the_same_whether_or_not_they_match(client, clinic, appointment_request):
    no_mail = clinic.appointment_request(patient={"email": ""})
    pages = [
        ask_for_link(client, appointment_request.reference),
        ask_for_link(client, appointment_request.reference, WRONG),
        ask_for_link(client, "2222222222"),
        ask_for_link(client, no_mail.reference),
    ]
    token = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]+"')
    assert len({token.sub(b"", page.content) for page in pages}) == 1
    assert {page.status_code for page in pages} == {200}
    assert queued_links() == 1


def test_the_answer_takes_as_long_whether_or_not_they_match(client, appointment_request, monkeypatch):
    slept = []
    monkeypatch.setattr(views, "SAME_TIME", 60)
    monkeypatch.setattr(views.time, "sleep", slept.append)
    monkeypatch.setattr(views.time, "monotonic", iter([0.0, 0.2, 100.0, 100.001]).__next__)
    ask_for_link(client, appointment_request.reference)
    ask_for_link(client, "2222222222")
    assert slept == [pytest.approx(59.8), pytest.approx(59.999)]


def test_an_invalid_confirmation_number_is_reported_before_any_lookup(client, appointment_request):
    page = words(ask_for_link(client, appointment_request.reference[:-1] + "?"))
    assert "A confirmation number has 10 letters and numbers" in page
    assert queued_links() == 0
    assert client.get(reverse("patient_page:lost_link")).status_code == 200


def test_one_confirmation_number_can_be_tried_three_times_an_hour_from_anywhere(client, appointment_request, now):
    answers = [
        ask_for_link(client, appointment_request.reference, WRONG, REMOTE_ADDR=f"203.0.113.{n}") for n in range(4)
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 3590 <= int(answers[3]["Retry-After"]) <= 3601
    assert ask_for_link(client, appointment_request.reference).status_code == 429
    now("2026-11-23 11:06")
    assert ask_for_link(client, appointment_request.reference).status_code == 200
    assert queued_links() == 1


def test_one_ip_address_can_ask_twenty_times_whatever_its_headers_say(client, clinic):
    answers = [
        ask_for_link(client, reference, headers={"X-Forwarded-For": f"203.0.113.{n}", "Forwarded": f"for=10.0.0.{n}"})
        for n, reference in enumerate(valid_references(21))
    ]
    assert [answer.status_code for answer in answers] == [200] * 20 + [429]
    assert "(718) 555-0142" in words(answers[-1])
    elsewhere = ask_for_link(client, next(valid_references(1)), REMOTE_ADDR="198.51.100.7")
    assert elsewhere.status_code == 200


def test_behind_our_proxy_each_visitor_has_a_limit_of_their_own(client, clinic, settings):
    settings.TRUSTED_PROXIES, settings.LOST_LINKS_PER_ADDRESS = 1, 2

    def asks(visitor):
        headers = {"X-Forwarded-For": f"198.51.100.{next(forged)}, {visitor}"}
        return ask_for_link(client, next(valid_references(1)), headers=headers).status_code

    forged = iter(range(9))
    assert [asks("203.0.113.5") for _ in range(3)] == [200, 200, 429]
    assert asks("203.0.113.6") == 200


def valid_references(number):
    field = AppointmentRequest._meta.get_field("reference")
    return (field.get_default() for _ in range(number))


# -- simultaneous requests


def press(start, answers, path, version, cookie):
    connection.close()
    client = Client()
    client.cookies["sessionid"] = cookie
    start.wait(timeout=20)
    answers.put(client.post(path, {"version": version}).status_code)


@pytest.mark.django_db(transaction=True)
def test_of_four_simultaneous_clicks_one_cancels_and_none_shows_an_error(client, clinic):
    appointment = clinic.appointment()
    give_birth_date(client, appointment.appointment_request)
    arguments = url(appointment.appointment_request, "cancel"), appointment.version, client.cookies["sessionid"].value
    connection.close()  # a forked child must not share it
    fork = multiprocessing.get_context("fork")
    start, answers = fork.Barrier(4), fork.Queue()
    children = [fork.Process(target=press, args=(start, answers, *arguments)) for _ in range(4)]
    for child in children:
        child.start()
    assert [answers.get(timeout=30) for _ in children] == [302] * 4
    for child in children:
        child.join()
    assert appointment.appointment_request.events.filter(verb="cancel").count() == 1
    assert Message.objects.filter(kind="cancelled_by_you").count() == 1


# -- cost


def test_the_page_takes_a_fixed_number_of_queries(known, clinic, appointment_request, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        known.get(url(appointment_request))
