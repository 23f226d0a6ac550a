from django.conf import settings

from clinic.practice_info import frame


def practice(request):
    """For every template: the practice as {{ practice.name }}, {{ practice.phone_display }}, and where its site is."""
    return {"practice": frame(), "site_url": settings.SITE_URL}
