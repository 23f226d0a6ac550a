from django.db import models
from django.utils.translation import gettext_lazy as _

from booking.models.appointment import Appointment
from booking.models.appointment_request import AppointmentRequest
from booking.models.event import Event


class Message(models.Model):
    """The outbox: what is to be told. It holds no address, link or text until it is rendered at sending."""

    class Kind(models.TextChoices):
        RECEIVED = "received", _("We have your request")
        CONFIRMED = "confirmed", _("Your appointment is set")
        OFFERED = "offered", _("Times to choose from")
        OPENING = "opening", _("A time has opened")
        OFFER_EXPIRED = "offer_expired", _("The offered times are free again")
        WAITLISTED = "waitlisted", _("You are on our list")
        DECLINED = "declined", _("About your request")
        CLOSED = "closed", _("We could not reach you")
        WITHDRAWN = "withdrawn", _("You took back your request")
        RESCHEDULED = "rescheduled", _("Your appointment has another time")
        CANCELLED_BY_US = "cancelled_by_us", _("We had to cancel your appointment")
        CANCELLED_BY_YOU = "cancelled_by_you", _("You cancelled your appointment")
        NEEDS_REBOOKING = "needs_rebooking", _("Your appointment needs a new time")
        REMINDER = "reminder", _("Your appointment is near")
        LINK = "link", _("Your link")

    class Status(models.TextChoices):
        QUEUED = "queued", _("waits to be sent")
        SENDING = "sending", _("is being sent")
        SENT = "sent", _("sent")
        SUPERSEDED = "superseded", _("overtaken by a later answer")
        FAILED = "failed", _("not delivered: call")
        TO_CALL = "to_call", _("no e-mail: call")
        TO_PRINT = "to_print", _("no e-mail: print the letter")
        NOTIFIED = "notified", _("told by phone or letter")

    BY_US = (Status.TO_CALL, Status.TO_PRINT, Status.FAILED)  # the desk tells: no mail did or will
    FAILURES = {  # the kinds of error that have words of their own
        "SMTPRecipientsRefused": _("the address does not exist, or refuses mail"),
        "BadHeaderError": _("the address cannot be written to"),
        "Abandoned": _("the worker stopped each time"),
        "TimeoutError": _("the mail server did not answer"),
        "ConnectionRefusedError": _("the mail server did not answer"),
        "SMTPServerDisconnected": _("the mail server did not answer"),
    }

    appointment_request = models.ForeignKey(AppointmentRequest, models.PROTECT, related_name="messages")
    appointment = models.ForeignKey(Appointment, models.PROTECT, null=True, blank=True, related_name="messages")
    event = models.OneToOneField(Event, models.PROTECT, null=True, blank=True, related_name="message")
    kind = models.CharField(max_length=16, choices=Kind)
    dedupe_key = models.CharField(max_length=60, unique=True, null=True, blank=True, help_text="Of what is told once.")  # noqa: DJ001 - many have none
    day = models.DateField(null=True, blank=True, help_text="The day that a reminder is about.")
    sequence = models.PositiveIntegerField(default=0)
    status = models.CharField(max_length=10, choices=Status)
    due_at = models.DateTimeField(help_text="When to send; while it is being sent, when its lease ends.")
    attempts = models.PositiveSmallIntegerField(default=0)
    failure = models.CharField(max_length=40, blank=True, help_text="The kind of error, no address and no text.")
    sent_at = models.DateTimeField(null=True, blank=True)
    sent_copy = models.TextField(blank=True)

    class Meta:
        ordering = ["due_at", "pk"]
        verbose_name, verbose_name_plural = _("message"), _("messages")
        indexes = [models.Index(fields=["status", "due_at"], name="booking_message_outbox")]

    def __str__(self):
        return f"{self.kind} {self.pk}"

    @property
    def is_the_desks(self):
        """Whether it is for the desk to tell."""
        return self.status in self.BY_US

    @property
    def failure_in_words(self):
        """The class of reason; no address, and nothing of what the server said."""
        return self.FAILURES.get(self.failure, _("the mail server would not take it")) if self.failure else ""
