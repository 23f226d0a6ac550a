"""Single sign-on by OpenID Connect. An account of the provider belongs to the user who was invited with it, by issuer
and subject: never by an email address, which its owner may be able to change there.
"""

import logging
import time

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.openid_connect import views
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from requests import RequestException

from clinic.accounts.sign_in import attempts
from clinic.accounts.sign_in.password_links import TOKENS
from clinic.models import StaffMessage

log = logging.getLogger(__name__)
INVITED = "invited"  # session key: user and token of the invitation that is open in this browser, and since when
OPEN_FOR = 15 * 60  # seconds; a desk computer has several users


def offered() -> dict[str, str] | None:
    """The name of the provider and where to start, if there is one."""
    if not settings.OIDC_ISSUER:
        return None
    start = reverse("openid_connect_login", args=[settings.OIDC_PROVIDER_ID])
    return {"name": settings.OIDC_NAME, "start": start}


def start(request, provider_id):
    """By a link, not a form: our policy lets no form lead to another site. Only signs in, never links."""
    if request.method != "GET" or request.GET.keys() - {"next"}:
        raise Http404
    return _ask(views.login, request, provider_id)


def come_back(request, provider_id):
    return _ask(views.callback, request, provider_id)


def _ask(view, request, provider_id):
    try:
        return view(request, provider_id)
    except (RequestException, ValueError, KeyError) as error:
        log.warning("the provider of the single sign-on did not answer: %s", type(error).__name__)
        refuse(request, _("Single sign-on is not responding. Try again in a few minutes."))


def remember(session, user, token) -> None:
    """An invitation is open in this browser: the next account from the provider is this user's."""
    session[INVITED] = [user.pk, token, time.time()]


def invited_user(session) -> User | None:
    """Checked again: the invitation may have been used or become too old meanwhile."""
    pk, token, since = session.get(INVITED) or (None, "", 0)
    is_open = time.time() - since < OPEN_FOR
    user = User.objects.filter(pk=pk, is_active=True, is_staff=True).first() if is_open else None
    is_free = user and not user.has_usable_password() and not SocialAccount.objects.filter(user=user).exists()
    return user if is_free and TOKENS[StaffMessage.Kind.INVITATION].check_token(user, token) else None


class SingleSignOnAdapter(DefaultSocialAccountAdapter):
    def is_open_for_signup(self, request, sociallogin):
        return False

    def pre_social_login(self, request, sociallogin):
        if not _is_of_our_tenant(sociallogin.account.extra_data.get("id_token", {})):
            refuse(request, _("That account does not belong to this practice."))
        if sociallogin.is_existing:
            return
        user = invited_user(request.session)
        if user is None:
            why = _("No one has been invited with that account. Open the link in your invitation, or ask your manager.")
            refuse(request, why)
        sociallogin.connect(request, user)

    def on_authentication_error(self, request, provider, error=None, exception=None, extra_context=None):
        refuse(request, _("You were not signed in. Try again."))


def _is_of_our_tenant(claims: dict) -> bool:
    """Google is one issuer for everybody: there the domain tells whose account it is."""
    domain = settings.OIDC_HOSTED_DOMAIN
    return claims.get("iss") == settings.OIDC_ISSUER and (not domain or claims.get("hd") == domain)


def refuse(request, why):
    attempts.failed_without_name(request, now=timezone.now())
    messages.error(request, why)
    raise ImmediateHttpResponse(redirect("account_login"))
