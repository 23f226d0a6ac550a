from django.db import models


class Outgoing(models.Model):
    """A row of an outbox: when it is sent, and how that went."""

    due_at = models.DateTimeField(help_text="When to send; while it is being sent, when its lease ends.")
    attempts = models.PositiveSmallIntegerField(default=0)
    failure = models.CharField(max_length=40, blank=True, help_text="The kind of error, no address and no text.")
    sent_at = models.DateTimeField(null=True, blank=True)
    sent_copy = models.TextField(blank=True)

    class Meta:
        abstract = True
        ordering = ["due_at", "pk"]

    def __str__(self):
        return f"{self.kind} {self.pk}"
