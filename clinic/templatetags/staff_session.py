"""The warning before an idle user is signed out."""

from django import template
from django.conf import settings
from django.utils import timezone

from clinic.accounts import sessions

register = template.Library()


@register.inclusion_tag("admin/account/_staff_session.html", takes_context=True)
def staff_session(context) -> dict:
    request = context["request"]
    return {
        "user": request.user,
        "csrf_token": context.get("csrf_token"),
        "seconds": sessions.seconds_left(request.session, now=timezone.now()),
        "warning": settings.STAFF_WARNING_SECONDS,
    }
