"""The floor: a lean page by hand, in one file. Nothing of the product is in it.

list20 is one SELECT of 20 rows on an index by a raw cursor, and a template with a short date in each row.
`python -m tests.bench.floor` makes its table.
"""

import os

import django
import environ
from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    SECRET_KEY="k" * 50,
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DATABASES={"default": environ.Env.db_url_config(os.environ["DATABASE_URL"]) | {"CONN_MAX_AGE": 60}},
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

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection  # noqa: E402
from django.shortcuts import render  # noqa: E402
from django.template.loaders.locmem import Loader  # noqa: E402
from django.urls import path  # noqa: E402

TABLE = """
CREATE TABLE floor AS
  SELECT n AS id, n % 10 AS practitioner, 'Visitor ' || n || ' Demo' AS name,
         timestamptz '2020-01-01' + n * interval '20 minutes' AS starts
  FROM generate_series(1, 10000) AS n;
CREATE INDEX ON floor (practitioner, starts);
ANALYZE floor;
"""
ROWS = "SELECT id, starts, name FROM floor WHERE practitioner = %s ORDER BY starts LIMIT 20"
LIST20 = """<!doctype html><html lang="en"><head><title>Appointments</title></head><body><h1>Appointments</h1>
<table>{% for id, starts, name in rows %}<tr><td>{{ id }}</td><td>{{ starts|date:"M j" }}</td>
<td>{{ name }}</td></tr>{% endfor %}</table></body></html>"""


class Templates(Loader):
    def __init__(self, engine):
        super().__init__(engine, {"list20": LIST20})


def list20(request):
    with connection.cursor() as cursor:
        cursor.execute(ROWS, [1])
        rows = cursor.fetchall()
    return render(request, "list20", {"rows": rows})


urlpatterns = [path("list20", list20)]
application = get_wsgi_application()


if __name__ == "__main__":
    with connection.cursor() as cursor:
        cursor.execute(TABLE)
