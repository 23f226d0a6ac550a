from django.conf import settings

from clinic.practice_info import practice_info


def practice(request):
    """Adds to every template: the practice as {{ practice.name }}, {{ practice.phone_display }}, and the site's URL."""
    return {"practice": practice_info(), "site_url": settings.SITE_URL}
