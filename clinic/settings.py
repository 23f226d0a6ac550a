"""All settings, from the environment; safe by default.

Without DEBUG the site does not start until SECRET_KEY and ALLOWED_HOSTS are set.
"""

import os
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from clinic import database_url
from clinic.accounts.settings import *  # noqa: F403 - how staff sign in
from clinic.country import COUNTRIES

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"
env = environ.Env()

DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if DEBUG else [])
# Not env.str: it would take a key that begins with $ for the name of another variable.
SECRET_KEY = os.environ.get("SECRET_KEY") or ("demo-only-" + "k" * 50 if DEBUG else "")
SECRET_KEY_FALLBACKS = [key for key in os.environ.get("SECRET_KEY_FALLBACKS", "").split(",") if key]
if not SECRET_KEY:
    raise ImproperlyConfigured("Set SECRET_KEY to a long random text, or DEBUG=1 on your own machine.")
if not DEBUG and len(SECRET_KEY) < 50:
    raise ImproperlyConfigured("SECRET_KEY is too short to protect the private links: use at least 50 characters.")
if not ALLOWED_HOSTS:
    raise ImproperlyConfigured("Set ALLOWED_HOSTS to the names this site answers to, or DEBUG=1 on your own machine.")
if DEBUG and set(ALLOWED_HOSTS) - {"localhost", "127.0.0.1", "[::1]", "testserver"}:
    raise ImproperlyConfigured("DEBUG shows its insides: it runs on localhost only.")

INSTALLED_APPS = [
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "clinic",  # after allauth, whose admin pages it takes away; before django.contrib.auth for its own createsuperuser
    "clinic.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "phonenumber_field",
    "procedures",
    "booking",
]

MIDDLEWARE = [
    "clinic.metrics.responses.MetricsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "clinic.web.middleware.EdgeMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "clinic.access_log.middleware.AccessLogMiddleware",
    "clinic.accounts.middleware.StaffSessionMiddleware",
]

