"""The staff site: what is read-only, how setup works, and how hostile URLs are answered."""

import re
from contextlib import suppress
from itertools import product

import pytest
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth.models import Group, User
from django.core.exceptions import SuspiciousOperation
from django.db import DataError, transaction
from django.urls import reverse

from booking import lifecycle
from booking.models import Appointment, AppointmentRequest, Event, Message, Patient, Reason
from clinic import practice_info
from clinic.forms import MinutesField
from clinic.models import AppointmentType, Location, OfficeHours, Practice, Practitioner
from tests.builders import MONDAY, make_clerk
from tests.pages import markup, words

pytestmark = pytest.mark.django_db
KEPT_BY_THE_VERBS = [AppointmentRequest, Appointment, Event, Message, Patient]
SET_UP = [Practice, Location, Practitioner, AppointmentType, OfficeHours, Reason]


def models():
    return sorted(admin.site._registry, key=lambda model: model._meta.label)


def path(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.fixture
def appointment_request(clinic):
    appointment_request = clinic.appointment_request(clinic.slot(), patient={"name": "Secret Demo"})
    lifecycle.confirm(appointment_request.pk, clinic.slot(), by=lifecycle.staff(make_clerk()), now=MONDAY)
    return appointment_request


@pytest.fixture
def root(client, clinic):
    """A superuser: even a superuser may not do this."""
    user = User.objects.create_superuser("root", password="a long enough one")
    client.force_login(user)
    return user


# -- what the verbs write is read-only here


@pytest.mark.parametrize("model", KEPT_BY_THE_VERBS, ids=lambda model: model.__name__)
def test_nobody_can_add_change_or_delete_what_the_verbs_write(client, appointment_request, root, model):
    row = model.objects.first()
    assert client.get(path(model, "changelist")).status_code == 200
    assert client.get(path(model, "change", row.pk)).status_code == 200
    assert client.get(path(model, "add")).status_code == 403
    assert client.post(path(model, "change", row.pk), {"status": "new"}).status_code == 403
    assert client.get(path(model, "delete", row.pk)).status_code == 403
    assert client.post(path(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    sent = {"action": "delete_selected", "_selected_action": row.pk, "post": "yes", "index": 0}
    client.post(path(model, "changelist"), sent)
    assert model.objects.filter(pk=row.pk).exists()


def test_times_are_shown_in_the_practices_zone_with_its_name(client, appointment_request, root):
    appointment = appointment_request.appointments.get()
    page = words(client.get(path(Appointment, "change", appointment.pk)))
    assert "Thu, Dec. 3, 2026, 9 a.m. EST" in page
    assert "10:05 a.m. EST" in words(client.get(path(Event, "changelist")))


@pytest.mark.parametrize("model", KEPT_BY_THE_VERBS, ids=lambda model: model.__name__)
def test_none_of_their_titles_or_lists_contains_a_name(client, appointment_request, root, model):
    row = model.objects.first()
    for page in (client.get(path(model, "changelist")), client.get(path(model, "change", row.pk))):
        html = page.content.decode()
        assert "Secret" not in re.search(r"<title>([^<]*)</title>", html, re.DOTALL)[1]
        assert "Secret" not in re.search(r'<div class="breadcrumbs">(.*?)</div>', html, re.DOTALL)[1]
    assert "Secret" not in client.get(path(model, "changelist")).content.decode()


@pytest.mark.parametrize("model", [AppointmentRequest, Appointment, Event, Message], ids=lambda model: model.__name__)
def test_their_lists_link_to_the_desk_and_cost_the_same_with_thirty_rows(
    client, clinic, appointment_request, root, model, django_assert_num_queries, django_assert_max_num_queries
):
    client.get(path(model, "changelist"))
    with django_assert_max_num_queries(12) as one:
        html = client.get(path(model, "changelist")).content.decode()
    number = len(one)
    assert reverse("desk:request", args=[appointment_request.reference]) in html
    for _ in range(30):
        clinic.appointment_request()
    client.get(path(model, "changelist"))
    with django_assert_num_queries(number):
        client.get(path(model, "changelist"))


@pytest.mark.parametrize(
    ("role", "readable"),
    [
        ("Front desk", {AppointmentRequest, Appointment}),
        ("Desk lead", {AppointmentRequest, Appointment, Event, Message}),
        ("Manager", {AppointmentRequest, Appointment, Event, Message}),
        ("Clinician", set()),
        ("Content editor", set()),
        (None, set()),
    ],
)
def test_a_role_can_read_only_its_own_lists(client, appointment_request, role, readable):
    client.force_login(make_clerk(role))
    for model in KEPT_BY_THE_VERBS:
        wanted = 200 if model in readable else 403
        assert client.get(path(model, "changelist")).status_code == wanted
        assert client.get(path(model, "change", model.objects.first().pk)).status_code == wanted


# -- hostile URLs


HOSTILE = [
    "x__regex=[", "created__year=99999999999", "q=%F0%9F%92%80", "p=99999999999999", "p=x", "p=-1", "o=" + "1." * 300,
    "e=1", "id=abc", "id__in=1,x", "pk__regex=[", "id=99999999999999999999999", "id__isnull=maybe",
    "password__startswith=a", "=", "&&&", "id__id__id=1", "%5B%5D=1", "status__exact=" + "x" * 3000,
]  # fmt: skip


# These reach the middleware, or change how the list is drawn.
OF_THE_PAGE = ["status=%00", "q=%00", "q=%FF%FE", "all=1", "_facets=1", "_popup=1", "_to_field=x", "o=99.-99.x"]


@pytest.mark.once
def test_no_query_string_of_a_list_is_a_server_error(client, appointment_request, root):
    for model, query in [*product(models(), OF_THE_PAGE), *product([AppointmentRequest], HOSTILE)]:
        tried = f"{path(model, 'changelist')}?{query}"
        assert client.get(tried).status_code in (200, 302, 400), tried


LOOKUPS = [
    f"={'9' * 30}", "=x", "__regex=[", "__iregex=(", "__year=99999999999", "__gt=x", "__isnull=x", "__contains=%25",
    "__in=x", "__range=1", "__bogus=1",
]  # fmt: skip
# The view answers the first with 302 and the second with 400, and the middleware the others with 400.
ANSWERED = (IncorrectLookupParameters, SuspiciousOperation, OverflowError, DataError)


def test_no_lookup_on_any_column_is_a_server_error(rf, appointment_request, root):
    for model in models():
        of_columns = [field.name + lookup for field in model._meta.fields for lookup in LOOKUPS]
        list_view = admin.site.get_model_admin(model)
        for tried in of_columns + HOSTILE:
            request = rf.get(f"/?{tried}")
            request.user = root
            with suppress(*ANSWERED), transaction.atomic():
                assert len(list_view.get_changelist_instance(request).result_list) < 1000, (model, tried)


@pytest.mark.once
def test_a_lookup_that_is_not_offered_is_refused_politely(client, appointment_request, root):
    for model, tried in product(models(), ("=x", f"={'9' * 30}", "__regex=[", "__bogus=1")):
        response = client.get(f"{path(model, 'changelist')}?{model._meta.pk.name}{tried}")
        assert response.status_code in (200, 302, 400), (model, tried)


@pytest.mark.once
def test_a_tampered_action_is_no_server_error(client, rf, appointment_request, root):
    request = rf.get("/")
    request.user = root
    for model in models():
        offered = admin.site.get_model_admin(model).get_actions(request)
        wrong = product((["abc"], ["9" * 40], ["1", "x"], [""], ["٣"]), offered)
        for keys, action in [*wrong, (["1"], "delete_selected"), (["abc"], "x"), (["٣"], "")]:
            sent = {"action": action, "_selected_action": keys, "index": "0", "select_across": "x"}
            response = client.post(path(model, "changelist"), sent)
            assert response.status_code in (200, 302), (model, keys, action)


def test_an_unknown_row_is_no_server_error(client, appointment_request, root):
    keys = ("abc", "9" * 40, "-1", "_5F", "0", "1%0A", "%F0%9F%92%80")
    tries = [*product(keys, ["change"]), *product(keys[:2], ["delete", "history"])]
    for model, (key, page) in product(models(), tries):
        address = f"{path(model, 'changelist')}{key}/{page}/"
        assert client.get(address).status_code in (200, 302, 403, 404), address


@pytest.mark.once
def test_an_empty_name_of_a_column_is_no_server_error(client, appointment_request, root):
    for model in (AppointmentRequest, OfficeHours):
        address = path(model, "change", model.objects.first().pk)
        assert client.get(f"{address}?_to_field=").status_code == 200
        assert client.post(address, {"_to_field": ""}).status_code in (200, 403)


def test_the_filters_that_a_list_shows_work(client, rf, clinic, appointment_request, root):
    for model in models():
        page = client.get(path(model, "changelist"), follow=True).content.decode()
        for query in set(re.findall(r'<a href="(\?[^"]+)"', page)):
            request = rf.get(f"/{query.replace('&amp;', '&')}")
            request.user = root
            assert len(admin.site.get_model_admin(model).get_changelist_instance(request).result_list) < 100, query


def test_a_filter_filters(client, clinic, appointment_request, root):
    waiting = clinic.appointment_request()
    page = words(client.get(path(AppointmentRequest, "changelist"), {"status__exact": "new"}))
    assert str(waiting) in page
    assert str(appointment_request) not in page


def test_an_invalid_filter_value_gives_an_empty_list_or_a_message(client, appointment_request, root):
    for value in ("x", "", "new'", "\U0001f480"):
        response = client.get(path(AppointmentRequest, "changelist"), {"status__exact": value}, follow=True)
        assert response.status_code == 200


def test_no_list_has_bulk_deletion(client, clinic, root):
    html = client.get(path(OfficeHours, "changelist")).content.decode()
    assert "_selected_action" not in html


# -- setup


def hours(clinic, **changes):
    row = OfficeHours.objects.filter(location=clinic.location).first()
    data = {"location": clinic.location.pk, "weekday": row.weekday, "opens": "8:30 am", "closes": "18:00"} | changes
    return row, data


def test_times_of_day_are_shown_and_accepted_as_people_write_them(client, clinic, root):
    row, data = hours(clinic)
    page = path(OfficeHours, "change", row.pk)
    html = client.get(page).content.decode()
    assert 'value="9:00 am"' in html
    assert 'value="5:00 pm"' in html
    assert client.post(page, data).status_code == 302
    row.refresh_from_db()
    assert (row.opens, row.closes) == (8 * 60 + 30, 18 * 60)


@pytest.mark.once
def test_an_invalid_time_is_an_error_on_the_form(client, clinic, root):
    for opens in ("", "x", "25:00", "9:60", "13 pm", "0 am", "-1", "9" * 21, "٩:٠٠"):
        row, data = hours(clinic, opens=opens)
        response = client.post(path(OfficeHours, "change", row.pk), data)
        assert response.status_code == 200, opens
        assert "errornote" in response.content.decode(), opens
        row.refresh_from_db()
        assert row.opens == 540, opens


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("9", 540), ("9 am", 540), ("9:00am", 540), ("9 a.m.", 540), ("9.30", 570), ("12 pm", 720), ("12:15 am", 15),
        ("noon", 720), ("midnight", 0), ("13:30", 810), ("24:00", 1440), ("0:00", 0), ("11:59 PM", 1439),
    ],
)  # fmt: skip
def test_a_time_of_day_in_minutes(text, minutes):
    assert MinutesField().clean(text) == minutes


def test_an_hour_without_am_or_pm_is_the_one_at_which_people_work():
    begins = {"8": 8, "7:00": 7, "6": 6, "5": 17, "1": 13, "1:00": 13, "01:00": 1, "5 am": 5, "12": 12}
    ends = {"12": 12, "1": 13, "5": 17, "8": 20, "9": 9, "08:00": 8, "8 am": 8, "5.00": 17, "17": 17}
    assert {text: MinutesField().clean(text) / 60 for text in begins} == begins
    assert {text: MinutesField(is_end=True).clean(text) / 60 for text in ends} == ends


@pytest.mark.parametrize("text", ["midnight", "24:00", "12 am", "0:00"])
def test_midnight_as_an_end_means_the_end_of_the_day(text):
    assert MinutesField(is_end=True).clean(text) == 1440


@pytest.mark.parametrize("minutes", [0, 1, 540, 720, 1439, 1440])
def test_saving_a_form_unchanged_changes_nothing(minutes):
    field = MinutesField(is_end=minutes == 1440)
    assert field.clean(field.prepare_value(minutes)) == minutes


def test_hours_that_end_before_they_start_are_refused_with_a_message(client, clinic, root):
    row, data = hours(clinic, opens="6 pm", closes="9 am")
    assert "The opening time must be before the closing time" in words(
        client.post(path(OfficeHours, "change", row.pk), data)
    )


def test_a_change_is_shown_on_the_site_at_once(client, clinic, root, django_capture_on_commit_callbacks):
    assert practice_info.practice_info().desk.hours_in_words.startswith("Monday to Friday")
    row, _data = hours(clinic)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(path(OfficeHours, "delete", row.pk), {"post": "yes"})
    assert practice_info.practice_info().desk.hours_in_words.startswith("Tuesday to Friday")


def test_there_is_one_practice_and_its_list_redirects_to_it(client, clinic, root):
    assert client.get(path(Practice, "changelist"))["Location"] == path(Practice, "change", 1)
    assert client.get(path(Practice, "add")).status_code == 403
    assert client.get(path(Practice, "delete", 1)).status_code == 403


def test_the_first_practice_can_be_created(client):
    client.force_login(User.objects.create_superuser("root"))
    location = Location.objects.create(name="Pier Street office", slug="pier")
    data = {
        "name": "Ours", "neutral_name": "Ours", "phone": "718 555 0142", "email": "a@example.org", "response_days": 1,
        "default_location": location.pk, "hold_cap": 6, "cancel_notice_hours": 24,
        "most_attempts": 3, "rebook_hours": 4, "first_reminder_days": 7, "last_reminder_days": 1,
    }  # fmt: skip
    assert client.post(path(Practice, "add"), data).status_code == 302
    assert Practice.objects.get().pk == 1


@pytest.mark.parametrize("model", SET_UP, ids=lambda model: model.__name__)
def test_setup_tables_open_for_the_manager(client, clinic, model):
    client.force_login(make_clerk("Manager"))
    assert client.get(path(model, "changelist"), follow=True).status_code == 200
    row = model.objects.first()
    assert client.get(path(model, "change", row.pk)).status_code == 200


def test_an_office_and_its_hours_are_saved_together(client, clinic, root):
    where = clinic.location
    rows = list(where.office_hours.all())
    data = {
        "name": where.name, "slug": where.slug, "address": where.address, "zone": where.zone, "is_active": "on",
        "office_hours-TOTAL_FORMS": len(rows) + 1, "office_hours-INITIAL_FORMS": len(rows),
    }  # fmt: skip
    for n, row in enumerate([*rows, None]):
        fields = {"id": row.pk if row else "", "location": where.pk, "weekday": row.weekday if row else 5}
        fields |= {"opens": "9 am", "closes": "noon" if row is None else "5 pm"}
        data |= {f"office_hours-{n}-{name}": value for name, value in fields.items()}
    assert client.post(path(Location, "change", where.pk), data).status_code == 302
    assert where.office_hours.get(weekday=5).closes == 720


@pytest.mark.parametrize(
    "tampered",
    [
        {"office_hours-TOTAL_FORMS": "x"}, {"office_hours-TOTAL_FORMS": "9" * 20}, {"office_hours-INITIAL_FORMS": "-1"},
        {"office_hours-0-id": "999999"}, {"office_hours-0-id": "x"}, {"office_hours-INITIAL_FORMS": "9"}, {},
    ],
)  # fmt: skip
def test_a_tampered_table_of_hours_is_no_server_error(client, clinic, root, tampered):
    where = clinic.location
    data = {"name": where.name, "slug": where.slug, "address": where.address, "zone": where.zone}
    if tampered:
        data |= {"office_hours-TOTAL_FORMS": 1, "office_hours-INITIAL_FORMS": 1} | tampered
    assert client.post(path(Location, "change", where.pk), data).status_code in (200, 302, 400)
    assert where.office_hours.count() == 5


# -- users


def person(user, **changes):
    return {"username": user.username, "first_name": "Rosa", "is_active": "on", "is_staff": "on"} | changes


def test_a_manager_assigns_roles(client, manager):
    rosa = make_clerk(role=None)
    lead = Group.objects.get(name="Desk lead")
    assert client.post(path(User, "change", rosa.pk), person(rosa, groups=[lead.pk])).status_code == 302
    assert rosa.groups.get() == lead


def test_users_cannot_make_themselves_superusers(client, manager):
    client.post(path(User, "change", manager.pk), person(manager, is_superuser="on", user_permissions=["1"]))
    manager.refresh_from_db()
    assert not manager.is_superuser
    assert not manager.user_permissions.exists()


def test_a_manager_cannot_change_a_superuser(client, manager):
    root = User.objects.create_superuser("root")
    assert client.post(path(User, "change", root.pk), person(root, is_active="")).status_code == 403
    assert client.get(reverse("admin:auth_user_password_change", args=[root.pk])).status_code == 403


def test_users_cannot_be_deleted_because_the_history_names_them(client, root):
    rosa = make_clerk()
    assert client.post(path(User, "delete", rosa.pk), {"post": "yes"}).status_code == 403


# -- the pages themselves


def test_the_sign_in_has_a_heading_and_a_title(client, clinic):
    html = markup(client.get("/admin/login/"))
    assert "<h1>Sign in</h1>" in html
    assert "<title>Sign in · Front desk</title>" in html


def test_a_wrong_password_gives_a_message_that_does_not_say_what_is_wrong(client, clinic):
    response = client.post("/admin/login/", {"username": "nobody", "password": "x"})
    assert "Please enter the correct username and password" in words(response)


@pytest.mark.parametrize(("role", "door"), [("Front desk", "/admin/desk/"), ("Clinician", "/admin/desk/day/")])
def test_the_start_page_leads_to_the_desk(client, clinic, role, door):
    client.force_login(make_clerk(role))
    assert f'href="{door}"' in client.get("/admin/").content.decode()


def test_no_page_of_the_site_has_inline_styles_or_scripts(client, appointment_request, root):
    pages = [
        "/admin/",
        "/admin/desk/",
        "/admin/desk/day/",
        reverse("desk:request", args=[appointment_request.reference]),
    ]
    for model in models():
        pages += [path(model, "changelist")]
    for page in [*pages, path(Location, "change", Location.objects.get().pk), path(User, "change", root.pk)]:
        html = client.get(page, follow=True).content.decode()
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"|<script(?![^>]*\ssrc=)[^>]*>\s*[^<\s]", html), page
