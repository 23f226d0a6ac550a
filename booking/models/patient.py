import uuid
from datetime import date, datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from clinic.contact.phone_number import beyond_number
from clinic.formatting import AMERICAN, display_phone, phone_url


def age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


class Patient(models.Model):
    """A person as they named themselves. The public site never matches patients; the desk merges them.

    Of one that was erased, a stub without values stays: see booking.records.erase.
    """

    ERASED = "(erased)"  # the name of a stub

    class Need(models.TextChoices):
        WHEELCHAIR = "wheelchair", _("I use a wheelchair")
        WALKER = "walker", _("I use a walker or a cane")
        TRANSFER = "transfer", _("I need help to get onto a table")
        HEARING = "hearing", _("I do not hear well")
        VISION = "vision", _("I do not see well")
        OTHER = "other", _("Something else: ask me")

    NEEDS_BY_HELPER = {
        Need.WHEELCHAIR: _("They use a wheelchair"),
        Need.WALKER: _("They use a walker or a cane"),
        Need.TRANSFER: _("They need help to get onto a table"),
        Need.HEARING: _("They do not hear well"),
        Need.VISION: _("They do not see well"),
        Need.OTHER: _("Something else: ask them when you call"),
    }

    class ReachBy(models.TextChoices):
        PHONE = "phone", _("Call")
        WRITING = "writing", _("Email, don’t call")
        EMAIL = "email", _("No phone: email")

    random_id = models.UUIDField(
        default=uuid.uuid4, unique=True, editable=False, help_text="Names the patient in addresses."
    )
    name = models.CharField(_("full name"), max_length=120)
    birth_date = models.DateField(_("date of birth"))
    reach_by = models.CharField(_("how to reach them"), max_length=7, choices=ReachBy, default=ReachBy.PHONE)
    phone = PhoneNumberField(_("phone"), blank=True)
    phone_extension = models.CharField(_("phone extension"), max_length=7, blank=True)
    phone_typed = models.CharField(_("phone as entered"), max_length=40, blank=True)
    may_leave_message = models.BooleanField(_("OK to leave a message"), default=False)
    email = models.EmailField(_("email"), blank=True)
    language = models.CharField(_("language"), max_length=40, default="English")
    needs_interpreter = models.BooleanField(_("interpreter"), default=False)
    needs = models.JSONField(_("access needs"), default=list, blank=True)
    wants_reminders = models.BooleanField(_("wants reminders"), default=True)
    chart_number = models.CharField(_("chart number"), max_length=40, blank=True)
    called_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, db_index=False, related_name="+"
    )
    called_until = models.DateTimeField(null=True, blank=True, help_text="Until then no other clerk is to call.")
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("patient"), _("patients")
        indexes = [
            models.Index(fields=["birth_date"], name="booking_patient_birth_date"),
            models.Index(fields=["phone"], name="booking_patient_phone"),
            models.Index(Lower("email"), name="booking_patient_email"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(phone="") | ~Q(email="") | Q(erased_at__isnull=False),
                name="booking_patient_phone_or_email",
                violation_error_message=_("Enter a phone number or an email address, so that we can reach them."),
            ),
        ]

    def __str__(self):
        return f"Patient {self.pk}"  # titles and logs must not contain names

    @property
    def is_erased(self) -> bool:
        return self.erased_at is not None

    @property
    def access_keys(self) -> tuple[str, ...]:
        return (f"p{self.pk}",)

    def is_called_by_another(self, user, now: datetime) -> bool:
        """Whether another clerk is calling them. Reads the name of the clerk only if somebody is."""
        return self.called_until is not None and self.called_until > now and self.called_by_id != user.pk

    def age(self, today: date) -> int:
        return age(self.birth_date, today)

    @property
    def phone_number(self) -> str:
        """In E.164, as stored. To look it up in the tables of all countries takes as long as to draw a row."""
        stored = getattr(self.phone, "raw_input", "")
        return stored if stored and AMERICAN.fullmatch(stored) else str(self.phone)

    @property
    def phone_display(self) -> str:
        return display_phone(self.phone_number, self.phone_extension)

    @property
    def phone_remark(self) -> str:
        """What was typed, if it says more than the number."""
        return beyond_number(self.phone_typed)

    @property
    def phone_url(self) -> str:
        number = self.phone_number
        return phone_url(number, self.phone_extension) if number else ""
