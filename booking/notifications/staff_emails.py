"""Renders mail to staff: the first block of its template is the subject. A link is made when the mail is sent."""

from dataclasses import dataclass
from email.utils import formataddr

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from booking.roles import CLINICIAN
from clinic.accounts.sign_in import password_links
from clinic.models import AccountChange, StaffMessage
from clinic.practice_info import practice_info

Kind = StaffMessage.Kind


@dataclass(frozen=True)
class StaffMail:
    subject: str
    text: str
    copy: str  # the copy that we keep, without the link


def is_current(message: StaffMessage) -> bool:
    """Whether there is still somebody to read it, and something to say."""
    user = message.user
    already_in = message.kind == Kind.INVITATION and user.has_usable_password()
    return user.is_active and user.is_staff and bool(user.email) and not already_in


def render(message: StaffMessage) -> StaffMail:
    link = password_links.absolute(message.user, message.kind) if message.kind in password_links.TOKENS else ""
    context = {
        "practice": practice_info(), "user": message.user, "about": message.about, "link": link,
        "site": settings.SITE_URL, "minutes": settings.PASSWORD_LINK_MINUTES, "days": settings.INVITATION_DAYS,
        "change": message.change,
        "signs": message.change and (message.change.kind, message.change.role) == (AccountChange.Kind.GIVEN, CLINICIAN),
    }  # fmt: skip
    rendered = render_to_string(f"clinic/accounts/email/{message.kind}.txt", context).strip()
    subject, _newline, text = rendered.partition("\n")
    text = text.strip() + "\n"
    kept = text.replace(link, _("(the private link)")) if link else text
    return StaffMail(subject, text, f"{subject}\n\n{kept}")


def email(message: StaffMessage, mail: StaffMail) -> EmailMessage:
    return addressed(mail, message.user.email)


def addressed(mail: StaffMail, address: str) -> EmailMessage:
    sender = formataddr((practice_info().neutral_name, settings.DEFAULT_FROM_EMAIL))
    headers = {"Auto-Submitted": "auto-generated"}
    return EmailMessage(mail.subject, mail.text, sender, [address], headers=headers)
