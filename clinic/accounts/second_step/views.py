"""The pages between the password and the desk: the code, or how to get one. Nobody is signed in on them yet."""

from allauth.account.internal.decorators import login_stage_required
from allauth.account.internal.stagekit import clear_login, stash_login
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.internal.flows.trust import trust_browser
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, clear_totp_secret
from django.conf import settings
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clinic.access_log import notes as access_log
from clinic.accounts import staff_mail
from clinic.accounts.second_step import passkeys, requirement, setup_key
from clinic.accounts.second_step.code_forms import SetUpForm
from clinic.models import StaffMessage

SHOWN = "codes_shown"  # of the login that made them, and of no other


class SecondStepView(AuthenticateView):
    template_name = "clinic/accounts/second_step.html"

    def form_valid(self, form):
        user, response = self.stage.login.user, super().form_valid(form)
        if form.cleaned_data.get("trust"):
            trust_browser(self.request, user, response)
        return response

    def form_invalid(self, form):
        access_log.failed_sign_in(self.request, self.stage.login.user.pk)
        return super().form_invalid(form)

    def get_context_data(self, **kwargs):
        shown = super().get_context_data(**kwargs)
        user = self.stage.login.user
        passkey = passkeys.options(shown["js_data"]["request_options"]) if passkeys.has_any(self.request, user) else ""
        more = {"trust_hours": settings.SECOND_FACTOR_TRUST_HOURS, "has_codes": requirement.has_codes(user)}
        return shown | more | {"who": user.get_username(), "passkey": passkey}


def in_set_up(view):
    """The view gets the stage of a login that has to set up its second step."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @login_stage_required(stage=requirement.SetUpStage.key, redirect_urlname="account_login")
    def entered(request):
        return view(request, request._login_stage)

    return entered


@in_set_up
def set_up(request, stage):
    user = stage.login.user
    if stage.state.get(SHOWN):
        return redirect("account_first_codes")
    if requirement.is_set_up(user):  # in another window: from now on this login has to prove it
        return start_again(request)
    form = SetUpForm(request.POST if request.method == "POST" else None, user=user)
    if not form.is_valid():
        return render(request, "clinic/accounts/set_up.html", {"form": form} | setup_key.shown(user, form.secret))
    if not activate(user, form.secret):
        return start_again(request)
    clear_totp_secret(request)
    stage.state[SHOWN] = True
    stash_login(request, stage.login)
    return redirect("account_first_codes")


@transaction.atomic
def activate(user, secret):
    """Store the key and make recovery codes, unless another login was faster."""
    type(user).objects.select_for_update().get(pk=user.pk)
    if requirement.is_set_up(user):
        return False
    TOTP.activate(user, secret)
    Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).delete()
    RecoveryCodes.activate(user)
    staff_mail.queue(user, StaffMessage.Kind.CHANGED, now=timezone.now())
    return True


def start_again(request):
    clear_login(request)
    return redirect("account_login")


@in_set_up
def first_codes(request, stage):
    """Show the recovery codes once. Going on signs the user in."""
    if not stage.state.get(SHOWN):
        return redirect("account_set_up")
    if request.method == "POST":
        return stage.exit()
    codes = Authenticator.objects.get(user=stage.login.user, type=Authenticator.Type.RECOVERY_CODES)
    return render(request, "clinic/accounts/first_codes.html", {"codes": codes.wrap().get_unused_codes()})
