from django.db import models


class Backup(models.Model):
    """When the newest backup was made: one row, written by clinic.database.backups."""

    made_at = models.DateTimeField()

    def __str__(self):
        return str(self.made_at)
