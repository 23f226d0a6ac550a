"""What allauth asks us about sign-in: nobody signs up, nothing is announced, what comes when, where a user lands."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import clear_login
from allauth.core import context
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from clinic.accounts import staff_mail
from clinic.accounts.sign_in import attempts
from clinic.models import StaffMessage
from clinic.web.client_address import address_of


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request):
        return False

    def get_login_stages(self):
        """The question whether to trust this computer is on the page of the code."""
        return [f"clinic.accounts.second_step.requirement.{stage}" for stage in ("CodeStage", "SetUpStage")]

    def add_message(self, request, level, *args, **kwargs):
        """Only what went wrong: our pages show what went well."""
        if level >= messages.ERROR:
            super().add_message(request, level, *args, **kwargs)

    def pre_login(self, request, user, **kwargs):
        if user.is_active and user.is_staff:
            return None
        clear_login(request)
        return redirect("account_login")

    def send_notification_mail(self, template_prefix, user, *args, **kwargs):
        staff_mail.queue(user, StaffMessage.Kind.CHANGED, now=timezone.now())

    def get_reauthentication_methods(self, user):
        """Whoever changes how they sign in types the password again. Who has none signs in elsewhere."""
        if not user.has_usable_password():
            return []
        return [{"id": "reauthenticate", "description": "", "url": reverse("account_reauthenticate")}]

    def reauthenticate(self, user, password):
        tries = attempts.Tries("password", user.get_username(), address_of(context.request))
        if wait := tries.wait(now=timezone.now()):
            raise ValidationError(attempts.too_often(wait))
        is_right = user.check_password(password)
        if is_right:
            tries.succeeded(now=timezone.now())
        return is_right

    def get_login_redirect_url(self, request):
        return landing_page(request.user)


def wanted_page(request) -> str:
    """The page that the visitor asked for before the sign-in; empty if none, or if it is not ours."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours else ""


def landing_page(user: User, wanted: str = "") -> str:
    """A provider who asked for no page lands on her own day."""
    start = reverse("admin:index")
    own = getattr(user, "practitioner", None)
    if own and wanted in ("", start):
        return reverse("desk:my_day")
    return wanted or start
