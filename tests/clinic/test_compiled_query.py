from datetime import UTC, datetime, timedelta
from inspect import signature

import pytest
from django.contrib.auth.models import User
from django.db import DEFAULT_DB_ALIAS
from django.db.models import CharField, DateField, DateTimeField, F, IntegerField
from django.db.models.query import ModelIterable, ValuesListIterable

from booking.models import AppointmentRequest
from clinic.compiled_query import Among, CompiledQuery, Param
from clinic.models import Schedule
from tests.builders import Clinic

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 8, 17, 0, tzinfo=UTC)


@pytest.fixture
def people():
    return [User.objects.create(username=f"u{n}", date_joined=NOON + timedelta(hours=n)) for n in range(3)]


def test_each_use_inserts_its_own_values(people):
    named = CompiledQuery(lambda: User.objects.filter(username=Param("name", CharField())).values_list("pk"))
    assert [list(named(name=f"u{n}")) for n in range(3)] == [[(person.pk,)] for person in people]


def test_the_sql_is_compiled_once(people, django_assert_num_queries):
    made = []

    def make():
        made.append(1)
        return User.objects.filter(pk=Param("pk", IntegerField())).values_list("username")

    named = CompiledQuery(make)
    with django_assert_num_queries(2):
        found = [*named(pk=people[0].pk), *named(pk=people[1].pk)]
    assert found == [("u0",), ("u1",)]
    assert len(made) == 1


def test_datetimes_go_in_and_come_out_aware(people):
    since = Param("since", DateTimeField())
    joined = CompiledQuery(lambda: User.objects.filter(date_joined__gt=since).order_by("pk").values_list("date_joined"))
    assert list(joined(since=NOON)) == [(NOON + timedelta(hours=1),), (NOON + timedelta(hours=2),)]


def test_a_value_is_data_and_never_sql(people):
    named = CompiledQuery(lambda: User.objects.filter(username=Param("name", CharField())).values_list("pk"))
    assert list(named(name="' OR 1=1 --")) == []


def test_an_in_lookup_takes_a_list_of_keys(people):
    keys = [Param(f"key_{n}", IntegerField()) for n in range(2)]
    among = CompiledQuery(lambda: User.objects.filter(pk__in=keys).order_by("pk").values_list("username"))
    assert list(among(key_0=people[0].pk, key_1=people[2].pk)) == [("u0",), ("u2",)]


def test_a_list_may_have_any_number_of_values(people):
    among = CompiledQuery(lambda: User.objects.filter(Among("pk", "keys", IntegerField())).values_list("username"))
    for some in (people[:1], [], people[1:]):
        assert {name for (name,) in among(keys=[each.pk for each in some])} == {each.username for each in some}


def test_a_list_of_days_is_compared_with_a_column_of_another_table(clinic):
    born = Among("patient__birth_date", "born", DateField())
    found = CompiledQuery(lambda: AppointmentRequest.objects.filter(born).values_list("pk"))
    mine = clinic.appointment_request()
    days = [mine.patient.birth_date, mine.patient.birth_date + timedelta(days=1)]
    assert [list(found(born=days)), list(found(born=days[1:]))] == [[(mine.pk,)], []]


def test_the_private_names_of_django_that_it_leans_on_are_still_there():
    rows = Schedule.objects.select_related("practitioner").annotate(twice=F("starts") * 2)
    compiler = rows.query.get_compiler(DEFAULT_DB_ALIAS)
    sql, values = compiler.as_sql()
    assert sql.startswith("SELECT")
    assert list(values) == [2]
    assert {"select", "klass_info", "annotation_col_map"} <= vars(compiler).keys()
    assert {"results", "tuple_expected"} <= signature(compiler.results_iter).parameters.keys()
    assert [*signature(compiler.get_converters).parameters] == ["expressions"]
    assert rows._iterable_class is ModelIterable
    assert rows.values_list("pk", "starts")._iterable_class is ValuesListIterable


def test_a_missing_value_is_an_error(people):
    named = CompiledQuery(lambda: User.objects.filter(username=Param("name", CharField())).values_list("pk"))
    with pytest.raises(KeyError):
        named()


def test_model_instances_come_with_related_and_annotated_values(django_assert_num_queries):
    practitioner = Clinic().practitioner
    shown = Schedule.objects.select_related("practitioner", "location").annotate(twice=F("starts") * 2).order_by("pk")
    hours = CompiledQuery(lambda: shown.filter(practitioner__slug=Param("slug", CharField())))
    with django_assert_num_queries(1):
        found = [(row, row.practitioner.name, row.location.name, row.twice) for row in hours(slug=practitioner.slug)]
    expected = practitioner.schedules.order_by("pk")
    assert found
    assert found == [(row, row.practitioner.name, row.location.name, row.starts * 2) for row in expected]
