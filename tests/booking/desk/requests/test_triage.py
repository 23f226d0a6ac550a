"""A clinician marks a request, urgent ones head the queue, and the desk cannot lift the mark."""

import pytest
from django.test import Client
from django.urls import reverse

from booking import lifecycle
from booking.desk.queue import neighbors, queries
from booking.models import Event
from booking.models.appointment_request import Triage
from clinic.contact.phone_number import beyond_number
from tests.booking.desk.page import fresh, page_of
from tests.builders import MONDAY, assert_sound, later, make_clerk
from tests.html_forms import forms_of
from tests.pages import words

pytestmark = pytest.mark.django_db
LIST, QUEUE = "/admin/desk/triage/", "/admin/desk/"


@pytest.fixture
def nadar(clinic):
    client = Client()
    client.force_login(make_clerk("Clinician", first_name="Nadar"))
    return client


def mark(client, request, said="urgent", note="Losing height. Please don’t wait.", see_by=""):
    data = {"mark": said, "note": note, "see_by": see_by}
    return client.post(reverse("desk:triage", args=[request.reference]), data, follow=True)


def test_a_clinician_marks_a_request_with_a_note_and_the_desk_reads_both(client, clinic, rosa, nadar):
    request = clinic.appointment_request(note="It hurts to stand.")
    listed = words(nadar.get(LIST))
    assert "It hurts to stand." in listed
    assert f"{request}: saved. The front desk sees it." in words(mark(nadar, request))
    assert fresh(request).version == request.version  # an answer from an open page still goes through
    page = words(client.get(page_of(request)))
    assert "Urgent. Marked by Nadar, today, 10:05 AM: “ Losing height. Please don’t wait. ”" in page
    assert "Triaged (Urgent)" in page
    assert_sound()


def test_an_urgent_request_heads_the_queue_and_its_next_pages(client, clinic, rosa, nadar, monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 2)
    requests = [clinic.appointment_request(now=later(minutes=n), patient={"name": f"June {n}"}) for n in range(7)]
    for n, see_by in ((3, ""), (1, ""), (4, ""), (6, "2026-12-11"), (5, "2026-12-04")):
        mark(nadar, requests[n], see_by=see_by)
    wanted = [requests[n] for n in (5, 6, 1, 3, 4, 0, 2)]
    seen, after = [], None
    for _page in range(4):
        rows = queries.window(after).rows[:2]
        seen += [row.pk for row in rows]
        after = queries.place_of(rows[-1].place)
    assert seen == [request.pk for request in wanted]
    assert "Urgent 5" in words(client.get(QUEUE))
    rows = [fresh(request) for request in wanted]
    beside = zip([None, *rows[:-1]], [*rows[1:], None], strict=True)
    assert [neighbors.beside(row) for row in rows] == list(beside)


def test_after_an_answer_the_focus_goes_to_the_next_request_in_the_order_of_the_queue(client, clinic, rosa, nadar):
    """The one that was answered is urgent, but due last."""
    requests = [clinic.appointment_request(now=later(minutes=n)) for n in range(4)]
    for n, see_by in ((3, "2026-12-04"), (2, "2026-12-11")):
        mark(nadar, requests[n], see_by=see_by)
    for answered, following in ((3, 2), (2, 0), (0, 1)):
        lifecycle.decline(requests[answered].pk, "other", "Call us.", by=lifecycle.staff(rosa), now=MONDAY)
        done = Event.objects.filter(verb="decline").latest("pk")
        page = client.get(QUEUE, {"undo": done.pk})
        assert page.context["focused"] == requests[following].pk, answered


def test_a_mark_that_is_pressed_twice_is_one_mark(clinic, nadar):
    request = clinic.appointment_request()
    form = next(form for form in forms_of(nadar.get(LIST).text, LIST) if str(request.reference) in form.action)
    for _press in range(2):
        nadar.post(form.action, form.fields | {"mark": "urgent", "note": "Don’t wait."})
    assert Event.objects.filter(verb="triage").count() == 1


@pytest.mark.parametrize(("said", "note"), [("", "Soon."), ("now", "Soon."), ("urgent", " ")])
def test_a_mark_needs_a_known_word_and_a_note(clinic, nadar, said, note):
    request = clinic.appointment_request()
    mark(nadar, request, said, note)
    assert fresh(request).triage == ""


