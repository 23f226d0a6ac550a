"""Email addresses."""

from django import forms

from booking.form_fields.text import Uncut


class EmailField(Uncut, forms.EmailField):
    pass
