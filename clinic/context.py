from django.conf import settings

from clinic.frame import frame


def practice(request):
    """The practice for every template: {{ practice.name }}, {{ practice.phone_display }}; and where it is on the web."""
    return {"practice": frame(), "site_url": settings.SITE_URL}
