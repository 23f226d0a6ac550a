"""Today: who is unfinished first, the rest folded, how late a provider runs, called-off ones, walk-ins, my day."""

import re
from datetime import date

import pytest
from django.urls import reverse

from booking import lifecycle
from booking.lifecycle.time_off.called_off import NewTimes
from booking.models import Appointment, Event, Message
from clinic.models import Practitioner, RunningLate, ScheduleException
from tests.builders import LOGGED, MONDAY, assert_sound, local, make_clerk, make_practitioner
from tests.pages import markup, words

pytestmark = pytest.mark.django_db
TODAY, MY_DAY, BOOK = "/admin/desk/day/", "/admin/desk/my-day/", "/admin/desk/book/"
NINE = local(2026, 12, 3, 9)


@pytest.fixture(autouse=True)
def _sound(db):
    yield
    assert_sound()


@pytest.fixture
def morning(clinic, at, rosa, client, by):
    """Thursday, 10:30: seen at 9, a no-show at 9:40, here since 10:20, and one to come at 11:40."""
    names = {(9, 0): "Ann Demo", (9, 40): "Ben Demo", (10, 20): "Cleo Demo", (11, 40): "Dora Demo"}
    booked = [
        clinic.appointment(
            clinic.slot(hour=hour, minute=minute), patient={"name": name, "email": f"{hour}@example.org"}
        )
        for (hour, minute), name in names.items()
    ]
    for verb in ("check_in", "fulfil"):
        getattr(lifecycle, verb)(booked[0].pk, by=by, now=NINE)
    lifecycle.no_show(booked[1].pk, by=by, now=local(2026, 12, 3, 10))
    lifecycle.check_in(booked[2].pk, by=by, now=local(2026, 12, 3, 10, 20))
    at("2026-12-03 10:30")
    client.force_login(rosa)
    return booked


def test_today_is_marked_in_the_navigation_on_no_other_day(client, morning):
    for path, is_marked in ((TODAY, True), (f"{TODAY}2026-12-03/", True), (f"{TODAY}2026-12-04/", False)):
        link = markup(client.get(path)).partition('data-key="g t"')[2].partition(">")[0]
        assert ("aria-current" in link) == is_marked, path


def late(client, clinic, minutes, **more):
    there = reverse("desk:running_late", args=[clinic.practitioner.slug])
    return client.post(there, {"minutes": minutes} | more, follow=True)


def test_finished_ones_are_folded_and_the_no_show_nobody_called_is_named(client, morning):
    page = client.get(TODAY)
    said = words(page)
    assert "Finished: 2 1 seen, 1 no-show · Not called yet: Ben Demo 9:40 AM" in said
    assert said.index("Ben Demo age 75") < said.index("Cleo Demo age 75") < said.index("Now, 10:30 AM")
    assert said.index("Now, 10:30 AM") < said.index("Dora Demo age 75")
    assert '<details class="fold"><summary>' in markup(page)
    assert "(718) 555-0167" in said.split("Dora Demo")[1][:40]


def test_now_stands_among_the_patients_of_the_provider_who_is_shown_alone(client, clinic, morning):
    other = make_practitioner(clinic.appointment_type, clinic.location, slug="other")
    clinic.appointment(clinic.slot(hour=11, minute=0, practitioner=other), patient={"name": "Eve Demo"})
    said = words(client.get(f"{TODAY}?with={clinic.practitioner.slug}"))
    assert said.index("Cleo Demo age 75") < said.index("Now, 10:30 AM") < said.index("Dora Demo age 75")
    assert "Eve Demo" not in said


def test_a_called_no_show_is_not_named_any_more(client, morning, rosa):
    patient = morning[1].appointment_request.patient
    about = morning[1].appointment_request.reference
    there = reverse("desk:call_patient", args=[patient.random_id])
    data = {"outcome": "reached", "note": "Was sick.", "about": about, "back": "no_shows", "key": "0" * 32}
    page = words(client.post(there, data, follow=True))
    assert "All caught up." in page
    assert "Not called yet" not in words(client.get(TODAY))
    assert Event.objects.get(verb="log_call").note == "Was sick."


