"""A forgotten password, and the first one: by a link that we mail, so that no manager knows a password."""

import time
from datetime import timedelta

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.contrib.auth.views import INTERNAL_RESET_SESSION_TOKEN, PasswordResetConfirmView
from django.db.models import Q
from django.shortcuts import render
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic import rate_limits
from clinic.accounts import staff_mail
from clinic.accounts.sign_in import single_sign_on
from clinic.accounts.sign_in.password_links import TOKENS
from clinic.forms import cleaning
from clinic.models import StaffMessage
from clinic.web import errors
from clinic.web.client_address import address_of

SAME_TIME = 0.3  # seconds until the page answers, so that timing does not reveal a user
QUARTER, HOUR = timedelta(minutes=15), timedelta(hours=1)


class ForgottenForm(forms.Form):
    who = cleaning(forms.CharField)(label=gettext_lazy("Username or email"), max_length=254)
    who.widget.attrs.update(autocomplete="username", autocapitalize="none", spellcheck="false", autofocus=True)


def forgotten(request):
    """Mail a link to those who have that name or address. The page says the same if nobody has."""
    began, now = time.monotonic(), timezone.now()
    form = ForgottenForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render(request, "clinic/accounts/forgotten.html", {"form": form})
    who = f"forgotten password from {address_of(request)}"
    limit = rate_limits.RateLimit(who, settings.PASSWORD_MAILS_PER_ADDRESS, QUARTER)
    if wait := rate_limits.hit_all([limit], now=now):
        return errors.too_many(request, wait)
    for user in users_called(form.cleaned_data["who"]):
        key, most = f"forgotten password of {user.pk}", settings.PASSWORD_MAILS_PER_USER
        if rate_limits.hit(key, limit=most, window=HOUR, now=now):
            staff_mail.queue(user, StaffMessage.Kind.RESET, now=now)
    time.sleep(max(0, began + SAME_TIME - time.monotonic()))
    return render(request, "clinic/accounts/forgotten_sent.html")


def users_called(name):
    """Who has a password: others are invited, or sign in elsewhere."""
    called = Q(username__iexact=name) | Q(email__iexact=name)
    staff = User.objects.filter(called, is_active=True, is_staff=True)
    return [user for user in staff if user.email and user.has_usable_password()]


class NewPasswordView(PasswordResetConfirmView):
    """Django moves the token from the address into the session, so that no log and no next page gets it."""

    template_name = "clinic/accounts/new_password.html"
    success_url = reverse_lazy("account_login")

    def dispatch(self, *args, **kwargs):
        self.token_generator = TOKENS[kwargs["purpose"]]
        return super().dispatch(*args, **kwargs)

    def get_user(self, uidb64):
        """Nobody who has left: should they come back, no password of theirs is waiting."""
        user = super().get_user(uidb64)
        return user if user and user.is_active and user.is_staff else None

    def get_context_data(self, **kwargs):
        """An invited user may instead come from the practice's single sign-on, and then needs no password."""
        shown = super().get_context_data(**kwargs)
        if self.validlink and self.kwargs["purpose"] == StaffMessage.Kind.INVITATION:
            token = self.request.session[INTERNAL_RESET_SESSION_TOKEN]
            single_sign_on.remember(self.request.session, self.user, token)
            shown["sso"] = single_sign_on.offered()
        return shown

    def form_valid(self, form):
        response = super().form_valid(form)
        staff_mail.queue(self.user, StaffMessage.Kind.CHANGED, now=timezone.now())
        messages.success(self.request, _("Your new password is saved. Sign in with it."))
        return response
