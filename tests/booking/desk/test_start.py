"""The start page of the staff site: the desk's numbers for its users, with the setup below."""

import pytest

from booking import roles
from booking.models import AppointmentRequest, LastBackup
from tests.builders import later, make_clerk
from tests.pages import words

pytestmark = pytest.mark.django_db
START = "/admin/"


@pytest.fixture
def page(client, clinic):
    def of(role):
        client.force_login(make_clerk(role))
        return client.get(START)

    return of


def test_a_clerk_reads_what_is_waiting_and_who_comes_today(clinic, page):
    clinic.appointment_request()
    late = clinic.appointment_request()
    AppointmentRequest.objects.filter(pk=late.pk).update(respond_by=later(minutes=-1))
    clinic.appointment(clinic.slot(month=11, day=23, hour=13))
    assert (
        "2 Requests that need an answer 1 overdue 1 Appointments today Calendar What you did today New appointment"
        in words(page(roles.DESK))
    )


def test_a_clinician_finds_the_day_and_no_queue(clinic, page):
    response = page(roles.CLINICIAN)
    assert "0 Appointments today Calendar" in words(response)
    assert "/admin/desk/search/" not in response.content.decode()
    assert "/admin/desk/book/" not in response.content.decode()


def test_the_setup_is_below_for_users_who_may_change_it(clinic, page):
    html = page(roles.MANAGER).content.decode()
    assert html.index("/admin/desk/day/") < html.index("/admin/clinic/practitioner/")


def test_a_user_without_desk_rights_finds_only_the_setup(clinic, page):
    response = page(roles.EDITOR)
    assert "/admin/desk/" not in response.content.decode()
    assert "Setup" in words(response)


def test_a_lead_reads_how_old_the_last_backup_is_in_red_after_26_hours(page):
    never = page(roles.LEAD)
    assert '<span class="late"> No backup yet' in in_one_line(never)
    for hours, shown in (
        (25, "<span > Last backup 1 day, 1 hour ago"),
        (27, '<span class="late"> Last backup 1 day, 3'),
    ):
        LastBackup.objects.update_or_create(pk=1, defaults={"taken_at": later(hours=-hours)})
        assert shown in in_one_line(page(roles.MANAGER)), hours
    assert "backup" not in words(page(roles.DESK))


def in_one_line(response):
    return " ".join(response.text.replace("\xa0", " ").split())


def test_the_start_page_takes_few_queries(client, clinic, page, django_assert_max_num_queries):
    clinic.appointment()
    page(roles.LEAD)
    with django_assert_max_num_queries(15):
        client.get(START)
