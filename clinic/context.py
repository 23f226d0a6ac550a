from clinic.frame import frame


def practice(request):
    """The practice for every template: {{ practice.name }}, {{ practice.phone_display }}."""
    return {"practice": frame()}
