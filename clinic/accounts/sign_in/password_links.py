"""The links by which staff choose a password: signed, in no table, and of no use once a password is chosen."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import base36_to_int, urlsafe_base64_encode

from clinic.models import StaffMessage


class Tokens(PasswordResetTokenGenerator):
    """Django's tokens, for one purpose and with a time limit of its own."""

    def __init__(self, purpose, lasts):
        super().__init__()
        self.key_salt = f"clinic.accounts.sign_in.password_links.{purpose}"
        self.lasts = lasts

    def check_token(self, user, token):
        return super().check_token(user, token) and self._age_of(token) <= self.lasts()

    def _age_of(self, token):
        return timedelta(seconds=self._num_seconds(self._now()) - base36_to_int(token.partition("-")[0]))


TOKENS = {
    StaffMessage.Kind.RESET: Tokens("reset", lambda: timedelta(minutes=settings.PASSWORD_LINK_MINUTES)),
    StaffMessage.Kind.INVITATION: Tokens("invitation", lambda: timedelta(days=settings.INVITATION_DAYS)),
}


def absolute(user: User, purpose: str) -> str:
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    token = TOKENS[purpose].make_token(user)
    return settings.SITE_URL + reverse("account_new_password", args=[purpose, uid, token])
