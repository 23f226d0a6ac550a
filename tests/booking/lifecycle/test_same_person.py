"""One person with many open requests: taken and acknowledged like any other, but they hold nothing more."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from booking import lifecycle
from booking.models import Appointment, AppointmentRequest, Message, SearchWord
from clinic import practice_info
from clinic.models import Practice
from tests.booking.lifecycle.race import ends, race
from tests.builders import MONDAY, assert_sound, later

HELD = Appointment.Status.HELD


@pytest.fixture(autouse=True)
def _three_open_requests(settings):
    settings.OPEN_REQUESTS_PER_PERSON = 3


@pytest.fixture
def three(clinic):
    return [clinic.appointment_request(clinic.slot(hour=9 + n)) for n in (0, 2, 4)]


def holds_of(appointment_request):
    return appointment_request.appointments.filter(status=HELD).count()


def test_from_the_fourth_open_request_on_nothing_more_is_held(clinic, three):
    more = [clinic.appointment_request(clinic.slot(day=4, hour=9 + n)) for n in (0, 2)]
    assert [holds_of(one) for one in [*three, *more]] == [1, 1, 1, 0, 0]
    assert [one.same_person_as for one in [*three, *more]] == [None, None, None, three[0], three[0]]


@pytest.mark.parametrize("name", ["JUNE  DEMO", "Júne Demo", "june demo.", "June-Demo"])
def test_a_name_is_the_same_however_it_is_written(clinic, three, name):
    assert clinic.appointment_request(patient={"name": name, "email": "x@example.org"}).same_person_as == three[0]


@pytest.mark.parametrize(
    "other", [{"name": "Jane Demo"}, {"birth_date": date(1951, 3, 8)}, {"name": "June Demo Smith"}, {"name": "Demo"}]
)
def test_a_phone_and_an_email_that_people_share_make_no_one_person_of_them(clinic, three, other):
    appointment_request = clinic.appointment_request(clinic.slot(day=4), patient=other)
    assert appointment_request.same_person_as is None
    assert holds_of(appointment_request) == 1


def test_answered_requests_no_longer_count(clinic, three, by):
    lifecycle.decline(three[0].pk, "other", "Call us.", by=by, now=MONDAY)
    assert clinic.appointment_request(clinic.slot(day=4)).same_person_as is None


def test_a_time_that_is_gone_is_refused_whoever_asks_for_it(clinic, three):
    with pytest.raises(lifecycle.SlotTaken):
        clinic.appointment_request(clinic.slot())


def test_changed_times_hold_nothing_either(clinic, three):
    fourth = clinic.appointment_request()
    times = [clinic.slot(day=4)]
    lifecycle.change_times(fourth.pk, times, {"wants_call": False}, by=lifecycle.PATIENT, now=MONDAY)
    assert holds_of(fourth) == 0


def test_no_second_mail_goes_to_the_same_address_within_the_hour(clinic, three):
    def mail(now=MONDAY, **patient):
        return clinic.appointment_request(patient=patient, now=now).messages.get().status

    queued, kept_back = Message.Status.QUEUED, Message.Status.SUPERSEDED
    assert [mail(), mail(later(minutes=59)), mail(later(minutes=60))] == [kept_back, kept_back, queued]
    # Nobody learns from a missing mail that a person is known here.
    assert mail(email="curious@example.org") == queued
    assert mail(email="curious@example.org") == kept_back
    assert mail(name="Carl Demo") == queued


def test_it_takes_the_same_statements_whether_or_not_the_person_is_known(clinic, three):
    clinic.appointment_request(patient={"name": "Warm Up"})
    SearchWord.objects.all().delete()

    def statements(name, slot):
        draft = clinic.draft(slot, patient={"name": name, "email": f"{name[:2]}@example.org"})
        with CaptureQueriesContext(connection) as spent:
            lifecycle.submit(draft, now=MONDAY)
        return [query["sql"].split('"')[0] for query in spent.captured_queries]

    known = statements("June Demo", clinic.slot(day=4, hour=9))
    unknown = statements("Carl Demo", clinic.slot(day=4, hour=11))
    assert len(unknown) - len(known) == 2  # the rows of the hold and of its event
    assert [sql for sql in known if "SELECT" in sql] == [sql for sql in unknown if "SELECT" in sql]


@pytest.mark.django_db(transaction=True)
def test_of_twelve_that_one_person_sends_at_the_same_moment_three_hold_a_time(transactional_db, clinic):
    Practice.objects.update(hold_cap=1000)
    practice_info.forget()
    practice_info.practice_info()
    slots = [clinic.slot(day=day, hour=hour) for day in (1, 2, 3, 4) for hour in (9, 11, 13)]

    def act(n, _round):
        return clinic.appointment_request(slots[n]).same_person_as_id

    [outcomes] = race(12, act)
    assert ends(outcomes) == {"done": 12}
    assert Appointment.objects.filter(status=HELD).count() == 3
    assert AppointmentRequest.objects.exclude(same_person_as=None).count() == 9
    assert Message.objects.filter(status=Message.Status.QUEUED).count() == 3
    assert_sound()
