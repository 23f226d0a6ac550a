"""What a password must be: long, not common, not the user's own name. Which characters it has is the user's choice."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.accounts.second_step.requirement import is_required, is_set_up

SHORTEST_NAME = 3  # “jo” is part of too many words


def least_length(user) -> int:
    """With a second step that stays, a password that was guessed opens nothing."""
    has_step = user is not None and user.pk is not None and is_required(user) and is_set_up(user)
    return settings.PASSWORD_LENGTH_WITH_SECOND_FACTOR if has_step else settings.PASSWORD_LENGTH


class LengthValidator:
    def validate(self, password, user=None):
        if len(password) < least_length(user):
            raise ValidationError(self.sentence(user), code="password_too_short")

    def sentence(self, user=None):
        least = least_length(user)
        words = ngettext(
            "Use at least %(number)d character. A few words are easy to remember.",
            "Use at least %(number)d characters. A few words are easy to remember.",
            least,
        )
        return words % {"number": least}

    get_help_text = sentence


class NameInPasswordValidator:
    def validate(self, password, user=None):
        names = [user.username, user.email.partition("@")[0]] if user else []
        if any(len(name) >= SHORTEST_NAME and name.casefold() in password.casefold() for name in names):
            raise ValidationError(_("The password contains your username or email."), code="password_has_name")

    def get_help_text(self):
        return _("Don’t use your username or email in it.")
