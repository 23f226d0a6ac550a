"""The product's own settings, as on a developer's machine, with a few changes for tests."""

import os

os.environ.setdefault("DEBUG", "1")

from clinic.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # Argon2 is slow on purpose
OPEN_REQUESTS_PER_PERSON = 10**6  # in most tests June asks for everything
SHORTEST_REQUEST_SECONDS = 0  # a test goes through the pages faster than a person

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    # A file of its own: two runs with the same file would delete each other's rows. With several workers pytest-django
    # adds the worker's id to the name. It need not survive a power cut.
    DATABASES["default"]["TEST"]["NAME"] = str(VAR_DIR / f"test-{os.getpid()}.sqlite3")  # noqa: F405
    OPTIONS = DATABASES["default"]["OPTIONS"]  # noqa: F405
    OPTIONS["init_command"] = OPTIONS["init_command"].replace("synchronous=FULL", "synchronous=OFF")
