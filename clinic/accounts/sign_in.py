"""The first step of signing in: name and password. allauth decides what comes after it."""

from allauth.account.utils import perform_login
from django import forms
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import logout
from django.contrib.auth.forms import UsernameField
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from clinic.accounts.adapter import landing_page, wanted_page
from clinic.forms import cleaning


class SignInForm(AdminAuthenticationForm):
    username = cleaning(UsernameField)(
        widget=forms.TextInput(attrs={"autofocus": True, "autocapitalize": "none", "spellcheck": "false"})
    )


@sensitive_post_parameters()
@never_cache
def sign_in(request):
    if request.method != "POST" and admin.site.has_permission(request):
        return redirect("admin:index")
    form = SignInForm(request, data=request.POST if request.method == "POST" else None)
    wanted = wanted_page(request)
    if form.is_valid():
        return go_on(request, form.get_user(), wanted)
    return render(request, "clinic/accounts/sign_in.html", {"form": form, "next": wanted})


def go_on(request, user, wanted=""):
    """The password was right: the second step, or in."""
    if request.user.is_authenticated:
        logout(request)
    return perform_login(request, user, redirect_url=landing_page(user, wanted))