def test_the_list_of_no_shows_has_those_that_nobody_called_or_rebooked(client, clinic, morning, by):
    left = morning[2]
    lifecycle.mark_left(left.pk, by=by, now=local(2026, 12, 3, 10, 25))
    assert "Cleo Demo" in (page := words(client.get("/admin/desk/no-shows/")))
    assert "Ben Demo" in page
    assert "Dora Demo" not in page
    rebook(client, left)
    assert "Cleo Demo" not in words(client.get("/admin/desk/no-shows/"))


@pytest.mark.parametrize("may", [True, False])
def test_the_list_of_no_shows_says_what_a_patient_needs_and_whether_to_leave_a_message(client, morning, may):
    ben = morning[1].appointment_request.patient
    ben.language, ben.needs, ben.may_leave_message = "Polish", ["wheelchair"], may
    ben.save()
    page = words(client.get("/admin/desk/no-shows/"))
    assert "speaks Polish, wheelchair" in page
    assert ("Don’t leave a message. Reached" in page) is not may


def test_the_list_of_no_shows_says_what_the_same_person_has_asked_for_or_booked_anew(client, clinic, morning):
    ben = morning[1].appointment_request.patient
    again = {"name": ben.name.upper(), "birth_date": ben.birth_date, "phone": "+17185550199"}
    asked = clinic.appointment_request(patient=again)
    clinic.appointment(clinic.slot(day=16), patient=again)
    page = client.get("/admin/desk/no-shows/").content.decode().partition("Ben Demo")[2]
    assert reverse("desk:request", args=[asked.reference]) in page
    assert "Open request" in page
    assert "Booked: Wed, Dec 16, 9:00 AM" in " ".join(page.replace("\xa0", " ").split())


def test_who_was_missed_on_a_past_day_is_rebooked_on_the_way_down_the_list(client, morning, at, rosa):
    at("2026-12-04 10:30")
    client.force_login(rosa)
    page = rebook(client, morning[1])
    assert page.redirect_chain[-1][0].startswith("/admin/desk/no-shows/?undo=")
    assert "Booked: Ben Demo" in words(page)


def test_the_list_of_no_shows_says_who_has_an_appointment_and_who_left(client, clinic, morning, by):
    lifecycle.mark_left(morning[2].pk, by=by, now=local(2026, 12, 3, 10, 25))
    known = {"known": morning[1].patient_id, "patient": {}}
    draft = lifecycle.Draft(answers=clinic.draft().answers, times=[], **known)
    lifecycle.book(draft, clinic.slot(day=15), by=by, now=MONDAY)
    page = words(client.get("/admin/desk/no-shows/"))
    cleo, _head, ben = page.partition("Cleo Demo")[2].partition("Ben Demo")
    assert "Booked: Tue, Dec 15, 9:00 AM" in ben
    assert "Booked: " not in cleo
    assert "Left without being seen Thu, Dec 3, 10:20 AM" in cleo
    assert "For a patient who left without being seen" in words(client.get(BOOK, {"again": morning[2].pk}))


@pytest.mark.parametrize("path", ["/admin/desk/no-shows/", "/admin/desk/?view=to-call"])
def test_two_clerks_do_not_call_one_no_show(client, morning, rosa, path):
    ben = morning[1].appointment_request
    start = reverse("desk:start_person_call", args=[ben.patient.random_id])
    taken = {"about": ben.reference, "back": "no_shows" if "no-shows" in path else "to_call"}
    assert f'formaction="{start}"' in client.get(path).text
    assert client.post(start, taken)["Location"] == path
    assert "You’re calling, until 10:35 AM" in words(client.get(path))
    lena = make_clerk(first_name="Lena")
    client.force_login(lena)
    page = client.get(path)
    assert f"{rosa.get_short_name()} is calling this number, until 10:35 AM at the latest." in words(page)
    assert 'value="reached"' not in page.text.partition("Ben Demo")[2].partition("</li>")[0]
    refused = client.post(start, taken)
    assert (refused.status_code, "is calling this number" in words(refused)) == (409, True)
    client.post(start, taken | {"instead": "1"})
    assert "You’re calling" in words(client.get(path))
    done = {"about": ben.reference, "outcome": "reached", "key": "0" * 32}
    client.post(reverse("desk:call_patient", args=[ben.patient.random_id]), done)
    ben.patient.refresh_from_db()
    assert ben.patient.called_by is None


