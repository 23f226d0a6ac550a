from django.conf import settings
from django.db import models


class ClerkSetting(models.Model):
    """A user's preferences at the desk. Without a row the defaults apply."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="clerk_setting"
    )
    shortcut_keys = models.BooleanField(default=True)

    def __str__(self):
        return f"Setting {self.pk}"
