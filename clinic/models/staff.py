from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class StaffAccount(models.Model):
    """What we keep about a user beside Django's own row. Without a row the defaults apply."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="staff_account"
    )
    sign_outs = models.PositiveIntegerField(default=0, help_text="How often all sessions of this user were ended.")

    def __str__(self):
        return f"Account {self.pk}"


class AccountChange(models.Model):
    """History of what lets people act, or act as somebody else. The desk leads and managers are told of it by email."""

    class Kind(models.TextChoices):
        GIVEN = "given", _("role given")
        TAKEN = "taken", _("role taken away")
        PASSWORD = "password", _("new password")
        EMAIL = "email", _("email changed")

    SENTENCES = {
        Kind.GIVEN: _("%(by)s gave %(user)s the role %(role)s"),
        Kind.TAKEN: _("%(by)s took the role %(role)s from %(user)s"),
        Kind.PASSWORD: _("%(by)s set a new password for %(user)s"),
        Kind.EMAIL: _("%(by)s changed the email address of %(user)s"),
    }

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("user"))
    kind = models.CharField(_("change"), max_length=8, choices=Kind)
    role = models.CharField(_("role"), max_length=150, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("when"))

    class Meta:
        ordering = ["-pk"]
        verbose_name, verbose_name_plural = _("account change"), _("account changes")

    def __str__(self):
        return self.SENTENCES[self.kind] % {"by": name_of(self.by), "user": name_of(self.user), "role": self.role}


def name_of(user) -> str:
    return user.get_full_name() or user.get_username()
