"""Switches the public request form on and off."""

from datetime import datetime

from django.utils.translation import gettext as _

from booking.lifecycle.errors import NotAllowed
from booking.set_up.checklist import checklist
from clinic import practice_info
from clinic.models import Practice


def switch_on(*, now: datetime) -> None:
    """NotAllowed: something that patients need is missing."""
    if missing := checklist(now=now).first:
        raise NotAllowed(_("Not yet. First: %s") % missing)
    _switch(is_on=True)


def switch_off() -> None:
    """Patients are asked to call. What they have sent stays, and is answered as ever."""
    _switch(is_on=False)


def _switch(*, is_on: bool) -> None:
    Practice.objects.update(is_on=is_on)
    practice_info.forget()
