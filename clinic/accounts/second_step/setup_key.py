"""The key of an authenticator app that is being set up: to keep, to scan and to type."""

from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY, generate_totp_secret

from clinic.web.qr_code import qr_code

GROUP = 4  # letters, so that a person who types does not lose the place


def kept_in(session):
    """The same until the app is connected; encrypted, since a copy of the database holds the sessions too."""
    if SECRET_SESSION_KEY not in session:
        session[SECRET_SESSION_KEY] = get_adapter().encrypt(generate_totp_secret())
    return get_adapter().decrypt(session[SECRET_SESSION_KEY])


def shown(user, secret):
    return {"qr_code": qr_code(get_adapter().build_totp_url(user, secret)), "setup_key": in_groups(secret)}


def in_groups(secret):
    return " ".join(secret[place : place + GROUP] for place in range(0, len(secret), GROUP))
