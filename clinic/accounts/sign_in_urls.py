"""Of allauth's pages only these are routed, by the names that allauth looks up. There is no sign-up."""

from django.urls import path

from clinic.accounts import second_step_views, sign_in

urlpatterns = [
    path("login/", sign_in.sign_in, name="account_login"),
    path("login/second-step/", second_step_views.SecondStepView.as_view(), name="mfa_authenticate"),
    path("login/set-up/", second_step_views.set_up, name="account_set_up"),
    path("login/recovery-codes/", second_step_views.first_codes, name="account_first_codes"),
]