def test_to_call_ends_with_the_no_shows_that_nobody_called(client, clinic, morning):
    there = "/admin/desk/?view=to-call"
    missed = morning[1].patient
    page = client.get(there)
    assert "Ben Demo" in words(page).partition("No-shows and patients who left, not called yet")[2]
    assert "Ben Demo" not in words(client.get(f"{there}&only=tried"))
    data = {"outcome": "reached", "about": morning[1].appointment_request, "back": "to_call", "key": "0" * 32}
    page = client.post(reverse("desk:call_patient", args=[missed.random_id]), data, follow=True)
    assert page.redirect_chain == [(there, 302)]
    assert words(page).count("Ben Demo") == words(page).count("Logged “Reached” for Ben Demo.") == 1
    assert "No one to call" in words(page)


def test_whoever_is_called_or_rebooked_is_told_apart_by_the_date_of_birth(client, clinic, morning):
    calendar = {"span": "day", "day": "2026-12-03"}
    there = next_of(morning[1])
    for path, query in (("/admin/desk/no-shows/", {}), (there, {}), (reverse("desk:calendar"), calendar)):
        assert "DOB Mar 9, 1951" in words(client.get(path, query)), path


def next_of(appointment):
    return reverse("desk:next_appointment", args=[appointment.pk])


def slots_of(client, appointment, **query):
    page = client.get(next_of(appointment), query).content.decode()
    return re.findall(r'name="slot"\s+value="([^"]+)"', page), re.search(r'name="flow_key" value="([^"]+)"', page)[1]


def rebook(client, appointment, **query):
    slots, key = slots_of(client, appointment, **query)
    there = next_of(appointment)
    return client.post(there, {"slot": slots[0], "flow_key": key}, follow=True)


def test_a_missed_appointment_is_rebooked_in_one_press_and_stays_in_the_history(client, morning):
    missed = morning[1]
    assert "Booked: Ben Demo" in words(rebook(client, missed))
    new = Appointment.objects.latest("pk")
    assert (new.patient, new.practitioner, new.status) == (missed.patient, missed.practitioner, "booked")
    assert new.appointment_request.replaces == missed
    again = words(rebook(client, missed, weeks=1))
    assert "This appointment already has a new time:" in again
    assert Appointment.objects.latest("pk") == new
    page = words(client.get(TODAY))
    assert "Rebook : Ben Demo" not in page
    assert "No-show rebooked" in page


def canceled(client, appointment, code="patient"):
    appointment.refresh_from_db()
    typed = {"code": code, "version": appointment.version}
    return client.post(reverse("desk:cancel", args=[appointment.pk]), typed, follow=True)


def test_a_canceled_appointment_is_rebooked_from_the_banner_the_row_and_the_pages_about_it(client, morning):
    dora = morning[3]
    page = canceled(client, dora)
    banner = page.content.decode().partition('class="undo"')[2].partition("</form>")[0]
    assert f'href="{next_of(dora)}"' in banner
    assert "Book another time : Dora Demo" in words(client.get(TODAY))
    asked = dora.appointment_request
    for path in (f"/admin/desk/requests/{asked.reference}/", reverse("desk:patient", args=[asked.patient.random_id])):
        assert f"{BOOK}?again={dora.pk}" in client.get(path).content.decode(), path
    assert "Another time for the canceled appointment on" in words(client.get(BOOK, {"again": dora.pk}))
    assert "Booked: Dora Demo" in words(rebook(client, dora))
    new = Appointment.objects.latest("pk")
    assert (new.patient, new.status, new.appointment_request.replaces) == (dora.patient, "booked", dora)
    assert "This appointment already has a new time:" in words(rebook(client, dora, weeks=1))
    assert "Book another time : Dora Demo" not in words(client.get(TODAY))
    assert "Canceled rebooked" in words(client.get(TODAY))


