"""Encrypts what a copy of the database must not tell, with keys that come from SECRET_KEY."""

import base64

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac


def cipher(purpose: str) -> MultiFernet:
    """The first key encrypts, all decrypt: SECRET_KEY and then its fallbacks. Each purpose has its own."""
    return MultiFernet([Fernet(_key(purpose, key)) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _key(purpose: str, secret: str) -> bytes:
    return base64.urlsafe_b64encode(salted_hmac(purpose, "", secret=secret, algorithm="sha256").digest())
