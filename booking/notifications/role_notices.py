"""Tells the desk leads by email who was given a role. The row of the change is its own outbox: see `outbox`."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from booking.notifications.outbox import LEASE
from booking.roles import CLINICIAN, LEAD
from clinic.models import RoleChange

GIVE_UP = timedelta(days=2)  # the start page says it for two weeks


def tell_leads(*, now: datetime) -> int:
    """Send what is due. If one fails, it is due again when its lease ends; returns how many were sent."""
    told = 0
    for change in RoleChange.objects.filter(mail_due_at__lte=now, at__gt=now - GIVE_UP).select_related("user", "by"):
        ours = RoleChange.objects.filter(pk=change.pk, mail_due_at=change.mail_due_at)
        if ours.update(mail_due_at=now + LEASE):
            _tell(change)
            RoleChange.objects.filter(pk=change.pk).update(mail_due_at=None)
            told += 1
    return told


def _tell(change: RoleChange) -> None:
    leads = User.objects.filter(groups__name=LEAD, is_active=True).exclude(email="")
    addresses = list(leads.values_list("email", flat=True))
    if addresses:
        EmailMessage(_("A role was changed"), _text(change), settings.DEFAULT_FROM_EMAIL, addresses).send()


def _text(change: RoleChange) -> str:
    link = settings.SITE_URL + reverse("admin:clinic_rolechange_changelist")
    context = {"change": change, "signs": change.role == CLINICIAN, "link": link}
    return render_to_string("booking/notifications/staff/role_change.txt", context)
