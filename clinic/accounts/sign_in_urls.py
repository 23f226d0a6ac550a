"""Of allauth's pages only these are routed, by the names that allauth looks up. There is no sign-up."""

from django.urls import path

from clinic.accounts import sign_in

urlpatterns = [
    path("login/", sign_in.sign_in, name="account_login"),
]
