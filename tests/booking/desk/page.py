"""How tests open a request's page at the desk, press its buttons and read the result."""

from django.urls import reverse


def page_of(appointment_request):
    return reverse("desk:request", args=[appointment_request.reference])


def press(client, verb, appointment_request, follow=False, **data):
    return client.post(
        reverse(f"desk:{verb}", args=[appointment_request.reference]),
        {"version": appointment_request.version} | data,
        follow=follow,
    )


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def status_of(row):
    return fresh(row).status
