from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.models.outgoing import Outgoing


class StaffMessage(Outgoing):
    """The outbox of mail to staff and to the desk. It holds no address, link or text until it is sent."""

    class Kind(models.TextChoices):
        ALARM = "alarm", _("Somebody tries to sign in")
        RESET = "reset", _("A new password")
        INVITATION = "invitation", _("Your account")
        CHANGED = "changed", _("Your sign-in was changed")
        ACCOUNT = "account", _("An account was changed")
        NEWS = "news", _("To the desk: what came in")
        TEST = "test", _("A test of our email")
        MORNING = "morning", _("To the desk: this morning")

    class Status(models.TextChoices):
        QUEUED = "queued", _("waiting to be sent")
        SENDING = "sending", _("sending")
        SENT = "sent", _("sent")
        SUPERSEDED = "superseded", _("out of date")
        FAILED = "failed", _("bounced")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="staff_messages",
        help_text="Empty: the front desk’s own address.",
    )  # fmt: skip
    about = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+")
    change = models.ForeignKey("clinic.AccountChange", models.PROTECT, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=16, choices=Kind)
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)

    class Meta(Outgoing.Meta):
        verbose_name, verbose_name_plural = _("message to staff"), _("messages to staff")
        indexes = [models.Index(fields=["status", "due_at"], name="clinic_staffmessage_outbox")]
