"""The key of an authenticator app, to scan and to type."""

from allauth.mfa.adapter import get_adapter

from clinic.web.qr_code import qr_code

GROUP = 4  # letters, so that a person who types does not lose the place


def shown(user, secret):
    return {"qr_code": qr_code(get_adapter().build_totp_url(user, secret)), "setup_key": in_groups(secret)}


def in_groups(secret):
    return " ".join(secret[place : place + GROUP] for place in range(0, len(secret), GROUP))
