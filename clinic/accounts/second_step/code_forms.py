"""Forms for a code of the second step. Tries are counted and a code works once, in all processes."""

from datetime import timedelta

from allauth.core import context
from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.totp.internal.auth import validate_totp_code
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic import rate_limits
from clinic.accounts.second_step import adapter, setup_key
from clinic.accounts.sign_in import attempts
from clinic.forms import cleaning
from clinic.web.client_address import address_of

LIFE = timedelta(seconds=app_settings.TOTP_PERIOD * (2 * app_settings.TOTP_TOLERANCE + 1))


def code_field(**attributes):
    widget = forms.TextInput(
        attrs={
            "class": "code-box", "inputmode": "numeric", "autocomplete": "one-time-code",
            "spellcheck": "false", **attributes,
        }
    )  # fmt: skip
    return cleaning(forms.CharField)(label=_("6-digit code"), widget=widget, max_length=40)


class Counted:
    """Mixin: the limits of the password hold for the code too, and a code that was taken is taken."""

    def clean_code(self):
        tries = attempts.Tries("code", self.user.get_username(), address_of(context.request))
        wait = tries.wait(now=timezone.now())
        if wait:
            raise forms.ValidationError(attempts.too_often(wait))
        code = "".join(self.cleaned_data["code"].split())
        self.check_code(code)
        if not rate_limits.hit(f"code {code} of {self.user.pk}", limit=1, window=LIFE, now=timezone.now()):
            raise get_adapter().validation_error("incorrect_code")
        tries.succeeded(now=timezone.now())
        return code


class SecondStepForm(Counted, AuthenticateForm):
    """A code of the app, or a recovery code."""

    code = code_field(autofocus=True)
    trust = forms.BooleanField(required=False)

    def check_code(self, code):
        self.cleaned_data["code"] = code
        super(Counted, self).clean_code()

    def save(self):
        adapter.renew(self.authenticator)
        super().save()


class SetUpForm(Counted, forms.Form):
    """The first code of a new app. Its key stays the same for the session: a page that is reloaded shows it again."""

    code = code_field()

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user, self.secret = user, setup_key.kept_in(context.request.session)

    def check_code(self, code):
        if not validate_totp_code(self.secret, code):
            raise get_adapter().validation_error("incorrect_code")
