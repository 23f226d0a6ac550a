import uuid
from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from booking.models.patient import Patient
from booking.models.reason import Reason
from booking.models.reference import new_reference, print_reference
from booking.roles import RIGHTS
from clinic.compiled_query import CompiledQuery, Param
from clinic.contact.phone_number import beyond_number
from clinic.country import by_country, funding
from clinic.formatting import display_phone, phone_url
from clinic.models import AppointmentType, Location, Practitioner
from clinic.practice_info import practice_info
from procedures.models import PublishedVersion


class Channel(models.TextChoices):
    WEB = "web", _("public site")
    PHONE = "phone", _("phone")
    WALK_IN = "walk_in", _("walk-in")
    IMPORT = "import", _("old calendar")


class YesNo(models.TextChoices):
    YES = "yes", _("Yes")
    NO = "no", _("No")
    UNSURE = "unsure", _("Not sure")


class Triage(models.TextChoices):
    """How soon a clinician wants this person seen. The desk can neither set nor lift it."""

    URGENT = "urgent", _("Urgent")
    ROUTINE = "routine", _("Routine")
    IMAGING = "imaging", _("Needs imaging first")


class Ready(models.TextChoices):
    """What the desk marks in the ready list of a request: a paper is in place, or it is not after all."""

    SCAN = "scan", _("scan on file")
    NO_SCAN = "no_scan", _("scan not on file")
    REFERRAL = "referral", _("referral on file")
    NO_REFERRAL = "no_referral", _("referral not on file")

    @property
    def paper(self) -> str:
        return self.removeprefix("no_")


NO_DATE = date.max  # stands for the see-by date of an urgent request without one: it sorts last


class QuietEnd(models.TextChoices):
    """Why a request ended without a message: nobody is written to about it again."""

    DIED = "died", _("The patient has died")
    WRONG_PERSON = "wrong", _("Booked for the wrong person")
    NOT_REAL = "not_real", _("Not a real request")


def has_died(patient: str) -> models.Exists:
    """Whether the patient whose key the named column of the outer query holds is recorded as died."""
    return models.Exists(AppointmentRequest.objects.filter(patient=models.OuterRef(patient), quiet_end=QuietEnd.DIED))


def silence(path: str = "") -> models.Case:
    """Why nobody is written to about a request, as a QuietEnd; empty if we write. `path`: to the request."""
    died = models.When(has_died(f"{path}patient"), then=models.Value(QuietEnd.DIED.value))
    return models.Case(died, default=models.F(f"{path}quiet_end"))


class AppointmentRequestQuerySet(models.QuerySet):
    def waiting(self):
        """Requests that need an answer, due first: the order of the index."""
        return self.apart().filter(status=AppointmentRequest.Status.NEW).order_by("respond_by", "pk")

    def by_see_by(self):
        """Urgent ones in their order: first those with a date, `by`, then by deadline."""
        by = Coalesce("see_by", Value(NO_DATE), output_field=models.DateField())
        return self.filter(triage=Triage.URGENT).annotate(by=by).order_by("by", "respond_by", "pk")

    def apart(self):
        """Without those that stand folded under an earlier open request of the same person."""
        same = Q(pk=models.OuterRef("same_person_as")) | Q(same_person_as=models.OuterRef("same_person_as"))
        sooner = AppointmentRequest.objects.filter(
            same, pk__lt=models.OuterRef("pk"), status__in=AppointmentRequest.OPEN
        )
        return self.filter(Q(same_person_as=None) | ~models.Exists(sooner))


