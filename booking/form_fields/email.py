"""Email addresses."""

from booking.form_fields.text import Uncut
from clinic.contact import EmailField as AnyEmailField


class EmailField(Uncut, AnyEmailField):
    pass
