"""A user's own pages: the app, the recovery codes and the passkeys. Changes ask for the password again."""

from allauth.account.views import ReauthenticateView
from allauth.mfa.base.views import IndexView
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView

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


class Codes(ViewRecoveryCodesView):
    template_name = "clinic/accounts/codes.html"


class NewCodes(GenerateRecoveryCodesView):
    template_name = "clinic/accounts/new_codes.html"
