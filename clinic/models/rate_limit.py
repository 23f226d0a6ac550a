from django.db import models


class RateLimitCounter(models.Model):
    """How often something happened under a hashed key until a time: see clinic.rate_limits."""

    key = models.CharField(max_length=80, primary_key=True)
    n = models.PositiveIntegerField(default=1)
    until = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name_plural = "tallies"

    def __str__(self):
        return self.key
