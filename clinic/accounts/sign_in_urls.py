"""Of allauth's pages only these are routed, by the names that allauth looks up. There is no sign-up."""

from django.contrib.auth.decorators import login_required
from django.urls import path

from clinic.accounts import my_second_step, passkeys, second_step_views, sign_in


def own(view_class):
    """A page of the user who is signed in."""
    return login_required(view_class.as_view())


urlpatterns = [
    path("login/", sign_in.sign_in, name="account_login"),
    path("login/second-step/", second_step_views.SecondStepView.as_view(), name="mfa_authenticate"),
    path("login/set-up/", second_step_views.set_up, name="account_set_up"),
    path("login/recovery-codes/", second_step_views.first_codes, name="account_first_codes"),
    path("login/passkey/", passkeys.LoginView.as_view(), name="mfa_login_webauthn"),
    path("account/second-step/", own(my_second_step.Index), name="mfa_index"),
    path("account/password/", own(my_second_step.ConfirmPassword), name="account_reauthenticate"),
    path("account/app/", own(my_second_step.AddApp), name="mfa_activate_totp"),
    path("account/app/remove/", own(my_second_step.RemoveApp), name="mfa_deactivate_totp"),
    path("account/codes/", own(my_second_step.Codes), name="mfa_view_recovery_codes"),
    path("account/codes/new/", own(my_second_step.NewCodes), name="mfa_generate_recovery_codes"),
    path("account/passkeys/add/", own(passkeys.AddView), name="mfa_add_webauthn"),
    path("account/passkeys/<int:pk>/remove/", own(passkeys.RemoveView), name="mfa_remove_webauthn"),
]
