"""What pages say about staff: the warning before an idle user is signed out, and who was given a role."""

from django import template
from django.conf import settings
from django.utils import timezone

from clinic.accounts import people, sessions

register = template.Library()
MOST_CHANGES = 10


@register.inclusion_tag("admin/account/_staff_session.html", takes_context=True)
def staff_session(context) -> dict:
    request = context["request"]
    return {
        "user": request.user,
        "csrf_token": context.get("csrf_token"),
        "seconds": sessions.seconds_left(request.session, now=timezone.now()),
        "warning": settings.STAFF_WARNING_SECONDS,
    }


@register.simple_tag
def account_changes() -> list:
    """The newest changes of roles of the last two weeks."""
    return list(people.recent_changes(now=timezone.now())[:MOST_CHANGES])