class AppointmentRequest(models.Model):
    """What a patient asks for, and the state of our answer. Only booking.lifecycle writes its status."""

    class Status(models.TextChoices):
        NEW = "new", _("New")
        OFFERED = "offered", _("Offered")
        CONFIRMED = "confirmed", _("Confirmed")
        WAITLISTED = "waitlisted", _("Waitlisted")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        CLOSED = "closed", _("Closed")

    OPEN = (Status.NEW, Status.OFFERED, Status.WAITLISTED)

    class BestTime(models.TextChoices):
        MORNING = "morning", _("Morning, 9\u00a0to\u00a012")
        AFTERNOON = "afternoon", _("Afternoon, 12\u00a0to\u00a05")
        ANY = "any", _("Any time")

    class PartOfDay(models.TextChoices):
        ANY = "any", _("Any time of day")
        MORNING = "morning", _("Mornings")
        AFTERNOON = "afternoon", _("Afternoons")

    class DeclineCode(models.TextChoices):
        NOT_OURS = "not_ours", _("We don’t treat this")
        NEEDS_REFERRAL = "needs_referral", _("Needs a referral first")
        NEEDS_SCAN = "needs_scan", _("Needs a scan first")
        INSURANCE = "insurance", by_country(lambda here: here.funding_words.refused)
        NOT_REACHED = "not_reached", _("Could not reach the patient")
        NO_TIMES = "no_times", _("No suitable time")
        OTHER = "other", _("Other reason")

    class Returned(models.TextChoices):
        REFUSED = "refused", _("Offer declined")
        EXPIRED = "expired", _("Offer expired")

    reference = models.CharField(_("confirmation number"), max_length=10, unique=True, default=new_reference)
    flow_key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="appointment_requests", verbose_name=_("patient"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.NEW)
    channel = models.CharField(_("contact method"), max_length=8, choices=Channel, default=Channel.WEB)
    submitted_at = models.DateTimeField(_("sent"))
    respond_by = models.DateTimeField(_("answer by"))
    paused_at = models.DateTimeField(null=True, blank=True)
    returned = models.CharField(_("back in the queue"), max_length=8, choices=Returned, blank=True)
    version = models.PositiveIntegerField(default=1)
    link_version = models.PositiveIntegerField(default=1)

    reason = models.ForeignKey(Reason, models.PROTECT, related_name="+", verbose_name=_("reason"))
    appointment_type = models.ForeignKey(
        AppointmentType, models.PROTECT, related_name="+", verbose_name=_("appointment type")
    )
    returning = models.BooleanField(_("returning patient"), default=False)
    note = models.CharField(_("note"), max_length=200, blank=True)
    from_version = models.ForeignKey(
        PublishedVersion, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("from page")
    )
    came_from = models.CharField(_("came by a link on"), max_length=20, blank=True)
    helper_name = models.CharField(_("helper"), max_length=120, blank=True)
    helper_phone = models.CharField(_("helper’s phone"), max_length=40, blank=True)
    helper_phone_extension = models.CharField(_("extension of the helper’s phone"), max_length=7, blank=True)
    helper_phone_typed = models.CharField(_("helper’s phone as entered"), max_length=40, blank=True)
    helper_relation = models.CharField(_("relation"), max_length=60, blank=True)
    may_speak_with_helper = models.BooleanField(_("OK to speak with the helper"), default=False)
    best_time = models.CharField(_("best time to call"), max_length=9, choices=BestTime, default=BestTime.ANY)
    wants_call = models.BooleanField(_("wants a call"), default=False)
    never_days = models.JSONField(_("days that never work"), default=list, blank=True)
    part_of_day = models.CharField(_("part of day"), max_length=9, choices=PartOfDay, default=PartOfDay.ANY)
    wanted_week = models.DateField(_("week asked for"), null=True, blank=True, help_text=_("Its Monday."))
    location = models.ForeignKey(
        Location, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("preferred office")
    )
    practitioner = models.ForeignKey(
        Practitioner, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("preferred provider")
    )
    insurance = models.CharField(_("insurance"), max_length=12, blank=True)
    scan = models.CharField(_("scan done"), max_length=6, choices=YesNo, blank=True)
    referral = models.CharField(_("referral"), max_length=6, choices=YesNo, blank=True)

    triage = models.CharField(_("triage"), max_length=7, choices=Triage, blank=True)
    see_by = models.DateField(_("see by"), null=True, blank=True, help_text=_("Of an urgent request."))

    decline_code = models.CharField(_("reason for declining"), max_length=14, choices=DeclineCode, blank=True)
    quiet_end = models.CharField(_("ended without a message"), max_length=8, choices=QuietEnd, blank=True)
    answer = models.TextField(_("message to the patient"), max_length=600, blank=True)
    offer_until = models.DateTimeField(_("offer ends"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("calls that did not reach the patient"), default=0)
    next_try_at = models.DateTimeField(_("next call"), null=True, blank=True)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("claimed by")
    )
    claimed_until = models.DateTimeField(null=True, blank=True)
    duplicate_of = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="duplicates")
    same_person_as = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("same person as"),
        help_text=_("The first of many open requests of this person. This one holds no time."),
    )  # fmt: skip
    origin = models.CharField(max_length=32, blank=True, help_text=_("A keyed hash of the network it was sent from."))
    replaces = models.ForeignKey(
        "booking.Appointment", models.PROTECT, null=True, blank=True, related_name="replaced_by_requests"
    )

    # The patient's answers: a request to reschedule copies or asks each of them. A test checks that none is missing.
    CARRIED_OVER = (
        "reason", "returning", "best_time", "never_days", "part_of_day", "location", "practitioner", "insurance",
        "scan", "referral", "helper_name", "helper_phone", "helper_phone_extension", "helper_phone_typed",
        "helper_relation", "may_speak_with_helper",
    )  # fmt: skip
    PAPERS = ("insurance", "scan", "referral")  # empty: not asked, which is not “not sure”
    ASKED_ANEW = ("note", "wants_call", "wanted_week", "from_version", "came_from")

    objects = AppointmentRequestQuerySet.as_manager()

    class Meta:
        ordering = ["respond_by", "pk"]
        verbose_name, verbose_name_plural = _("request"), _("requests")
        permissions = [(name, right.label) for name, right in RIGHTS.items()]
        indexes = [
            models.Index(fields=["status", "respond_by", "id"], name="booking_request_queue"),
            models.Index(fields=["respond_by"], condition=Q(triage="urgent"), name="booking_request_urgent"),
            models.Index(fields=["origin"], condition=~Q(origin=""), name="booking_request_origin"),
            models.Index(fields=["offer_until"], condition=Q(status="offered"), name="booking_request_offers"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="declined") | ~Q(decline_code=""), name="booking_request_declined_has_a_code"
            ),
            models.CheckConstraint(
                condition=~Q(status="offered") | Q(offer_until__isnull=False),
                name="booking_request_offered_until_a_time",
            ),
            models.CheckConstraint(
                condition=Q(see_by__isnull=True) | Q(triage="urgent"), name="booking_request_only_urgent_has_a_see_by"
            ),
        ]

    def __str__(self):
        return print_reference(self.reference)

    def get_came_from_display(self) -> str:
        return practice_info().links_from.get(self.came_from, self.came_from)

    def get_insurance_display(self) -> str:
        return str(funding.words_of(self.insurance)) if self.insurance else ""

    @property
    def access_keys(self) -> tuple[str, ...]:
        return f"r{self.pk}", f"p{self.patient_id}"

    @property
    def helper_phone_display(self) -> str:
        return display_phone(self.helper_phone, self.helper_phone_extension)

    @property
    def called_helper(self) -> str:
        """“Anna Demo, daughter”, if the number that we call is the helper's; empty if it is the patient's own."""
        own = (self.helper_phone, self.helper_phone_extension)
        if not self.helper_phone or self.patient.reach_by != Patient.ReachBy.PHONE:
            return ""
        if own != (self.patient.phone_number, self.patient.phone_extension):
            return ""
        return ", ".join(filter(None, (self.helper_name, self.helper_relation)))

    @property
    def helper_phone_remark(self) -> str:
        return beyond_number(self.helper_phone_typed)

    def needs_in_words(self):
        """As whoever asks says it."""
        words = Patient.NEEDS_BY_HELPER if self.helper_name else dict(Patient.Need.choices)
        return [words[need] for need in self.patient.needs if need in words]

    @property
    def helper_phone_url(self) -> str:
        return phone_url(self.helper_phone, self.helper_phone_extension) if self.helper_phone else ""

    @property
    def desk_id(self):
        """The office whose desk hours set the deadline: the preferred one, or None (the default desk) for a call."""
        return None if self.wants_call else self.location_id

    def wanted_type(self):
        """The appointment type to book, with the length of the appointment that it replaces. May query that
        appointment.
        """
        return self.appointment_type.lasting(self.replaces.minutes) if self.replaces_id else self.appointment_type

    def appointment_to_rebook(self):
        """The appointment that this request is to rebook, if we could not keep its time. May query it."""
        return self.replaces if self.replaces_id and self.replaces.needs_rebooking else None

    def is_claimed(self, now):
        """Whether the claim is still running."""
        return self.claimed_until is not None and self.claimed_until > now

    def is_claimed_by_another(self, user, now):
        return self.is_claimed(now) and (user is None or self.claimed_by_id != user.pk)


