"""The page on which users change their own password, within the limits of the sign-in."""

from allauth.account.adapter import get_adapter
from django import forms
from django.contrib import admin
from django.contrib.admin.forms import AdminPasswordChangeForm
from django.contrib.auth.views import PasswordChangeView
from django.urls import reverse_lazy
from django.utils import timezone

from clinic.accounts import staff_mail
from clinic.models import StaffMessage


class OwnPasswordForm(AdminPasswordChangeForm):
    def clean_old_password(self):
        """Whoever finds a desk unattended cannot guess here more often than at the door."""
        old = self.cleaned_data["old_password"]
        if not get_adapter().reauthenticate(self.user, old):
            raise forms.ValidationError(self.error_messages["password_incorrect"], code="password_incorrect")
        return old


class OwnPasswordView(PasswordChangeView):
    form_class = OwnPasswordForm
    success_url = reverse_lazy("admin:password_change_done")

    def get_context_data(self, **kwargs):
        return admin.site.each_context(self.request) | super().get_context_data(**kwargs)

    def form_valid(self, form):
        staff_mail.queue(self.request.user, StaffMessage.Kind.CHANGED, now=timezone.now())
        return super().form_valid(form)
