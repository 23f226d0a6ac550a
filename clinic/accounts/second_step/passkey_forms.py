"""allauth's forms for passkeys, which take what a browser never sends as an invalid credential and not as our error."""

import struct

from allauth.mfa.webauthn.forms import AddWebAuthnForm, AuthenticateWebAuthnForm, LoginWebAuthnForm
from cryptography.exceptions import InvalidSignature
from django import forms
from django.utils.translation import gettext as _

from clinic.forms import cleaning

MALFORMED = (LookupError, TypeError, ValueError, AttributeError, RecursionError, struct.error, InvalidSignature)


class Guarded:
    def full_clean(self):
        try:
            super().full_clean()
        except MALFORMED:
            self.cleaned_data = {}
            self.add_error("credential", _("That passkey is not yours. Try again."))


class AddForm(Guarded, AddWebAuthnForm):
    """Name and credential of a new passkey."""

    name = cleaning(forms.CharField)(required=False)


class SecondStepForm(Guarded, AuthenticateWebAuthnForm):
    """The passkey of the user who gave the password."""


class LoginForm(Guarded, LoginWebAuthnForm):
    """The passkey of any user."""