def test_canceling_is_not_undone_once_another_time_is_booked(client, morning):
    canceled(client, morning[3])
    event = Event.objects.get(verb="cancel")
    rebook(client, morning[3])
    page = words(client.post(reverse("desk:undo", args=[event.pk]), follow=True))
    assert "This appointment already has a new time:" in page
    assert Appointment.objects.get(pk=morning[3].pk).status == "cancelled"


@pytest.mark.parametrize("code", ["died", "wrong"])
def test_nobody_offers_another_time_to_who_has_died_or_is_no_patient(client, morning, code):
    Appointment.objects.filter(pk=morning[3].pk).update(status="cancelled", cancel_code=code)
    for path in (TODAY, f"/admin/desk/requests/{morning[3].appointment_request.reference}/"):
        assert "Book another time" not in words(client.get(path))
    assert "Another time for" not in words(client.get(BOOK, {"again": morning[3].pk}))
    Appointment.objects.filter(pk=morning[3].pk).update(status="booked", cancel_code="")


def test_the_soonest_time_is_found_after_weeks_without_one(client, clinic, morning):
    away = {"practitioner": clinic.practitioner, "first_day": "2026-12-04", "last_day": "2027-03-01"}
    closed = ScheduleException.objects.create(**away)
    assert "No openings in the next 8 weeks." in words(client.get(next_of(morning[1])))
    closed.last_day = date(2026, 12, 31)
    closed.save()
    rebook(client, morning[1])
    assert Appointment.objects.latest("pk").starts_at.date() == date(2027, 1, 1)


def test_a_follow_up_is_booked_with_the_same_provider_in_two_weeks(client, clinic, morning):
    make_practitioner(clinic.appointment_type, clinic.location)
    seen = morning[0]
    assert "Booked: Ann Demo" in words(rebook(client, seen))
    new = Appointment.objects.latest("pk")
    assert abs((new.starts_at - NINE).days - 14) <= 3
    assert (new.practitioner, new.appointment_request.returning) == (clinic.practitioner, True)
    assert new.appointment_request.replaces is None
    assert "Has an appointment" in words(client.get(next_of(seen)))


def test_a_time_taken_meanwhile_is_said_and_not_booked_twice(client, clinic, morning):
    slots, key = slots_of(client, morning[1])
    there = next_of(morning[1])
    for _press in range(2):
        client.post(there, {"slot": slots[0], "flow_key": key})
    assert Appointment.objects.filter(status="booked").count() == 2  # Dora's, and Ben's new one
    response = client.post(there, {"slot": slots[0], "flow_key": "0" * 32})
    assert response.status_code == 409


def mark(client, appointment, verb):
    appointment.refresh_from_db()
    return client.post(reverse(f"desk:{verb}", args=[appointment.pk]), {"version": appointment.version}, follow=True)


def test_the_banner_leads_from_seen_to_a_follow_up_and_from_a_no_show_to_another_time(client, morning, at, rosa):
    def banner(page):
        return page.content.decode().partition('class="undo"')[2].partition("</div>")[0]

    seen = banner(mark(client, morning[2], "fulfil"))
    assert f'<a href="{next_of(morning[2])}">Follow-up</a>' in seen
    at("2026-12-03 11:50")
    client.logout()  # signed out after 15 minutes
    client.force_login(rosa)
    assert f'<a href="{next_of(morning[3])}">Rebook</a>' in banner(mark(client, morning[3], "no_show"))


# -- running late


def test_a_provider_runs_late_and_nobody_is_told_unless_asked(client, clinic, morning):
    assert "Ellison is running 20 min late." in words(late(client, clinic, 20))
    assert "20 min late" in words(client.get(TODAY))
    assert "20 min late, 10:30 AM" in words(client.get(TODAY, {"by": "practitioner"}))
    assert not Message.objects.filter(kind="running_late").exists()
    assert "Ellison is on time again." in words(late(client, clinic, 0))
    assert "min late" not in words(client.get(TODAY)).partition("Late Close Ellison")[2]


