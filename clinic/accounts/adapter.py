"""What allauth asks us about sign-in: nobody signs up, nothing is announced, what comes when, where a user lands."""

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request):
        return False

    def get_login_stages(self):
        """The question whether to trust this computer is on the page of the code."""
        return ["allauth.mfa.stages.AuthenticateStage", "clinic.accounts.second_step.SetUpStage"]

    def add_message(self, *args, **kwargs):
        """Say nothing: our pages show what happened."""

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
        return f"{reverse('desk:today')}?with={own.slug}"
    return wanted or start
