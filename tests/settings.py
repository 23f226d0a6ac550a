"""The product's own settings, as on a developer's machine, with what only a test run may change."""

import os

os.environ.setdefault("DEBUG", "1")

from clinic.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # Argon2 is slow on purpose
