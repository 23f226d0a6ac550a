"""The product's own settings, as on a developer's machine, with what only a test run may change."""

import os

os.environ.setdefault("DEBUG", "1")

from clinic.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # Argon2 is slow on purpose

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    # A file of this run's own: two runs at once would empty each other's. To its name pytest-django adds the id of the
    # worker where there are several. It need not survive a power cut.
    DATABASES["default"]["TEST"]["NAME"] = str(VAR_DIR / f"test-{os.getpid()}.sqlite3")  # noqa: F405
    OPTIONS = DATABASES["default"]["OPTIONS"]  # noqa: F405
    OPTIONS["init_command"] = OPTIONS["init_command"].replace("synchronous=FULL", "synchronous=OFF")
