"""Appointment types, weekly hours, and dated exceptions."""

from copy import copy
from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clinic.hours.recurrence import COUNTED, Repeats, in_words, occurrences
from clinic.models.busy_feed import BusyFeed
from clinic.models.practice import MIDNIGHT, Location, Practitioner, Weekday


class AppointmentType(models.Model):
    """All lengths in minutes."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    slug = models.SlugField(_("short name in web addresses"), unique=True)
    minutes = models.PositiveSmallIntegerField(_("length in minutes"))
    buffer_before = models.PositiveSmallIntegerField(_("buffer before, minutes"), default=0)
    buffer_after = models.PositiveSmallIntegerField(_("buffer after, minutes"), default=0)
    step = models.PositiveSmallIntegerField(
        _("minutes between start times"), default=20, help_text=_("20 offers 9:00, 9:20, 9:40 and so on.")
    )
    notice = models.PositiveIntegerField(
        _("minimum notice, minutes"), default=24 * 60,
        help_text=_("How long before its start patients must ask. 1440 is a day."),
    )  # fmt: skip
    horizon = models.PositiveSmallIntegerField(_("how far ahead patients can book, days"), default=60)
    is_public = models.BooleanField(_("patients can request it online"), default=True)
    preparation = models.TextField(
        _("what the patient must prepare"), blank=True,
        help_text=_("One line each, in plain words. Patients read it on their own page."),
    )  # fmt: skip
    needs_scan = models.BooleanField(
        _("needs a scan"), default=True, help_text=_("The desk sees whether the patient has one.")
    )
    needs_referral = models.BooleanField(
        _("needs a referral"), default=True, help_text=_("The desk sees whether the patient has one.")
    )
    practitioners = models.ManyToManyField(Practitioner, related_name="appointment_types", verbose_name=_("providers"))

    class Meta:
        ordering = ["name"]
        verbose_name, verbose_name_plural = _("appointment type"), _("appointment types")
        constraints = [
            models.CheckConstraint(
                condition=Q(minutes__gte=5, minutes__lte=480, step__gte=5, step__lte=MIDNIGHT)
                & Q(buffer_before__lte=240, buffer_after__lte=240, horizon__lte=400, notice__lte=60 * MIDNIGHT),
                name="clinic_appointmenttype_sane_lengths",
                violation_error_message=_(
                    "Use a length of 5 to 480 minutes, at least 5 minutes between start times, "
                    "buffers of up to 240 minutes, and up to 400 days ahead."
                ),
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def preparations(self) -> list[str]:
        return [line.strip() for line in self.preparation.splitlines() if line.strip()]

    def lasting(self, minutes: int | None) -> "AppointmentType":
        """The same appointment type with another length, for one appointment; never saved."""
        other = copy(self)
        other.minutes = minutes or self.minutes
        return other

    def starting_every(self, minutes: int) -> "AppointmentType":
        """The same appointment type with other regular start times; never saved."""
        other = copy(self)
        other.step = min(minutes, self.step)
        return other


class Schedule(models.Model):
    """Weekly hours of a practitioner at a location, in local wall time. A break is a gap between two rows.

    `counted_from`: any date in a week in which they hold, if they hold every second week or more seldom.
    """

    practitioner = models.ForeignKey(Practitioner, models.CASCADE, related_name="schedules", verbose_name=_("provider"))
    location = models.ForeignKey(Location, models.CASCADE, related_name="schedules", verbose_name=_("office"))
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday)
    starts = models.PositiveSmallIntegerField(_("starts"))
    ends = models.PositiveSmallIntegerField(_("ends"))
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_until = models.DateField(_("valid through"), null=True, blank=True)
    repeats = models.CharField(_("repeats"), max_length=40, choices=Repeats, default=Repeats.WEEKLY, blank=True)
    counted_from = models.DateField(
        _("for example on"), null=True, blank=True,
        help_text=_("If not every week: one of the dates. The weeks are counted from it, in both directions."),
    )  # fmt: skip

    class Meta:
        ordering = ["practitioner", "location", "weekday", "starts"]
        verbose_name, verbose_name_plural = _("weekly hours"), _("weekly hours")
        constraints = [
            models.CheckConstraint(
                condition=Q(starts__lt=F("ends"), ends__lte=MIDNIGHT, weekday__lte=6),
                name="clinic_schedule_starts_before_ends",
                violation_error_message=_("The start time must be before the end time, and no later than midnight."),
            ),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_until=None) | Q(valid_from__lte=F("valid_until")),
                name="clinic_schedule_valid_range",
                violation_error_message=_("The first day must be on or before the last day."),
            ),
            models.CheckConstraint(
                condition=Q(repeats__in=Repeats.values) & (~Q(repeats__in=COUNTED) | Q(counted_from__isnull=False)),
                name="clinic_schedule_known_repeats",
                violation_error_message=_("Enter one of the dates: the weeks are counted from it."),
            ),
        ]

    def __str__(self):
        return f"{self.practitioner_id} {self.get_weekday_display()} {self.starts}-{self.ends}"

    @property
    def how_often(self) -> str:
        return in_words(self.repeats, self.get_weekday_display())


class ScheduleException(models.Model):
    """A dated exception: closed (all offices, one office, or one practitioner) or open (extra hours of one
    practitioner).
    """

    class Kind(models.TextChoices):
        CLOSED = "closed", _("closed")
        OPEN = "open", _("extra hours")

    kind = models.CharField(_("type"), max_length=6, choices=Kind, default=Kind.CLOSED)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    starts = models.PositiveSmallIntegerField(_("from"), default=0)
    ends = models.PositiveSmallIntegerField(_("until"), default=MIDNIGHT)
    location = models.ForeignKey(
        Location, models.CASCADE, null=True, blank=True, related_name="exceptions", verbose_name=_("office"),
        help_text=_("Leave blank for all offices."),
    )  # fmt: skip
    practitioner = models.ForeignKey(
        Practitioner, models.CASCADE, null=True, blank=True, related_name="exceptions", verbose_name=_("provider"),
        help_text=_("Leave blank for everyone."),
    )  # fmt: skip
    except_for = models.ManyToManyField(
        Practitioner, blank=True, related_name="+", verbose_name=_("except for"),
        help_text=_("Still working."),
    )  # fmt: skip
    repeats_until = models.DateField(
        _("every year until"), null=True, blank=True,
        help_text=_("For a closure on the same dates each year, such as December 25. Leave blank for once."),
    )  # fmt: skip
    note = models.CharField(
        _("shown to patients"), max_length=120, blank=True, help_text=_("For example, Thanksgiving")
    )
    private_reason = models.CharField(
        _("private reason"), max_length=80, blank=True, help_text=_("Only staff see it. For example, Sick")
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="+",
    )  # fmt: skip
    made_at = models.DateTimeField(null=True, blank=True, editable=False)
    feed = models.ForeignKey(
        BusyFeed, models.CASCADE, null=True, blank=True, editable=False, related_name="busy_times",
        help_text="The other calendar in which the provider is busy.",
    )  # fmt: skip
    form_key = models.CharField(
        max_length=32, blank=True, editable=False, help_text="A second press of one button is known by it."
    )

    class Meta:
        ordering = ["first_day", "starts"]
        verbose_name, verbose_name_plural = _("closure or extra hours"), _("closures and extra hours")
        indexes = [
            models.Index(fields=["last_day", "first_day"], name="clinic_exception_days"),
            models.Index(
                fields=["repeats_until"], condition=Q(repeats_until__isnull=False), name="clinic_exception_yearly"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(first_day__lte=F("last_day"), starts__lt=F("ends"), ends__lte=MIDNIGHT),
                name="clinic_scheduleexception_range",
                violation_error_message=_(
                    "The first day must be on or before the last day, and the start time before the end time."
                ),
            ),
            models.CheckConstraint(
                condition=Q(kind="closed") | Q(practitioner__isnull=False, location__isnull=False),
                name="clinic_scheduleexception_open_is_someones",
                violation_error_message=_("Choose one provider and one office for extra hours."),
            ),
            models.CheckConstraint(
                condition=Q(repeats_until=None) | Q(kind="closed", practitioner=None, repeats_until__gte=F("last_day")),
                name="clinic_scheduleexception_yearly_is_for_all",
                violation_error_message=_("Only a closure for everyone can come back each year, until a later day."),
            ),
            models.UniqueConstraint(
                fields=["form_key"], condition=~Q(form_key=""), name="clinic_scheduleexception_pressed_once"
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.first_day} – {self.last_day}"

    @classmethod
    def near(cls, since, until) -> models.QuerySet:
        """Those of these days, and each that comes back on some day until then."""
        return cls.objects.filter(Q(last_day__gte=since) | Q(repeats_until__gte=since), first_day__lte=until)

    def days_near(self, since, until) -> list[tuple[date, date]]:
        """The first and the last day of each time that it falls near this window."""
        return occurrences(self.first_day, self.last_day, self.repeats_until, (since, until))

    @property
    def is_block(self):
        """Whether it blocks a part of one provider's day, and of no other day."""
        is_part = self.first_day == self.last_day and (self.starts, self.ends) != (0, MIDNIGHT)
        return is_part and self.kind == self.Kind.CLOSED and self.practitioner_id is not None
