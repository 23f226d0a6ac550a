"""Of allauth's pages only these are routed, by the names that allauth looks up. There is no sign-up."""

from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.urls import path, re_path

from clinic.accounts.own_password import OwnPasswordView
from clinic.accounts.second_step import my_pages, passkeys
from clinic.accounts.second_step import views as second_step
from clinic.accounts.sign_in import password_views, single_sign_on, views


def own(view_class):
    """A page of the user who is signed in."""
    return login_required(view_class.as_view())


urlpatterns = [
    path("login/", views.sign_in, name="account_login"),
    path("login/second-step/", second_step.SecondStepView.as_view(), name="mfa_authenticate"),
    path("login/set-up/", second_step.set_up, name="account_set_up"),
    path("login/recovery-codes/", second_step.first_codes, name="account_first_codes"),
    path("login/passkey/", passkeys.LoginView.as_view(), name="mfa_login_webauthn"),
    path("login/sso/<slug:provider_id>/", single_sign_on.start, name="openid_connect_login"),
    path("login/sso/<slug:provider_id>/callback/", single_sign_on.come_back, name="openid_connect_callback"),
    path("login/forgot/", password_views.forgotten, name="account_forgotten"),
    re_path(
        "^login/(?P<purpose>reset|invitation)/(?P<uidb64>[0-9A-Za-z_-]{1,40})/(?P<token>[0-9a-z-]{1,80})/$",
        password_views.NewPasswordView.as_view(),
        name="account_new_password",
    ),
    path("password_change/", admin.site.admin_view(OwnPasswordView.as_view())),  # the admin has the name of it
    path("account/second-step/", own(my_pages.Index), name="mfa_index"),
    path("account/password/", own(my_pages.ConfirmPassword), name="account_reauthenticate"),
    path("account/app/", own(my_pages.AddApp), name="mfa_activate_totp"),
    path("account/app/remove/", own(my_pages.RemoveApp), name="mfa_deactivate_totp"),
    path("account/codes/", own(my_pages.Codes), name="mfa_view_recovery_codes"),
    path("account/codes/new/", own(my_pages.NewCodes), name="mfa_generate_recovery_codes"),
    path("account/passkeys/add/", own(passkeys.AddView), name="mfa_add_webauthn"),
    path("account/passkeys/<int:pk>/remove/", own(passkeys.RemoveView), name="mfa_remove_webauthn"),
]
