from django.db import models
from django.utils.translation import gettext_lazy as _

from booking.models.appointment import Appointment
from booking.models.appointment_request import AppointmentRequest
from booking.models.event import Event
from clinic.models.outgoing import Outgoing


class MessageQuerySet(models.QuerySet):
    def to_tell(self):
        """What the desk must tell, since no email does; not the time of an appointment once we know who came to it."""
        known = models.Q(kind__in=Message.TELLS_ITS_TIME, appointment__status__in=Appointment.MARKED)
        return self.filter(status__in=Message.BY_US).exclude(known)


class Message(Outgoing):
    """The outbox. A message holds no address, link or text until it is rendered for sending."""

    class Kind(models.TextChoices):
        RECEIVED = "received", _("We have your request")
        CONFIRMED = "confirmed", _("Your appointment is confirmed")
        OFFERED = "offered", _("Times to choose from")
        OPENING = "opening", _("A time has opened")
        OFFER_EXPIRED = "offer_expired", _("We released the offered times")
        WAITLISTED = "waitlisted", _("You are on our list")
        DECLINED = "declined", _("About your request")
        CLOSED = "closed", _("We could not reach you")
        WITHDRAWN = "withdrawn", _("You canceled your request")
        RESCHEDULED = "rescheduled", _("Your appointment has a new time")
        CANCELLED_BY_US = "cancelled_by_us", _("We had to cancel your appointment")
        CANCELLED_BY_YOU = "cancelled_by_you", _("You canceled your appointment")
        NEEDS_REBOOKING = "needs_rebooking", _("Your appointment needs a new time")
        RUNNING_LATE = "running_late", _("We are running late")
        REMINDER = "reminder", _("Appointment reminder")
        LINK = "link", _("Your link")

    class Status(models.TextChoices):
        QUEUED = "queued", _("waiting to be sent")
        SENDING = "sending", _("sending")
        SENT = "sent", _("sent")
        SUPERSEDED = "superseded", _("replaced by a newer message")
        FAILED = "failed", _("bounced: call")
        TO_CALL = "to_call", _("no email: call")
        TO_PRINT = "to_print", _("no email: print letter")
        NOTIFIED = "notified", _("notified by phone or letter")

    BY_US = (Status.TO_CALL, Status.TO_PRINT, Status.FAILED)  # the desk must notify the patient: no email will
    TOLD = (Status.SENT, Status.NOTIFIED)
    # They tell of an appointment that we called off, through the request that looks for another time.
    ABOUT_NEW_TIME = (Kind.NEEDS_REBOOKING, Kind.OFFERED, Kind.OPENING, Kind.OFFER_EXPIRED, Kind.WAITLISTED)
    TELLS_ITS_TIME = (Kind.CONFIRMED, Kind.RESCHEDULED, Kind.REMINDER, Kind.NEEDS_REBOOKING)
    FAILURES = {  # errors with a description of their own
        "SMTPRecipientsRefused": _("the address does not exist or refuses email"),
        "BadHeaderError": _("the address is not valid"),
        "Abandoned": _("the mail program stopped each time"),
        "TimeoutError": _("the mail server did not answer"),
        "ConnectionRefusedError": _("the mail server did not answer"),
        "SMTPServerDisconnected": _("the mail server did not answer"),
        "NotTheirs": _("somebody at this address says that it is not the patient’s"),
    }
    NOT_THEIRS = "NotTheirs"

    appointment_request = models.ForeignKey(AppointmentRequest, models.PROTECT, related_name="messages")
    appointment = models.ForeignKey(Appointment, models.PROTECT, null=True, blank=True, related_name="messages")
    event = models.OneToOneField(Event, models.PROTECT, null=True, blank=True, related_name="message")
    kind = models.CharField(max_length=16, choices=Kind)
    dedupe_key = models.CharField(max_length=60, unique=True, null=True, blank=True, help_text="Of what is told once.")  # noqa: DJ001 - many have none
    day = models.DateField(null=True, blank=True, help_text="The day that a reminder is about.")
    sequence = models.PositiveIntegerField(default=0)
    status = models.CharField(max_length=10, choices=Status)

    objects = MessageQuerySet.as_manager()

    class Meta(Outgoing.Meta):
        verbose_name, verbose_name_plural = _("message"), _("messages")
        indexes = [models.Index(fields=["status", "due_at"], name="booking_message_outbox")]

    @property
    def access_keys(self) -> tuple[str, ...]:
        """Read it with its request."""
        return self.appointment_request.access_keys

    @property
    def is_the_desks(self):
        """Whether the desk must notify the patient."""
        return self.status in self.BY_US

    @property
    def was_told_then(self):
        """Whether the patient learned it in the act itself, from us or on the screen, and nobody told it later."""
        return self.status == self.Status.NOTIFIED and self.sent_at is None and self.event is not None

    @property
    def failure_in_words(self):
        """A description of the error class; never an address or the server's reply."""
        return self.FAILURES.get(self.failure, _("the mail server refused it")) if self.failure else ""


class StoppedAddress(models.Model):
    """An address from which somebody told us that our emails are not for them. It holds no address."""

    fingerprint = models.CharField(max_length=32, unique=True)
    stopped_at = models.DateTimeField()

    class Meta:
        verbose_name, verbose_name_plural = _("stopped address"), _("stopped addresses")

    def __str__(self):
        return f"Stopped address {self.pk}"
