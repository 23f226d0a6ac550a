"""What a patient's browser does on the page behind the private link."""

import re

from django.urls import reverse

from booking.notifications import links

RIGHT = {"birth_date_month": "3", "birth_date_day": "9", "birth_date_year": "1951"}


def url(appointment_request, name="page"):
    return reverse(f"patient_page:{name}", args=[links.secret(appointment_request)])


def give_birth_date(client, appointment_request, typed=RIGHT):
    return client.post(url(appointment_request, "birth_date"), typed)


def shown_version(client, path):
    """The version in the form on that page."""
    return re.search(r'name="version" value="(\d+)"', client.get(path).content.decode())[1]
