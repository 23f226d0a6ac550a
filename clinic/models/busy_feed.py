"""The address of a provider's other calendar. Its busy times are rows of ScheduleException."""

from urllib.parse import urlsplit

from cryptography.fernet import InvalidToken
from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.database.encrypted import cipher
from clinic.models.practice import Practitioner

PURPOSE = "clinic.models.busy_feed"


class BusyFeed(models.Model):
    """`sealed`: the address, encrypted: whoever has it can read the calendar. `clashes`: held and booked appointments
    over which a busy time lies, each as its key and its start.
    """

    class Failure(models.TextChoices):
        ADDRESS = "address", _("the address leads to no public site with https")
        UNREACHABLE = "unreachable", _("the site does not answer, or its certificate is not valid")
        SLOW = "slow", _("the site takes longer than 10 seconds")
        LARGE = "large", _("the calendar is larger than 2 MB")
        REFUSED = "refused", _("the site refuses the address: it may have been changed or turned off")
        BROKEN = "broken", _("the site answers with an error")
        NO_CALENDAR = "no_calendar", _("what the site sends is no calendar that we can read")

    practitioner = models.OneToOneField(Practitioner, models.CASCADE, related_name="busy_feed")
    sealed = models.TextField()
    etag = models.CharField(max_length=200, blank=True)
    last_modified = models.CharField(max_length=80, blank=True)
    digest = models.CharField(max_length=64, blank=True, help_text="Of what was read last.")
    tried_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(max_length=12, choices=Failure, blank=True)
    unread = models.PositiveIntegerField(default=0, help_text="Events that could not be read.")
    clashes = models.JSONField(default=list, blank=True)

    def __str__(self):
        return f"Feed {self.pk}"

    @property
    def address(self) -> str:
        """Empty if it was encrypted with a key that is gone."""
        try:
            return cipher(PURPOSE).decrypt(self.sealed.encode()).decode()
        except InvalidToken:
            return ""

    @property
    def masked(self) -> str:
        """The site alone: what follows is the secret."""
        site = urlsplit(self.address).hostname
        return f"https://{site}/…" if site else "…"


def seal(address: str) -> str:
    return cipher(PURPOSE).encrypt(address.encode()).decode()
