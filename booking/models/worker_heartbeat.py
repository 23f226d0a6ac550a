from django.db import models


class WorkerHeartbeat(models.Model):
    """When a worker was last seen: one row."""

    seen_at = models.DateTimeField()

    def __str__(self):
        return str(self.seen_at)
