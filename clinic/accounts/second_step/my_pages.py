"""A user's own pages: the app, the recovery codes and the passkeys. Changes ask for the password again."""

from allauth.account.decorators import reauthentication_required
from allauth.account.views import ReauthenticateView
from allauth.mfa.base.views import IndexView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from django.shortcuts import get_object_or_404
from django.utils.decorators import method_decorator
from django.views.generic import TemplateView

from clinic.accounts.second_step import passkeys, setup_key


class Index(IndexView):
    template_name = "clinic/accounts/my_second_step.html"

    def get_context_data(self, **kwargs):
        has_password = self.request.user.has_usable_password()
        more = {"may_add_passkey": passkeys.can_be_used(self.request), "has_password": has_password}
        return super().get_context_data(**kwargs) | more


class ConfirmPassword(ReauthenticateView):
    template_name = "clinic/accounts/confirm_password.html"


class AddApp(ActivateTOTPView):
    template_name = "clinic/accounts/add_app.html"

    def get_context_data(self, **kwargs):
        shown = super().get_context_data(**kwargs)
        return shown | setup_key.shown(self.request.user, shown["form"].secret)


class RemoveApp(DeactivateTOTPView):
    template_name = "clinic/accounts/remove_app.html"


@method_decorator(reauthentication_required(app="allauth.mfa"), name="dispatch")
class Codes(TemplateView):
    """Not allauth's view, which stores that somebody has looked."""

    template_name = "clinic/accounts/codes.html"

    def get_context_data(self, **kwargs):
        kept = get_object_or_404(Authenticator, user=self.request.user, type=Authenticator.Type.RECOVERY_CODES)
        return super().get_context_data(**kwargs) | {"codes": kept.wrap().get_unused_codes()}


class NewCodes(GenerateRecoveryCodesView):
    template_name = "clinic/accounts/new_codes.html"
