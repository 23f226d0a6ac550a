from django.db import connection
from django.http import HttpResponse


def healthz(request):
    """For load balancers: 200 if the database answers, otherwise the 503 page."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")