def test_those_of_the_next_two_hours_are_told_once_for_each_delay(client, clinic, morning):
    assert "We’ll email 1 patient." in words(late(client, clinic, 20, tell="1"))
    told = Message.objects.get(kind="running_late")
    assert (told.appointment, told.status) == (morning[3], "queued")
    assert told.appointment_request.messages.get(kind="confirmed").status == "queued"  # it is still true
    late(client, clinic, 30, tell="1")
    late(client, clinic, 30, tell="1")
    kinds = Message.objects.filter(kind="running_late").order_by("pk").values_list("status", flat=True)
    assert list(kinds) == ["superseded", "queued"]
    Message.objects.filter(kind="confirmed").update(status="sent")


def test_a_delay_that_is_not_listed_changes_nothing(client, clinic, morning):
    assert "Choose from the list." in words(late(client, clinic, 25))
    assert not RunningLate.objects.exists()
    assert client.post(reverse("desk:running_late", args=["nobody"]), {"minutes": 10}).status_code == 404


# -- called off


def test_a_called_off_appointment_says_whether_the_patient_knows(client, clinic, morning, by):
    lifecycle.mark_needs_rebooking(morning[3].pk, by=by, now=local(2026, 12, 3, 9))
    told = Message.objects.filter(kind="needs_rebooking")
    told.update(status="to_call")
    page = words(client.get(TODAY))
    assert "Called off NOT told: call" in page
    assert "Call : Dora Demo" in page
    assert "Came anyway : Dora Demo" in page
    told.update(status="sent", sent_at=NINE)
    assert "Called off emailed 9:00 AM" in words(client.get(TODAY))


def test_an_emailed_offer_tells_of_the_called_off_appointment_and_nobody_is_to_be_called(client, clinic, morning, by):
    offering = NewTimes((clinic.slot(day=7),), local(2026, 12, 4, 13))
    lifecycle.mark_needs_rebooking(morning[3].pk, by=by, now=local(2026, 12, 3, 10), offering=offering)
    told = Message.objects.filter(kind="offered")
    assert "Called off email on its way" in words(client.get(TODAY))
    told.update(status="sent", sent_at=NINE)
    page = words(client.get(TODAY))
    assert "Called off emailed 9:00 AM" in page
    assert "Call : Dora Demo" not in page
    told.update(status="failed")
    assert "Call : Dora Demo" in words(client.get(TODAY))


# -- alike


@pytest.mark.parametrize("path", [TODAY, f"{TODAY}?by=practitioner"])
def test_two_patients_of_a_day_who_may_look_alike_show_their_birth_dates_and_others_their_age(
    client, clinic, rosa, at, path
):
    names = {9: "Mary Catherine Demo", 10: "Mary Catherine Featherstone", 11: "Mary Demo", 12: "Mary Catherine Demo"}
    for hour, name in names.items():
        clinic.appointment(clinic.slot(hour=hour), patient={"name": name, "birth_date": date(1950, 3, hour)})
    at("2026-12-03 08:30")
    client.force_login(rosa)
    page = words(client.get(path))
    for shown in ("DOB 03/09/1950", "DOB 03/10/1950", "DOB 03/12/1950", "Mary Demo age 76"):
        assert shown in page, shown
    assert page.count("DOB") == 3


# -- walk-in


def test_a_walk_in_on_a_full_day_is_shown_times_from_tomorrow_on(client, clinic, morning):
    Practitioner.objects.get().schedules.filter(weekday=3).delete()
    panel = client.get(TODAY, {"walk_in": "1"}).text.split('id="walk-in"')[1].split("</section>")[0]
    assert "No openings today." in panel
    there = re.search(r'href="(/admin/desk/book/[^"]+)"', panel)[1]
    page = client.post(there, {"reason": clinic.reason.slug, "since": re.search(r"since=(.*)", there)[1]})
    assert "Suggested Fri, Dec 4" in words(page)
    assert 'value="2026-12-04"' in client.get(there).text


