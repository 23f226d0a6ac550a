"""Other times for those whom a closure affects: near, different, and never one time for two."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from booking.scheduling.alternatives import alternatives
from booking.scheduling.closure_impact import Closing, affected_appointments
from clinic.models import Schedule
from tests.builders import MONDAY, local, make_practitioner

pytestmark = pytest.mark.django_db
DAY = local(2026, 12, 3).date()


def found(clinic, **more):
    """For each affected patient: “Thu 3 9:00 Ellison” and so on."""
    closing = Closing(DAY, DAY, 0, 1440, **({"practitioner_id": clinic.practitioner.pk} | more))
    affected = affected_appointments(closing, now=MONDAY)
    by_key = alternatives(affected, closing, now=MONDAY)
    return [
        [f"{each.local:%a %-d %-H:%M} {each.hours.practitioner.name}" for each in by_key[one.pk]] for one in affected
    ]


def test_a_patient_gets_the_nearest_days_at_the_old_hour_and_one_time_with_the_same_provider(clinic):
    make_practitioner(clinic.appointment_type, clinic.location, name="Dr. Other")
    clinic.appointment(clinic.slot(hour=13))
    ((*times,),) = found(clinic)
    assert times == ["Wed 2 13:00 Dr. Mara Ellison, MD", "Thu 3 13:00 Dr. Other", "Fri 4 13:00 Dr. Mara Ellison, MD"]


def test_if_the_office_is_closed_nobody_is_offered_a_time_of_that_day(clinic):
    make_practitioner(clinic.appointment_type, clinic.location, name="Dr. Other")
    clinic.appointment(clinic.slot(hour=13))
    times = found(clinic, practitioner_id=None)[0]
    assert times
    assert not [each for each in times if "Thu 3" in each]


def test_no_time_is_offered_to_two_and_none_on_a_day_or_at_an_hour_that_the_patient_cannot(clinic):
    for hour in (9, 10, 11):
        clinic.appointment(clinic.slot(hour=hour), patient={"name": f"Person {hour}"}, never_days=[0, 1])
    times = [each for one in found(clinic) for each in one]
    assert len(times) == len(set(times)) == 9
    assert not [each for each in times if each.startswith(("Mon", "Tue"))]


def test_if_few_times_are_open_each_patient_gets_two(clinic):
    Schedule.objects.exclude(weekday=3).delete()
    Schedule.objects.update(ends=780)
    for hour in (9, 10, 11):
        clinic.appointment(clinic.slot(hour=hour), patient={"name": f"Person {hour}"})
    assert [len(times) for times in found(clinic)] == [2, 2, 2]


def test_nine_patients_cost_as_many_queries_as_one(clinic):
    counts = []
    for hours in ([9], range(10, 17)):
        for hour in hours:
            clinic.appointment(clinic.slot(hour=hour), patient={"name": f"Person {hour}"})
        with CaptureQueriesContext(
            connection,
        ) as queries:
            found(clinic)
        counts.append(len(queries))
    assert counts == [6, 6]