def test_a_see_by_date_is_read_by_the_desk_and_belongs_to_urgent_requests_alone(client, clinic, rosa, nadar):
    request = clinic.appointment_request()
    for said, see_by, answer in (
        ("routine", "2026-12-11", "Only an urgent request has a see-by date."),
        ("urgent", "2026-11-22", "Choose a see-by date of today or later."),
        ("urgent", "2036-12-11", "Choose a see-by date within a year from today."),
        ("urgent", "9999-12-31", "Choose a see-by date within a year from today."),
        ("urgent", "soon", "Enter the day as month/day/year, such as 12/3/2026."),
    ):
        assert answer in words(mark(nadar, request, said, see_by=see_by)), see_by
        assert fresh(request).triage == ""
    assert "Urgent: Fri, Dec 11" in words(mark(nadar, request, see_by="2026-12-11"))
    for path in (QUEUE, page_of(request)):
        assert "Urgent: see by Fri, Dec 11" in words(client.get(path)), path
    mark(nadar, request, "routine")
    assert fresh(request).see_by is None
    assert_sound()


def test_the_page_itself_makes_an_urgent_request_with_a_date_routine(client, clinic, nadar):
    request = clinic.appointment_request()
    mark(nadar, request, see_by="2026-12-11")
    form = next(form for form in forms_of(nadar.get(LIST).text, LIST) if str(request.reference) in form.action)
    assert form.fields["see_by"] == ["2026-12-11"]
    nadar.post(form.action, form.fields | {"mark": "routine", "note": "Scan is fine."})
    assert (fresh(request).triage, fresh(request).see_by) == (Triage.ROUTINE, None)


def test_a_note_that_is_not_saved_stays_on_the_page(clinic, nadar, by):
    request = clinic.appointment_request()
    for said, see_by in (("", ""), ("routine", "2026-12-11"), ("urgent", "2026-11-22")):
        page = mark(nadar, request, said, "Losing height.", see_by)
        form = next(form for form in forms_of(page.text, LIST) if str(request.reference) in form.action)
        assert (form.fields["note"], form.fields["see_by"]) == (["Losing height."], [see_by])
    lifecycle.decline(request.pk, "other", "Call us.", by=by, now=MONDAY)
    page = words(mark(nadar, request, note="Losing height."))
    assert "already been answered" in page
    assert "What you typed Note for the front desk Losing height." in page


def test_imaging_that_must_come_first_is_on_the_ready_list_with_who_sees_to_it(client, clinic, rosa, nadar):
    clinic.appointment_type.needs_scan = False
    clinic.appointment_type.save()
    request = clinic.appointment_request(referral="yes")
    ready = "Ready? 1 of 1 on file Referral: yes · patient"
    assert ready in words(client.get(page_of(request)))
    mark(nadar, request, "imaging", "An MRI first.")
    page = words(client.get(page_of(request)))
    assert "Ready? 1 of 2 on file Imaging first: not asked · front desk" in page
    assert "Referral: yes · patient" in page


def test_a_place_in_the_queue_that_cannot_be_is_the_first_page():
    for place in ("u1-1", "1-1-1", "u0-1-1", "u9999999-1-1", "u-1-1", "1", "x-1", "u1-1-1-1", "-", ""):
        assert queries.place_of(place) is None, place


def test_the_desk_cannot_lift_it_and_an_answered_request_takes_none(client, clinic, lead, nadar, by):
    request = clinic.appointment_request()
    mark(nadar, request)
    assert mark(client, request, "routine").status_code == 403
    assert fresh(request).triage == Triage.URGENT
    lifecycle.decline(request.pk, "other", "Call us.", by=by, now=MONDAY)
    assert "already been answered" in words(mark(nadar, request, "routine"))


def test_only_papers_that_the_type_needs_are_shown_and_only_missing_ones_are_amber(client, clinic, rosa):
    request = clinic.appointment_request(scan="yes", referral="no")
    said = {QUEUE: ["Scan: yes Referral: no"], page_of(request): ["Scan: yes · patient", "Referral: no · patient"]}
    for path, papers in said.items():
        page = client.get(path).text
        assert all(paper in words(client.get(path)) for paper in papers), path
        assert page.count('class="is-unsure"') == 1, path
    clinic.appointment_type.needs_referral = False
    clinic.appointment_type.save()
    for path in (QUEUE, page_of(request)):
        page = client.get(path)
        assert "Referral:" not in words(page), path
        assert 'class="is-unsure"' not in page.text, path


def test_what_was_typed_beside_a_phone_is_shown_only_where_it_says_more():
    for typed, said in {
        "718 555 0167": "", "(718) 555-0167 ext. 7": "", "+1 718.555.0167": "", "": "",
        "718 555 0167 mom": "718 555 0167 mom", "evenings": "evenings",
    }.items():  # fmt: skip
        assert beyond_number(typed) == said, typed


def test_an_unknown_list_shows_every_open_request_and_says_so(client, clinic, rosa, by):
    request = clinic.appointment_request()
    lifecycle.waitlist(request.pk, by=by, now=MONDAY)
    page = words(client.get(QUEUE, {"view": "nonsense"}))
    assert "There is no such list. All open requests are shown." in page
    assert str(request) in page
    assert "no such list" not in words(client.get(QUEUE))
