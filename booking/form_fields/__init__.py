"""Form fields for personal data: they accept many formats and return one."""

from booking.form_fields.birth_date import OLDEST, YEAR, BirthDateField, OneLineBirthDateField, age_today
from booking.form_fields.email import EmailField
from booking.form_fields.text import NameField, TextField
from clinic.contact import Phone, PhoneField, PhoneInput

__all__ = [
    "OLDEST", "YEAR", "BirthDateField", "EmailField", "NameField", "OneLineBirthDateField", "Phone", "PhoneField",
    "PhoneInput", "TextField", "age_today",
]  # fmt: skip