def test_a_walk_in_holds_the_soonest_time_is_found_and_is_checked_in_by_booking(client, clinic, morning):
    panel = client.get(TODAY, {"walk_in": "1"}).content.decode().split('id="walk-in"')[1]
    code = re.search(r'name="hold"\s+value="([^"]+)"', panel)[1]
    page = client.post(BOOK, {"channel": "walk_in", "hold": code})
    assert "Held for you" in words(page)
    key = re.search(r'name="flow_key" value="([^"]+)"', page.content.decode())[1]
    typed = {"channel": "walk_in", "slot": code, "flow_key": key, "q": "Ann"}
    found = client.post(BOOK, typed | {"find": "1"}).content.decode()
    assert '<option value="broken-bone" selected>' in found  # what she came for last
    person = morning[0].patient
    sent = {"reason": "broken-bone", "person": person.pk, "looked_for": "Ann", "book": "1"}
    page = words(client.post(BOOK, typed | sent, follow=True))
    assert "Booked: Ann Demo" in page
    walked_in = Appointment.objects.latest("pk")
    assert (walked_in.patient, walked_in.status) == (person, "arrived")
    event = Event.objects.get(verb="book", appointment=None, appointment_request=walked_in.appointment_request)
    client.post(reverse("desk:undo", args=[event.pk]))
    walked_in.refresh_from_db()
    assert walked_in.status == "released"


# -- a provider's own day


@pytest.fixture
def mara(clinic, morning, client):
    user = make_clerk("Clinician", first_name="Mara")
    Practitioner.objects.filter(pk=clinic.practitioner.pk).update(user=user)
    client.force_login(user)
    return user


def test_my_day_shows_who_is_here_first_with_the_patients_words(client, clinic, mara, morning):
    other = make_practitioner(clinic.appointment_type, clinic.location)
    clinic.appointment(clinic.slot(practitioner=other, hour=13), patient={"name": "Not Mine", "email": "n@example.org"})
    request = morning[3].appointment_request
    type(request).objects.filter(pk=request.pk).update(note="Arm still numb at night.", channel="web")
    page = words(client.get(MY_DAY))
    assert page.index("Cleo Demo") < page.index("Now, 10:30 AM") < page.index("Dora Demo")
    assert "“ Arm still numb at night. ”" in page
    assert "Not Mine" not in page
    assert "Earlier: 1 seen, 1 no-show" in page


def test_a_provider_marks_seen_and_leaves_the_desk_a_note(client, mara, morning, rosa):
    here = morning[2]
    here.refresh_from_db()
    page = client.post(reverse("desk:fulfil", args=[here.pk]), {"version": here.version, "back": "my_day"}, follow=True)
    assert page.redirect_chain[-1][0].startswith(MY_DAY)
    assert "Cleo Demo : seen" in words(page)
    note = {"note": "Follow-up in 2 weeks.", "key": "0" * 32, "back": "my_day"}
    for _double_press in range(2):
        page = client.post(reverse("desk:note_for_desk", args=[here.pk]), note, follow=True)
    assert "Note added." in words(page)
    assert Event.objects.filter(verb="add_note").count() == 1
    client.force_login(rosa)
    assert "Note: Follow-up in 2 weeks." in words(client.get(TODAY))


def test_a_note_of_the_request_stands_in_the_row_whenever_it_was_added(client, clinic, morning, by):
    tomorrow = clinic.appointment(clinic.slot(day=4), patient={"name": "Tom Demo", "email": "tom@example.org"})
    for appointment, said in ((morning[3], "Running late 15 min"), (tomorrow, "Brings a wheelchair")):
        lifecycle.add_note(appointment.appointment_request_id, said, by=by, now=local(2026, 12, 2, 16))
    assert "Dec 2: Running late 15 min" in words(client.get(TODAY))
    assert "Dec 2: Brings a wheelchair" in words(client.get(reverse("desk:day", args=["2026-12-04"])))


