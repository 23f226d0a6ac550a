"""How to reach people: phone numbers and email addresses, as they are typed."""

from clinic.contact.ask_once import AskOnce, AskOnceInput
from clinic.contact.email import EmailField
from clinic.contact.phone import PhoneField, PhoneInput
from clinic.contact.phone_number import Phone, abroad, extension_in, only_digits, without_extension, without_old_1

__all__ = [
    "AskOnce", "AskOnceInput", "EmailField", "Phone", "PhoneField", "PhoneInput", "abroad", "extension_in",
    "only_digits", "without_extension", "without_old_1",
]  # fmt: skip
