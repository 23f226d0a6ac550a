"""Passkeys and security keys. Browsers bind them to a host name, so a site at a bare IP address has none."""

import json
from ipaddress import ip_address

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from allauth.mfa.webauthn.views import AddWebAuthnView, LoginWebAuthnView, RemoveWebAuthnView
from django.http import Http404
from django.urls import reverse_lazy
from django.utils import timezone

from clinic.accounts.sign_in import attempts


def can_be_used(request) -> bool:
    host = request.get_host()
    name = host.partition("]")[0].lstrip("[") if host.startswith("[") else host.partition(":")[0]
    try:
        ip_address(name)
    except ValueError:
        return True
    return False


def has_any(request, user) -> bool:
    return can_be_used(request) and Authenticator.objects.filter(user=user, type="webauthn").exists()


def options(given: dict) -> str:
    """What the page's script hands to the browser."""
    return json.dumps(given["publicKey"])


class NeedsHostName:
    def dispatch(self, request, *args, **kwargs):
        if not can_be_used(request):
            raise Http404
        return super().dispatch(request, *args, **kwargs)


class AddView(NeedsHostName, AddWebAuthnView):
    template_name = "clinic/accounts/add_passkey.html"

    def get_context_data(self, **kwargs):
        shown = super().get_context_data(**kwargs)
        # Not the options of the parent: a key that does not ask who holds it cannot replace the password.
        return shown | {"passkey": options(auth.begin_registration(self.request.user, passwordless=True))}


class RemoveView(RemoveWebAuthnView):
    template_name = "clinic/accounts/remove_passkey.html"
    success_url = reverse_lazy("mfa_index")

    def form_valid(self, form):
        if not get_adapter().can_delete_authenticator(self.object):
            return self.render_to_response(self.get_context_data(must_stay=True))
        return super().form_valid(form)


class LoginView(NeedsHostName, LoginWebAuthnView):
    """Sign in with a passkey alone: it has asked for a finger, a face or a PIN."""

    def form_invalid(self, form):
        attempts.failed_without_name(self.request, now=timezone.now())
        return super().form_invalid(form)
