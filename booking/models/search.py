from django.db import models

from booking.models.patient import Patient


class SearchKey(models.Model):
    """One key to find a patient by: part of the name, or the phone number reversed. See booking.models.search_keys.

    Bytes, not text: they sort the same in every database and locale, so a plain index supports prefix searches.
    """

    patient = models.ForeignKey(Patient, models.CASCADE, db_index=False, related_name="search_keys")
    key = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["key", "-patient"], name="booking_searchkey_beginning")]
        constraints = [models.UniqueConstraint(fields=["patient", "key"], name="booking_searchkey_once")]

    def __str__(self):
        return f"Key {self.pk}"


class SearchWord(models.Model):
    """A word of anyone's name, with one of its endings: for near matches. It says nothing of whose name it is."""

    ending = models.BinaryField()
    word = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ending", "word"], name="booking_searchword_once")]

    def __str__(self):
        return f"Word {self.pk}"
