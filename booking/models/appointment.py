from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from booking.models.appointment_request import AppointmentRequest, QuietEnd
from booking.models.constraints import LONGEST, NoDoubleBooking
from booking.models.patient import Patient
from clinic.models import AppointmentType, Location, Practitioner


class AppointmentQuerySet(models.QuerySet):
    def holding_time(self, now):
        """Rows that block time: all but expired holds. Flagged overbookings block it too."""
        return self.filter(status__in=Appointment.HOLDING).exclude(status=Appointment.Status.HELD, held_until__lte=now)

    def overlapping(self, start, end, since=None):
        # The lower bound on blocked_from lets the index find the few rows that can matter, whatever the history.
        since = since or start - LONGEST
        return self.filter(blocked_from__lt=end, blocked_from__gte=since, blocked_until__gt=start)

    def of_patient_during(self, patient_id, start, end):
        """The patient's appointments at that time, without buffers and holds, earliest first."""
        rows = self.filter(patient=patient_id, status__in=Appointment.ATTENDED) if patient_id else self.none()
        near = rows.filter(starts_at__lt=end, starts_at__gte=start - LONGEST, ends_at__gt=start)
        return near.select_related("appointment_request", "practitioner", "location").order_by("starts_at", "pk")


class Appointment(models.Model):
    """Time on the calendar. Only booking.lifecycle writes its status, start and end."""

    class Status(models.TextChoices):
        HELD = "held", _("Held")
        BOOKED = "booked", _("Booked")
        ARRIVED = "arrived", _("Checked in")
        FULFILLED = "fulfilled", _("Seen")
        LEFT = "left", _("Left without being seen")
        NOSHOW = "noshow", _("No-show")
        CANCELLED = "cancelled", _("Canceled")
        RELEASED = "released", _("Released")

    ON_CALENDAR = (
        Status.BOOKED,
        Status.ARRIVED,
        Status.FULFILLED,
        Status.LEFT,
        Status.NOSHOW,
        Status.CANCELLED,
    )  # no holds
    HOLDING = (Status.HELD, Status.BOOKED, Status.ARRIVED, Status.FULFILLED)
    MISSED = (Status.NOSHOW, Status.LEFT)
    MARKED = (Status.ARRIVED, Status.FULFILLED, *MISSED)  # whether the patient came is known
    LOST = (*MISSED, Status.CANCELLED)  # another one may be booked in its place
    ATTENDED = (Status.BOOKED, Status.ARRIVED, Status.FULFILLED)  # the patient is expected, here, or was here

    class CancelCode(models.TextChoices):
        PATIENT = "patient", _("Patient canceled")
        ILL = "ill", _("Patient is sick")
        CLINIC = "clinic", _("We had to cancel")
        CLOSED = "closed", _("Office closed")
        PRACTITIONER_OUT = "out", _("Provider out")
        MISTAKE = "mistake", _("Booked by mistake")
        DIED = QuietEnd.DIED.value, QuietEnd.DIED.label
        WRONG_PERSON = QuietEnd.WRONG_PERSON.value, QuietEnd.WRONG_PERSON.label

    NO_DOUBLE_BOOKING = "booking_appointment_no_double_booking"
    ONE_PLACE = "booking_appointment_patient_in_one_place"

    appointment_request = models.ForeignKey(
        AppointmentRequest,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="appointments",
        verbose_name=_("request"),
    )
    patient = models.ForeignKey(
        Patient,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="appointments",
        verbose_name=_("patient"),
        help_text="The request’s, copied for the constraint.",
    )
    held_for = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("held by"),
    )
    appointment_type = models.ForeignKey(
        AppointmentType, models.PROTECT, related_name="+", verbose_name=_("appointment type")
    )
    practitioner = models.ForeignKey(
        Practitioner, models.PROTECT, related_name="appointments", db_index=False, verbose_name=_("provider")
    )
    location = models.ForeignKey(Location, models.PROTECT, related_name="+", verbose_name=_("office"))
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    blocked_from = models.DateTimeField()
    blocked_until = models.DateTimeField()
    status = models.CharField(_("status"), max_length=9, choices=Status)
    held_until = models.DateTimeField(_("held until"), null=True, blank=True)
    overbooked = models.BooleanField(_("double-booked"), default=False)
    overbook_reason = models.CharField(_("why"), max_length=200, blank=True)
    in_two_places = models.BooleanField(_("overlaps another appointment of the patient"), default=False)
    in_two_places_reason = models.CharField(_("why"), max_length=200, blank=True)
    cancel_code = models.CharField(_("cancellation reason"), max_length=8, choices=CancelCode, blank=True)
    needs_rebooking_since = models.DateTimeField(null=True, blank=True)
    sequence = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        verbose_name, verbose_name_plural = _("appointment"), _("appointments")
        indexes = [
            models.Index(fields=["practitioner", "blocked_from", "blocked_until"], name="booking_appointment_calendar"),
            models.Index(fields=["patient", "starts_at", "ends_at"], name="booking_appointment_patient"),
            models.Index(fields=["starts_at"], name="booking_appointment_day"),
            models.Index(fields=["held_until"], condition=Q(status="held"), name="booking_appointment_holds"),
        ]
        constraints = [
            NoDoubleBooking(
                name="booking_appointment_no_double_booking", statuses=("held", "booked", "arrived", "fulfilled")
            ),
            NoDoubleBooking(
                name="booking_appointment_patient_in_one_place",
                statuses=("booked", "arrived", "fulfilled"),
                who="patient",
                starts="starts_at",
                ends="ends_at",
                unless="in_two_places",
            ),
            models.CheckConstraint(
                condition=Q(
                    blocked_from__lte=F("starts_at"), starts_at__lt=F("ends_at"), ends_at__lte=F("blocked_until")
                ),
                name="booking_appointment_blocks_its_visit",
            ),
            models.CheckConstraint(
                condition=Q(blocked_until__lte=F("blocked_from") + LONGEST), name="booking_appointment_within_24_hours"
            ),
            models.CheckConstraint(
                condition=Q(appointment_request__isnull=False, held_for__isnull=True)
                | Q(appointment_request__isnull=True, held_for__isnull=False, status__in=["held", "released"]),
                name="booking_appointment_of_a_request_or_a_clerk",
            ),
            models.CheckConstraint(
                condition=~Q(status="held") | Q(held_until__isnull=False), name="booking_appointment_held_until_a_time"
            ),
            models.CheckConstraint(
                condition=~Q(status="cancelled") | ~Q(cancel_code=""), name="booking_appointment_cancelled_has_a_code"
            ),
        ]

    def __str__(self):
        return str(self.appointment_request) if self.appointment_request_id else f"Hold {self.pk}"

    def get_status_display(self) -> str:
        """Django's own makes all its choices hashable for each row of a list."""
        return str(self.Status(self.status).label)

    @property
    def access_keys(self) -> tuple[str, ...]:
        if not self.appointment_request_id:
            return ()
        return f"a{self.pk}", f"r{self.appointment_request_id}", f"p{self.patient_id}"

    @property
    def needs_rebooking(self):
        """Whether it is booked although the patient was told not to come then."""
        return self.status == self.Status.BOOKED and self.needs_rebooking_since is not None

    @property
    def may_be_rebooked(self):
        """Whether another one may be booked in its place: not for who has died or was never a patient here."""
        return self.status in self.LOST and self.cancel_code not in QuietEnd.values

    @property
    def is_here_or_seen(self):
        return self.status in (self.Status.ARRIVED, self.Status.FULFILLED)

    @property
    def is_over_another(self):
        """Whether it was deliberately double-booked and still blocks its time."""
        return self.overbooked and self.status in self.HOLDING

    @property
    def minutes(self):
        return int((self.ends_at - self.starts_at).total_seconds()) // 60
