"""Form fields for personal data: they accept many formats and return one."""

from booking.form_fields.birth_date import BirthDateField
from booking.form_fields.email import EmailField
from booking.form_fields.phone import PhoneField
from booking.form_fields.text import NameField, TextField

__all__ = ["BirthDateField", "EmailField", "NameField", "PhoneField", "TextField"]
