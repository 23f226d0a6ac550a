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


class RoleChange(models.Model):
    """History of roles: who gave or took away which, and when. The desk leads are told by email."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("user"))
    role = models.CharField(_("role"), max_length=150)
    is_given = models.BooleanField(_("given"), help_text=_("Otherwise it was taken away."))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("when"))

    class Meta:
        ordering = ["-pk"]
        verbose_name, verbose_name_plural = _("change of a role"), _("changes of roles")

    def __str__(self):
        words = (
            _("%(by)s gave %(user)s the role %(role)s")
            if self.is_given
            else _("%(by)s took the role %(role)s from %(user)s")
        )
        return words % {"by": name_of(self.by), "user": name_of(self.user), "role": self.role}


def name_of(user) -> str:
    return user.get_full_name() or user.get_username()