class RequestedTime(models.Model):
    """One of up to three open times that the patient chose, ranked by preference."""

    appointment_request = models.ForeignKey(AppointmentRequest, models.CASCADE, related_name="requested_times")
    rank = models.PositiveSmallIntegerField()
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="+")
    location = models.ForeignKey(Location, models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()

    class Meta:
        ordering = ["appointment_request", "rank"]
        constraints = [
            models.UniqueConstraint(fields=["appointment_request", "rank"], name="booking_requestedtime_one_per_rank"),
            models.CheckConstraint(condition=Q(rank__gte=1, rank__lte=3), name="booking_requestedtime_rank_1_to_3"),
        ]

    def __str__(self):
        return f"{self.rank}"


def is_silent(appointment_request: AppointmentRequest) -> bool:
    """Whether nobody may be written to about this request: it ended quietly, or its patient has died."""
    return any(SILENT(pk=appointment_request.pk, patient=appointment_request.patient_id))


def _silent() -> models.QuerySet:
    key = models.BigIntegerField()
    died = Q(patient=Param("patient", key), quiet_end=QuietEnd.DIED)
    rows = AppointmentRequest.objects.filter(Q(pk=Param("pk", key)) & ~Q(quiet_end="") | died)
    return rows.values_list("pk")[:1]


SILENT = CompiledQuery(_silent)
