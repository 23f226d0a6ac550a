"""Whether a practice is set up far enough to take requests online, and what is missing."""

from collections.abc import Iterator

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from booking.models import Reason
from clinic.compiled_query import CompiledQuery
from clinic.practice_info import practice_info

A_REASON = CompiledQuery(lambda: Reason.objects.filter(is_active=True).order_by().values_list("pk")[:1])


def missing() -> Iterator[Promise]:
    """What staff have to add first, one sentence each. At most one query."""
    if not any(office.hours for office in practice_info().offices):
        yield _("Add an office with the hours of its front desk.")
    if not practice_info().workdays:
        yield _("Add a provider with weekly hours at an office.")
    if not any(A_REASON()):
        yield _("Add a reason for an appointment, with its appointment type.")


def can_work() -> bool:
    """Whether a request could lead to an appointment, and has an hour by which we answer."""
    return not any(True for _sentence in missing())


def takes_requests() -> bool:
    """Whether patients can request an appointment here: the manager has switched the site on, and it can work."""
    return practice_info().is_on and can_work()
