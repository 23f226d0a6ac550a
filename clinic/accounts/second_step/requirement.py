"""Who needs a second step, and its place between the password and the desk."""

from collections.abc import Iterable

from allauth.account.models import Login
from allauth.account.stages import LoginStage
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.models import User
from django.shortcuts import redirect

TYPES = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def is_required(user: User) -> bool:
    """Everybody, but for users who have only roles that a setting exempts."""
    if not settings.REQUIRE_SECOND_FACTOR or user.is_superuser:
        return settings.REQUIRE_SECOND_FACTOR
    return need_it(set(user.groups.values_list("name", flat=True)))


def need_it(roles: set[str]) -> bool:
    return not roles or not roles <= set(settings.SECOND_FACTOR_EXEMPT_ROLES)


def is_set_up(user: User) -> bool:
    return is_mfa_enabled(user, TYPES)


def lacking(users: Iterable[User]) -> list[User]:
    """Those of these users, with their groups, who need a second step and have none. One query."""
    having = set(Authenticator.objects.filter(type__in=TYPES).values_list("user_id", flat=True))
    return [user for user in users if user.pk not in having and _needs_it(user)]


def _needs_it(user: User) -> bool:
    roles = {group.name for group in user.groups.all()}
    return settings.REQUIRE_SECOND_FACTOR and (user.is_superuser or need_it(roles))


def has_codes(user: User) -> bool:
    """Whether there is an app or a recovery code to type, and not only a passkey."""
    return is_mfa_enabled(user, (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES))


def is_vouched_for(login: Login) -> bool:
    """Whether the provider of the single sign-on has asked for everything, the second step too."""
    return "sociallogin" in (login.signal_kwargs or {})


class CodeStage(AuthenticateStage):
    def _should_handle(self, request):
        return not is_vouched_for(self.login) and super()._should_handle(request)


class SetUpStage(LoginStage):
    """After the password, before anybody is signed in: who needs a second step and has none sets it up."""

    key = "second_step_set_up"
    urlname = "account_set_up"

    def handle(self):
        user = self.login.user
        needs_it = is_required(user) and not is_set_up(user) and not is_vouched_for(self.login)
        return (redirect(self.urlname) if needs_it else None), True