@pytest.mark.parametrize("by_provider", ["", "?by=practitioner"])
def test_a_note_of_the_day_travels_with_its_date_when_the_appointment_is_moved(
    client, clinic, morning, by, by_provider
):
    late = morning[3]
    lifecycle.add_note(late.appointment_request_id, "Stuck in traffic", by=by, now=local(2026, 12, 3, 9, 55))
    assert "Note: Stuck in traffic" in words(client.get(TODAY + by_provider))
    lifecycle.reschedule(late.pk, clinic.slot(day=7), by=by, now=local(2026, 12, 3, 10, 30))
    page = words(client.get(reverse("desk:day", args=["2026-12-07"]) + by_provider))
    assert "Dec 3: Stuck in traffic" in page
    assert "Note: Stuck in traffic" not in page


def test_the_note_typed_beside_seen_is_saved_with_it_or_said_not_to_be(client, mara, morning, rosa):
    here = Appointment.objects.get(pk=morning[2].pk)
    card = client.get(MY_DAY).content.decode().partition("Cleo Demo")[2].partition("</form>")[0]
    assert f'formaction="{reverse("desk:fulfil", args=[here.pk])}"' in card
    assert 'name="note"' in card
    typed = {"version": here.version, "back": "my_day", "note": "Needs an X-ray first.", "key": "0" * 32}
    for _double_press in range(2):
        page = client.post(reverse("desk:fulfil", args=[here.pk]), typed, follow=True)
    assert "Note added." in words(page)
    assert Event.objects.get(verb="add_note").note == "Needs an X-ray first."
    page = client.post(reverse("desk:mark_left", args=[here.pk]), typed | {"note": "Too late."}, follow=True)
    assert "Your note was not saved." in words(page)
    assert Event.objects.filter(verb="add_note").count() == 1
    card = page.text.partition('class="fold" open')[2].partition("Cleo Demo")[2].partition("</form>")[0]
    assert re.search(r'<details class="more" open>.*>Too late\.</textarea>', card, re.DOTALL)
    client.force_login(rosa)
    assert "Note: Needs an X-ray first." in words(client.get(TODAY))


def test_a_note_that_is_too_long_is_not_lost(client, mara, morning):
    note = {"note": "x" * 601, "key": "0" * 32, "back": "my_day"}
    page = client.post(reverse("desk:note_for_desk", args=[morning[2].pk]), note)
    assert (page.status_code, f">{note['note']}</textarea>" in page.text) == (409, True)
    assert page.text.count("x" * 601) == 1
    assert not Event.objects.filter(verb="add_note").exists()


def test_who_is_no_provider_has_no_day_of_their_own(client, morning):
    assert client.get(MY_DAY)["Location"] == TODAY


def test_thirty_appointments_cost_my_day_no_more_queries(client, clinic, mara, django_assert_max_num_queries):
    client.get(MY_DAY)
    with django_assert_max_num_queries(14) as one:
        client.get(MY_DAY)
    clinic.appointment(clinic.slot(hour=13), patient={"name": "Eve Demo", "email": "e@example.org"}, now=MONDAY)
    with django_assert_max_num_queries(len(one)):
        client.get(MY_DAY)


@pytest.mark.parametrize("query", ["", "&by=practitioner", "&walk_in=1"])
@pytest.mark.parametrize("act", ["mark", "cancel", "book"])
def test_today_stays_within_its_queries_after_each_act(
    client, clinic, morning, django_assert_max_num_queries, act, query
):
    late(client, clinic, 10)
    dora = morning[3]
    if act == "book":
        there = rebook(client, morning[1]).redirect_chain[-1][0]
    elif act == "mark":
        there = client.post(reverse("desk:check_in", args=[dora.pk]), {"version": dora.version})["Location"]
    else:
        there = client.post(reverse("desk:cancel", args=[dora.pk]), {"version": dora.version, "code": "ill"})[
            "Location"
        ]
    assert 'class="undo"' in client.get(there + query).text
    with django_assert_max_num_queries(14 + LOGGED):
        client.get(there + query)


def test_today_stays_within_its_queries_with_all_that_it_shows(client, clinic, morning, django_assert_max_num_queries):
    late(client, clinic, 10)
    for query in ({}, {"by": "practitioner"}, {"walk_in": "1"}):
        client.get(TODAY, query)
        with django_assert_max_num_queries(14 + LOGGED):
            client.get(TODAY, query)