ROOT_URLCONF = "clinic.urls"
WSGI_APPLICATION = "clinic.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "clinic.web.context_processors.practice",
            ],
            "libraries": {"i18n": "clinic.templatetags.constant_tags", "static": "clinic.templatetags.constant_tags"},
        },
    },
]
SILENCED_SYSTEM_CHECKS = ["templates.W003"]  # that two modules are named i18n: ours has the tags of Django's
FORM_RENDERER = "clinic.web.widgets.Renderer"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# Database. ATOMIC_REQUESTS stays off: on SQLite it would take the write lock for every page view.
DATABASES = {
    "default": database_url.settings_of(os.environ.get("DATABASE_URL", f"sqlite:///{VAR_DIR / 'clinic.sqlite3'}"))
}
# PgBouncer in transaction mode takes no start-up options: the role has them instead. See docs/operations.md.
DATABASE_POOLER = env.bool("DATABASE_POOLER", default=False)
_database = DATABASES["default"]
if _database["ENGINE"] == "django.db.backends.sqlite3":
    VAR_DIR.mkdir(exist_ok=True)
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # FULL, not NORMAL: an acknowledged request must survive a power cut.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
    # The files beside it, -wal and -shm, go with the last connection, and a full disk has no room for new ones.
    _database["CONN_MAX_AGE"] = None
    # A file: races on an in-memory shared cache fail with "table is locked".
    _database["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
else:
    _database["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
    _database["CONN_HEALTH_CHECKS"] = True
    _database["DISABLE_SERVER_SIDE_CURSORS"] = (
        True  # would take three statements instead of one, and poolers do not pass them on
    )
    _database.setdefault("OPTIONS", {}).update(
        connect_timeout=5,
        tcp_user_timeout=15000,  # for a machine that is gone; of a frozen server see clinic/database/patience.py
    )
    if not DATABASE_POOLER:
        # Django joins along keys, in a good order. Planning all other orders takes longer than the query.
        _database["OPTIONS"]["options"] = "-c statement_timeout=15000 -c lock_timeout=10000 -c join_collapse_limit=3"
DATABASE_SECONDS = env.int("DATABASE_SECONDS", default=3)  # that a page waits for one answer of the database
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

COUNTRY = env.str("COUNTRY", default="US").upper()
if COUNTRY not in COUNTRIES:
    raise ImproperlyConfigured(f"COUNTRY has to be one of {', '.join(COUNTRIES)}.")
LANGUAGE_CODE = COUNTRIES[COUNTRY].language
USE_I18N = False  # no text has a translation yet, and looking for one takes an eighth of a page's time
USE_TZ = True
FORMAT_MODULE_PATH = "clinic.formats"
TIME_ZONE = "UTC"  # locations use their own zone, the admin the practice's (clinic.web.middleware)
PHONENUMBER_DEFAULT_REGION = COUNTRIES[COUNTRY].phones.region
PHONENUMBER_DB_FORMAT = "E164"

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "static"
_static_files = "django.contrib.staticfiles.storage.StaticFilesStorage"
_hashed_files = "whitenoise.storage.CompressedManifestStaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _static_files if DEBUG else _hashed_files},
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG

# Sign-in
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "clinic.accounts.passwords.LengthValidator"},
    {"NAME": "clinic.accounts.passwords.NameInPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
PASSWORD_LENGTH = env.int("PASSWORD_LENGTH", default=15)
PASSWORD_LENGTH_WITH_SECOND_FACTOR = env.int("PASSWORD_LENGTH_WITH_SECOND_FACTOR", default=8)
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "admin:login"
AUTHENTICATION_BACKENDS = ["clinic.auth_backend.RightsBackend"]
SESSION_ENGINE = "clinic.database.session_store"
# The patient's answers: extended while in use, then deleted.
SESSION_COOKIE_AGE = env.int("DRAFT_HOURS", default=24) * 60 * 60
STAFF_IDLE_MINUTES = env.int("STAFF_IDLE_MINUTES", default=15)
STAFF_WARNING_SECONDS = env.int("STAFF_WARNING_SECONDS", default=120)
STAFF_SESSION_HOURS = env.int("STAFF_SESSION_HOURS", default=12)
ACCESS_LOG_SECONDS = env.int("ACCESS_LOG_SECONDS", default=2)  # a page that cannot be logged by then is not sent
# Not in a cookie, which keeps what it says about a patient after the clerk has signed out.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CSRF_FAILURE_VIEW = "clinic.urls.csrf_failure"

# Transport and headers
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=not DEBUG)
# Requested without TLS, by load balancers and monitors.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^metrics$", r"^robots\.txt$", r"^sitemap\.xml$"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
SESSION_COOKIE_NAME = "sessionid" if DEBUG else "__Host-sessionid"
CSRF_COOKIE_NAME = "csrftoken" if DEBUG else "__Host-csrftoken"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = (
    0 if DEBUG else env.int("HSTS_SECONDS", default=2 * 365 * 24 * 60 * 60)
)  # docs/operations.md: a short start
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEBUG
# Not no-referrer: browsers would send "Origin: null" with our own forms, and the CSRF check would refuse them.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if env.bool("BEHIND_PROXY", default=False):  # only when the proxy sets, and never passes on, this header
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    if "TRUSTED_PROXIES" not in env:
        raise ImproperlyConfigured("Set TRUSTED_PROXIES: behind a proxy, all patients would share one limit.")
# How many of our proxies add to X-Forwarded-For, one behind the other. Too many, and visitors forge their address.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)

# Limits of what anybody may send: docs/operations.md explains each.
REQUESTS_PER_ADDRESS_AN_HOUR = env.int("REQUESTS_PER_ADDRESS_AN_HOUR", default=20)
REQUESTS_PER_ADDRESS_A_DAY = env.int("REQUESTS_PER_ADDRESS_A_DAY", default=60)
REQUESTS_PER_NETWORK_AN_HOUR = env.int("REQUESTS_PER_NETWORK_AN_HOUR", default=60)
RUSH_AT_LEAST = env.int("RUSH_AT_LEAST", default=60)  # in an hour, from everywhere; then nothing is held
RUSH_TIMES = env.int("RUSH_TIMES", default=10)  # the busiest hour of four weeks
HOLDS_PER_NETWORK = env.int("HOLDS_PER_NETWORK", default=10)
HOLDS_PER_NETWORK_PERCENT = env.int("HOLDS_PER_NETWORK_PERCENT", default=10)  # of what is open in that week
ORIGIN_KEPT_DAYS = env.int("ORIGIN_KEPT_DAYS", default=30)
OPEN_REQUESTS_PER_PERSON = env.int("OPEN_REQUESTS_PER_PERSON", default=3)  # more hold no time
SHORTEST_REQUEST_SECONDS = env.int("SHORTEST_REQUEST_SECONDS", default=5)  # from the first page to the last button
WRONG_LINKS_PER_ADDRESS = env.int("WRONG_LINKS_PER_ADDRESS", default=30)  # in 15 minutes
LOST_LINKS_PER_ADDRESS = env.int("LOST_LINKS_PER_ADDRESS", default=20)  # in 15 minutes
LOST_LINKS_PER_REQUEST = env.int("LOST_LINKS_PER_REQUEST", default=3)  # in an hour
BIRTH_DATE_TRIES = env.int("BIRTH_DATE_TRIES", default=3)  # in 15 minutes, for one request
BIRTH_DATE_TRIES_A_DAY = env.int("BIRTH_DATE_TRIES_A_DAY", default=10)
MAILS_PER_PERSON_AN_HOUR = env.int("MAILS_PER_PERSON_AN_HOUR", default=3)  # of those that any visitor can cause
MAILS_PER_ADDRESS_AN_HOUR = env.int("MAILS_PER_ADDRESS_AN_HOUR", default=20)  # a family, a care home

# Calendars of providers elsewhere, of which we read the busy times.
FEED_MINUTES = env.int("FEED_MINUTES", default=5)
FEEDS_FROM_PRIVATE_ADDRESSES = env.bool("FEEDS_FROM_PRIVATE_ADDRESSES", default=False)  # for tests

# For how long we keep what: docs/operations.md explains each. In days, 0 is for ever.
UNBOOKED_KEPT_DAYS = env.int("UNBOOKED_KEPT_DAYS", default=365)
MISSED_KEPT_DAYS = env.int("MISSED_KEPT_DAYS", default=2 * 365)
SEEN_KEPT_DAYS = env.int("SEEN_KEPT_DAYS", default=7 * 365)
MESSAGE_TEXTS_KEPT_DAYS = env.int("MESSAGE_TEXTS_KEPT_DAYS", default=365)
CALL_NOTES_KEPT_DAYS = env.int("CALL_NOTES_KEPT_DAYS", default=2 * 365)
LINK_DAYS = env.int("LINK_DAYS", default=90)  # after the appointment, or after we closed the request

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024  # our largest form has a few kilobytes
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000  # one for each patient of a provider who leaves
# A picture has at most 200 kB. Whatever is larger is dropped while it comes in: nothing is written to a disk.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# Backups: docs/operations.md. Not env.str, see SECRET_KEY.
BACKUP_KEY = os.environ.get("BACKUP_KEY") or ("demo-only-" + "k" * 50 if DEBUG else "")
BACKUP_FOLDER = env.str("BACKUP_FOLDER", default=str(VAR_DIR / "backups"))
BACKUPS_KEPT = max(1, env.int("BACKUPS_KEPT", default=30))
BACKUP_OVERDUE_HOURS = env.int("BACKUP_OVERDUE_HOURS", default=26)  # then the start page of a lead is red
POSTGRES_PROGRAMS = env.str("POSTGRES_PROGRAMS", default="")  # the folder of pg_dump, pg_restore and psql

# Who has it reads /metrics from another machine; empty: nobody does. Not env.str, see SECRET_KEY.
METRICS_TOKEN = os.environ.get("METRICS_TOKEN", "")
if METRICS_TOKEN and len(METRICS_TOKEN) < 32:
    raise ImproperlyConfigured("METRICS_TOKEN is too short to keep strangers out: use at least 32 characters.")

# Used before the database is available, and for absolute URLs.
PRACTICE_NAME = env.str("PRACTICE_NAME", default="Our practice")
PRACTICE_PHONE = env.str("PRACTICE_PHONE", default="")
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000" if DEBUG else "").rstrip("/")
if not DEBUG and not SITE_URL.startswith("https://"):
    raise ImproperlyConfigured("Set SITE_URL to this site's https address: the links in messages begin with it.")
SECURE_SSL_HOST = urlsplit(
    SITE_URL
).netloc  # not the name that was asked for: a wrong one would be a 400 without headers

# Outgoing email: only the worker sends it.
EMAIL_CONFIG = env.email("EMAIL_URL", default="consolemail://" if DEBUG else "smtp://localhost:25")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=20)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="desk@example.org" if DEBUG else "")
if not DEFAULT_FROM_EMAIL:
    raise ImproperlyConfigured("Set DEFAULT_FROM_EMAIL to the address that messages to patients come from.")

LOG_FORMAT = "json" if env.str("LOG_FORMAT", default="") == "json" else "plain"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        # Tracebacks would contain what people typed: ours contain the place and the kind of error, never a value.
        "plain": {
            "()": "clinic.web.logs.ValueFreeFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        },
        "json": {"()": "clinic.web.logs.JsonFormatter"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT},
        "nobody": {"class": "logging.NullHandler"},  # a logger without any handler prints to stderr, values and all
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "django.server": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "django.security.DisallowedHost": {"handlers": ["nobody"], "propagate": False},
    },
}
