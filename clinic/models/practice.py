"""Who we are and where: the practice, its offices, their desk hours, who treats."""

import zoneinfo

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

MIDNIGHT = 24 * 60  # times of day are minutes 0..1440: a TimeField cannot hold 24:00


class Weekday(models.IntegerChoices):
    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


def check_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("This is not a time zone. One looks like America/New_York."))


class Location(models.Model):
    name = models.CharField(_("name"), max_length=80, unique=True, help_text=_("Pier Street office"))
    slug = models.SlugField(_("short name in addresses"), unique=True)
    address = models.CharField(_("address"), max_length=200)
    zone = models.CharField(_("time zone"), max_length=40, default="America/New_York", validators=[check_zone])
    directions = models.TextField(_("how to get here"), blank=True)
    access = models.TextField(_("step-free entrance, elevator"), blank=True)
    parking = models.TextField(_("parking"), blank=True)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        ordering = ["name"]
        verbose_name, verbose_name_plural = _("office"), _("offices")

    def __str__(self):
        return self.name

    @property
    def tz(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.zone)


class OfficeHours(models.Model):
    """When the front desk of a location answers."""

    location = models.ForeignKey(Location, models.CASCADE, related_name="office_hours", verbose_name=_("office"))
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday)
    opens = models.PositiveSmallIntegerField(_("opens"))
    closes = models.PositiveSmallIntegerField(_("closes"))

    class Meta:
        ordering = ["location", "weekday", "opens"]
        verbose_name = verbose_name_plural = _("desk hours")
        constraints = [
            models.CheckConstraint(
                condition=Q(opens__lt=F("closes"), closes__lte=MIDNIGHT, weekday__lte=6),
                name="clinic_officehours_opens_before_closes",
                violation_error_message=_("Desk hours open before they close, by midnight at the latest."),
            ),
        ]

    def __str__(self):
        return f"{self.get_weekday_display()} {self.opens // 60}:{self.opens % 60:02}"


class Practice(models.Model):
    """The one practice of this site."""

    name = models.CharField(_("name"), max_length=80)
    neutral_name = models.CharField(
        _("neutral name for messages"), max_length=80, help_text=_("Names no specialty: others may see the message.")
    )
    phone = PhoneNumberField(_("phone"))
    email = models.EmailField(_("sender of messages"))
    default_location = models.ForeignKey(
        Location, models.PROTECT, related_name="+", verbose_name=_("default desk"),
        help_text=_("Its desk hours make the reply promise for “any office” and “call me”."),
    )  # fmt: skip
    response_days = models.PositiveSmallIntegerField(
        _("reply by the end of this many desk days"), default=1, help_text=_("1 means the next desk day.")
    )
    hold_cap = models.PositiveSmallIntegerField(
        _("most unanswered held times per practitioner and day"), default=6,
        help_text=_("Above it a request from the site is taken without holding its time."),
    )  # fmt: skip
    cancel_notice_hours = models.PositiveSmallIntegerField(
        _("patients cancel on their page until this many hours before"), default=24
    )
    first_reminder_days = models.PositiveSmallIntegerField(
        _("first reminder, so many days before an appointment"), default=7, help_text=_("0 sends none.")
    )
    last_reminder_days = models.PositiveSmallIntegerField(
        _("last reminder, so many days before an appointment"), default=1, help_text=_("0 sends none.")
    )
    most_attempts = models.PositiveSmallIntegerField(
        _("close with a letter after this many calls without an answer"), default=3
    )
    is_demo = models.BooleanField(_("made up for a demonstration"), default=False, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("practice"), _("practice")
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="clinic_practice_only_one"),
            models.CheckConstraint(
                condition=Q(response_days__gte=1, response_days__lte=10), name="clinic_practice_response_days_1_to_10"
            ),
            models.CheckConstraint(
                condition=Q(first_reminder_days__lte=60, last_reminder_days__lte=60),
                name="clinic_practice_reminders_within_60_days",
                violation_error_message=_("A reminder goes out at most 60 days before the appointment."),
            ),
        ]

    def __str__(self):
        return self.name


class Practitioner(models.Model):
    name = models.CharField(
        _("name with profession"), max_length=80, help_text=_("Dr. Mara Ellison, MD: the profession stands beside it.")
    )
    profession = models.CharField(
        _("profession in words"), max_length=80, blank=True, help_text=_("Physician; nurse practitioner.")
    )
    specialty = models.CharField(_("specialty"), max_length=80, blank=True)
    languages = models.CharField(
        _("languages"), max_length=120, blank=True, help_text=_("As spoken with patients: English, Spanish.")
    )
    bio = models.TextField(
        _("about"), blank=True, help_text=_("Two or three short sentences of facts. No praise: it cannot be proved.")
    )
    slug = models.SlugField(_("short name in addresses"), unique=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        ordering = ["order", "name"]
        verbose_name, verbose_name_plural = _("practitioner"), _("practitioners")

    def __str__(self):
        return self.name
