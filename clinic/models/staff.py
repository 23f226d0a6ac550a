from django.conf import settings
from django.db import models


class StaffAccount(models.Model):
    """What we keep about a user beside Django's own row. Without a row the defaults apply."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="staff_account"
    )
    sign_outs = models.PositiveIntegerField(default=0, help_text="How often all sessions of this user were ended.")

    def __str__(self):
        return f"Account {self.pk}"
