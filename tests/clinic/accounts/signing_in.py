"""What the tests of sign-in share: a password, the key of an app, and its codes."""

import time

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

PASSWORD = "a long enough password"
KEY = "PIERDEMOONLYPIERDEMOONLYPIERDEMO"


def code(key=KEY, steps=0):
    """What the app shows now, or `steps` half minutes later."""
    return format_hotp_value(hotp_value(key, int(time.time()) // 30 + steps))


def recovery_code(user, place=0):
    return Authenticator.objects.get(user=user, type="recovery_codes").wrap().get_unused_codes()[place]


def is_in(client):
    return "_auth_user_id" in client.session
