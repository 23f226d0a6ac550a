from django.db import models

from booking.models.patient import Patient


class SearchKey(models.Model):
    """One key to find a patient by: a word of the name, or the phone number reversed. See booking.desk.patients.search.

    Bytes, not text: they sort the same in every database and locale, so a plain index supports prefix searches.
    """

    patient = models.ForeignKey(Patient, models.CASCADE, db_index=False, related_name="search_keys")
    key = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["key", "-patient"], name="booking_searchkey_beginning")]
        constraints = [models.UniqueConstraint(fields=["patient", "key"], name="booking_searchkey_once")]

    def __str__(self):
        return f"Key {self.pk}"
