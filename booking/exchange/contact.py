"""Ways to reach a patient as a file has them; empty if they cannot be read."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from clinic.contact.phone_number import Phone, UnreadablePhone, read_phone

LONGEST_EMAIL = 254


def phone_of(text: str) -> Phone:
    try:
        return read_phone(text) if text else Phone()
    except UnreadablePhone:
        return Phone()


def email_of(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError:
        return ""
    return text[:LONGEST_EMAIL]
