"""The floor: what bare Django costs on this machine, in one file, without any code of the product.

hello; list20, one indexed SELECT of 20 rows and a template; book, a CSRF-checked POST, one INSERT under an exclusion
constraint, and a redirect. `python -m tests.bench.floor` creates its table.
"""

import os
from datetime import UTC, datetime, timedelta

import django
import environ
from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    SECRET_KEY="k" * 50,
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DATABASES={"default": environ.Env.db_url_config(os.environ["DATABASE_URL"]) | {"CONN_MAX_AGE": 60}},
    INSTALLED_APPS=["django.contrib.postgres"],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware"],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "loaders": [
                    ("django.template.loaders.cached.Loader", ["tests.bench.floor.Templates"]),
                ]
            },
        }
    ],
)
django.setup()

from django.contrib.postgres.constraints import ExclusionConstraint  # noqa: E402
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators  # noqa: E402
from django.contrib.postgres.operations import BtreeGistExtension  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection, models  # noqa: E402
from django.db.migrations.state import ProjectState  # noqa: E402
from django.http import HttpResponse, HttpResponseRedirect  # noqa: E402
from django.shortcuts import render  # noqa: E402
from django.template.loaders.locmem import Loader  # noqa: E402
from django.urls import path  # noqa: E402

BASE = datetime(2030, 1, 1, tzinfo=UTC)
LIST20 = """<!doctype html><html lang="en"><head><title>Appointments</title></head><body><h1>Appointments</h1>
<form method="post" action="/book">{% csrf_token %}<button>Book</button></form>
<table>{% for appointment in appointments %}<tr><td>{{ appointment.pk }}</td><td>
{{ appointment.starts|date:"l, F j, g:i a" }}</td>
<td>{{ appointment.ends|date:"g:i a" }}</td><td>{{ appointment.name }}</td></tr>{% endfor %}</table></body></html>"""


class Templates(Loader):
    def __init__(self, engine):
        super().__init__(engine, {"list20": LIST20})


class Range(models.Func):
    function, output_field = "TSTZRANGE", DateTimeRangeField()


class AppointmentStatus(models.Model):
    practitioner = models.IntegerField()
    starts = models.DateTimeField()
    ends = models.DateTimeField()
    name = models.CharField(max_length=80)

    class Meta:
        app_label = "floor"
        indexes = [models.Index(fields=["practitioner", "starts"], name="floor_appointments")]
        constraints = [
            ExclusionConstraint(
                name="floor_no_overlap",
                expressions=[
                    ("practitioner", RangeOperators.EQUAL),
                    (Range("starts", "ends"), RangeOperators.OVERLAPS),
                ],
            )
        ]

    def __str__(self):
        return self.name


def hello(request):
    return HttpResponse("hello")


def list20(request):
    appointments = AppointmentStatus.objects.filter(practitioner=1).order_by("starts")[:20]
    return render(request, "list20", {"appointments": appointments})


def book(request):
    starts = BASE + timedelta(minutes=int(request.POST["minute"]))
    AppointmentStatus.objects.create(
        practitioner=int(request.POST["practitioner"]), starts=starts, ends=starts + timedelta(minutes=20), name="June"
    )
    return HttpResponseRedirect("/list20")


urlpatterns = [path("hello", hello), path("list20", list20), path("book", book)]
application = get_wsgi_application()


def make_table():
    BtreeGistExtension().database_forwards("floor", connection.schema_editor(), ProjectState(), ProjectState())
    with connection.schema_editor() as editor:
        editor.create_model(AppointmentStatus)
    starts = [datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=20 * n) for n in range(10_000)]
    AppointmentStatus.objects.bulk_create(
        AppointmentStatus(
            practitioner=n % 10, starts=start, ends=start + timedelta(minutes=20), name=f"Visitor {n} Demo"
        )
        for n, start in enumerate(starts)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE floor_visit")


if __name__ == "__main__":
    make_table()
