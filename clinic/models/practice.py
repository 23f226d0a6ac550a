"""The practice, its offices, their desk hours, and its practitioners."""

import zoneinfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from clinic.country import country

MIDNIGHT = 24 * 60  # times of day are minutes 0..1440: a TimeField cannot hold 24:00


class Weekday(models.IntegerChoices):
    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


def new_public_id() -> str:
    """For links on other sites, which go on working when a name changes."""
    return get_random_string(12)


def usual_link_names() -> list[str]:
    return [str(_("Clinic website"))]


def usual_zone() -> str:
    return country().zone


def check_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("Enter a time zone such as %s.") % usual_zone())


class DeskEmail(models.TextChoices):
    """What the front desk can be told by email. No such email names a patient or says why they come."""

    NEW = "new", _("A new request")
    CANCELED = "canceled", _("A patient cancels an appointment")
    DUE = "due", _("An answer is due within 30 desk minutes")
    UNDELIVERED = "undelivered", _("An email to a patient bounced")
    BUSY = "busy", _("A provider is busy in another calendar during an appointment")
    WORKER = "worker", _("The mail program stopped")
    MORNING = "morning", _("A summary each morning when the desk opens")


def every_desk_email() -> list[str]:
    return list(DeskEmail.values)


class Location(models.Model):
    name = models.CharField(_("name"), max_length=80, unique=True, help_text=_("For example, Main Street office."))
    slug = models.SlugField(_("short name in web addresses"), unique=True)
    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    address = models.CharField(_("address"), max_length=200)
    zone = models.CharField(_("time zone"), max_length=40, default=usual_zone, validators=[check_zone])
    directions = models.TextField(_("directions"), blank=True)
    access = models.TextField(_("step-free access"), blank=True)
    parking = models.TextField(_("parking"), blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["name"]
        verbose_name, verbose_name_plural = _("office"), _("offices")

    def __str__(self):
        return self.name

    @property
    def tz(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.zone)


class OfficeHours(models.Model):
    """When a location's front desk is open."""

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
                violation_error_message=_(
                    "The opening time must be before the closing time, and no later than midnight."
                ),
            ),
        ]

    def __str__(self):
        return f"{self.get_weekday_display()} {self.opens // 60}:{self.opens % 60:02}"


class Practice(models.Model):
    """The one practice of this site."""

    name = models.CharField(_("name"), max_length=80)
    neutral_name = models.CharField(
        _("neutral name for messages"),
        max_length=80,
        help_text=_("Don’t name a specialty. Others may see the message."),
    )
    phone = PhoneNumberField(_("phone"))
    phone_extension = models.CharField(_("phone extension"), max_length=7, blank=True)
    email = models.EmailField(
        _("email address for patients"),
        help_text=_("Messages to patients come from it, and what they answer goes to it."),
    )
    default_location = models.ForeignKey(
        Location, models.PROTECT, related_name="+", verbose_name=_("default front desk"),
        help_text=_("Its desk hours set the answer-by time for requests with any office or no chosen time."),
    )  # fmt: skip
    response_days = models.PositiveSmallIntegerField(
        _("answer within this many desk days"), default=1, help_text=_("1 means the next day the desk is open.")
    )
    hold_cap = models.PositiveSmallIntegerField(
        _("most unanswered held times per provider per day"), default=6,
        help_text=_("Above this limit, online requests are accepted without holding a time."),
    )  # fmt: skip
    cancel_notice_hours = models.PositiveSmallIntegerField(
        _("patients can cancel online up to this many hours before"), default=24
    )
    first_reminder_days = models.PositiveSmallIntegerField(
        _("first reminder, days before an appointment"), default=7, help_text=_("0 turns this reminder off.")
    )
    last_reminder_days = models.PositiveSmallIntegerField(
        _("last reminder, days before an appointment"), default=1, help_text=_("0 turns this reminder off.")
    )
    most_attempts = models.PositiveSmallIntegerField(
        _("calls without an answer before closing with a letter"), default=3
    )
    language_help = models.CharField(
        _("help in other languages"), max_length=200, blank=True,
        help_text=_("What you offer, in a sentence for patients. If empty, the site promises nothing."),
    )  # fmt: skip
    rebook_hours = models.PositiveSmallIntegerField(
        _("new time for a called-off appointment, desk hours before its start"), default=4,
        help_text=_("Such a request is due by then at the latest, and heads the queue."),
    )  # fmt: skip
    desk_email = models.EmailField(
        _("email address of the front desk"), blank=True,
        help_text=_("Where the desk is told what waits for it. If empty, no such email is sent."),
    )  # fmt: skip
    desk_emails = models.JSONField(_("tell the front desk by email"), default=every_desk_email, blank=True)
    accent = models.CharField(_("color of links and buttons"), max_length=7, blank=True, editable=False)
    accent_dark = models.CharField(_("the same on dark screens"), max_length=7, blank=True, editable=False)
    mark = models.JSONField(_("mark"), default=dict, blank=True, editable=False)
    picture = models.JSONField(_("picture on the home page"), default=dict, blank=True, editable=False)
    funding = models.JSONField(_("who pays"), default=list, blank=True)
    link_names = models.JSONField(_("where links to the site stand"), default=usual_link_names, editable=False)
    is_demo = models.BooleanField(_("demo practice"), default=False, editable=False)
    is_on = models.BooleanField(
        default=False, editable=False, help_text="Whether patients can request appointments on the site."
    )

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
                violation_error_message=_("A reminder can go out up to 60 days before the appointment."),
            ),
            models.CheckConstraint(
                condition=Q(rebook_hours__lte=40),
                name="clinic_practice_rebook_within_40_hours",
                violation_error_message=_("A new time can be due up to 40 desk hours before the start."),
            ),
        ]

    def __str__(self):
        return self.name


SHORT = 14  # letters: what a row of the desk has room for


def desk_name(short_name: str, name: str) -> str:
    """The provider’s short name; without one the last word of the name, before its degrees."""
    return short_name or name.partition(",")[0].split()[-1][:SHORT]


class Practitioner(models.Model):
    name = models.CharField(_("name with profession"), max_length=80, help_text=_("For example, Dr. Anna Lee, MD."))
    short_name = models.CharField(
        _("short name"), max_length=SHORT, blank=True,
        help_text=_("For the front desk’s lists. For example, Lee or Brown, NP. Patients see the full name."),
    )  # fmt: skip
    profession = models.CharField(
        _("profession"), max_length=80, blank=True, help_text=_("For example, Physician or Nurse practitioner.")
    )
    specialty = models.CharField(_("specialty"), max_length=80, blank=True)
    languages = models.CharField(
        _("languages"),
        max_length=120,
        blank=True,
        help_text=_("Languages spoken with patients. For example, English, Spanish."),
    )
    bio = models.TextField(_("about"), blank=True, help_text=_("2 or 3 short sentences. Facts only, no praise."))
    slug = models.SlugField(_("short name in web addresses"), unique=True)
    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="practitioner",
        verbose_name=_("signs in as"), help_text=_("Signing in opens this provider’s own day."),
    )  # fmt: skip
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["order", "name"]
        verbose_name, verbose_name_plural = _("provider"), _("providers")

    def __str__(self):
        return self.name

    @property
    def desk_name(self) -> str:
        return desk_name(self.short_name, self.name)

    @property
    def titled_desk_name(self) -> str:
        """“Dr. Ellison”, or “Nadar, NP”."""
        return f"Dr. {self.desk_name}" if self.name.startswith("Dr. ") else self.desk_name
