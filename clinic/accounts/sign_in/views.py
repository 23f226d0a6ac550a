"""The first step of signing in: name and password. allauth decides what comes after it."""

from allauth.account.utils import perform_login
from django import forms
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import logout
from django.contrib.auth.forms import UsernameField
from django.contrib.auth.models import User
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from clinic.access_log import notes as access_log
from clinic.accounts.second_step import passkeys
from clinic.accounts.sign_in import attempts, single_sign_on, turns
from clinic.accounts.sign_in.adapter import landing_page, wanted_page
from clinic.forms import cleaning
from clinic.web.client_address import address_of


class SignInForm(AdminAuthenticationForm):
    username = cleaning(UsernameField)(
        widget=forms.TextInput(attrs={"autofocus": True, "autocapitalize": "none", "spellcheck": "false"})
    )

    def clean(self):
        if not {"username", "password"} <= self.cleaned_data.keys():
            return self.cleaned_data
        address = address_of(self.request)
        try:
            with turns.turn(address):
                return self.within_limits(attempts.Tries("password", self.cleaned_data["username"], address))
        except turns.Busy:
            raise forms.ValidationError(_("Many people are signing in. Try again in a few seconds.")) from None

    def within_limits(self, tries):
        """Ask for the limits before Django hashes the password."""
        wait = tries.wait(now=timezone.now())
        if wait:
            raise forms.ValidationError(attempts.too_often(wait))
        try:
            cleaned = super().clean()
        except forms.ValidationError:
            access_log.failed_sign_in(self.request, _key_of(tries.name))
            raise
        tries.succeeded(now=timezone.now())
        return cleaned


def _key_of(name):
    """The key of the user of that name. One query, whether there is one or not."""
    return User.objects.filter(username=name).values_list("pk", flat=True).first()


@sensitive_post_parameters()
@never_cache
def sign_in(request):
    if request.method != "POST" and admin.site.has_permission(request):
        return redirect("admin:index")
    form = SignInForm(request, data=request.POST if request.method == "POST" else None)
    wanted = wanted_page(request)
    if form.is_valid():
        return go_on(request, form.get_user(), wanted)
    shown = {"form": form, "next": wanted, "sso": single_sign_on.offered()}
    return render(request, "clinic/accounts/sign_in.html", shown | {"may_use_passkey": passkeys.can_be_used(request)})


def go_on(request, user, wanted=""):
    """The password was right: the second step, or in."""
    if request.user.is_authenticated:
        logout(request)
    return perform_login(request, user, redirect_url=landing_page(user, wanted))
