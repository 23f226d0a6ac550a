"""What allauth asks us about the second step: secrets are encrypted, and a step that is required stays."""

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import MultiFernet
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clinic.accounts.second_step import requirement
from clinic.database.encrypted import cipher
from clinic.practice_info import practice_info


class SecondStepAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("That code did not match. Codes change every 30 seconds: type the one you see now."),
    }

    def encrypt(self, text):
        return _keys().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text):
        return _keys().decrypt(encrypted_text.encode()).decode()

    def get_totp_issuer(self):
        return practice_info().neutral_name

    def get_totp_label(self, user):
        return user.get_username()

    def can_delete_authenticator(self, authenticator):
        user = authenticator.user
        others = Authenticator.objects.filter(user=user, type__in=requirement.TYPES).exclude(pk=authenticator.pk)
        return others.exists() or not requirement.is_required(user)


@transaction.atomic
def renew(authenticator: Authenticator) -> None:
    """Encrypt its secret with the newest key, so that the old one can go."""
    # Read again: allauth marks a recovery code as used in a row of its own, and ours would take the mark away.
    for row in Authenticator.objects.select_for_update().filter(pk=authenticator.pk):
        for name in {"secret", "seed"} & row.data.keys():
            row.data[name] = _keys().rotate(row.data[name].encode()).decode()
        row.save(update_fields=["data"])


def _keys() -> MultiFernet:
    return cipher("clinic.accounts.second_step.adapter")
