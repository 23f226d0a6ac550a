"""How staff sign in: the settings of allauth, and ours with their variables. clinic.settings takes them in."""

import hashlib
import os

import environ
from django.core.exceptions import ImproperlyConfigured

_env = environ.Env()
_DEBUG = _env.bool("DEBUG", default=False)

# allauth
ACCOUNT_ADAPTER = "clinic.accounts.sign_in.adapter.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = False  # they would count in each process by itself: see clinic.accounts.sign_in.attempts

# The second step
REQUIRE_SECOND_FACTOR = _env.bool("REQUIRE_SECOND_FACTOR", default=not _DEBUG)
SECOND_FACTOR_EXEMPT_ROLES = _env.list("SECOND_FACTOR_EXEMPT_ROLES", default=[])
SECOND_FACTOR_TRUST_HOURS = _env.int("SECOND_FACTOR_TRUST_HOURS", default=12)  # 0: ask for the code at each sign-in
MFA_ADAPTER = "clinic.accounts.second_step.adapter.SecondStepAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = _DEBUG
MFA_ALLOW_UNVERIFIED_EMAIL = True  # a manager enters the addresses
MFA_RATE_LIMITS = False
MFA_FORMS = {
    "authenticate": "clinic.accounts.second_step.code_forms.SecondStepForm",
    "activate_totp": "clinic.accounts.second_step.code_forms.SetUpForm",
    "add_webauthn": "clinic.accounts.second_step.passkey_forms.AddForm",
    "authenticate_webauthn": "clinic.accounts.second_step.passkey_forms.SecondStepForm",
    "login_webauthn": "clinic.accounts.second_step.passkey_forms.LoginForm",
}
MFA_TOTP_TOLERANCE = 1  # clocks of phones differ by up to half a minute
MFA_TRUST_ENABLED = SECOND_FACTOR_TRUST_HOURS > 0
MFA_TRUST_COOKIE_AGE = SECOND_FACTOR_TRUST_HOURS * 60 * 60
MFA_TRUST_COOKIE_NAME = "trusted" if _DEBUG else "__Host-trusted"

# Single sign-on
OIDC_ISSUER = _env.str("OIDC_ISSUER", default="").rstrip("/")
OIDC_CLIENT_ID, OIDC_CLIENT_SECRET = _env.str("OIDC_CLIENT_ID", default=""), os.environ.get("OIDC_CLIENT_SECRET", "")
OIDC_HOSTED_DOMAIN = _env.str("OIDC_HOSTED_DOMAIN", default="")
OIDC_NAME = _env.str("OIDC_NAME", default="single sign-on")
# Of the issuer, so that another issuer's subjects are never taken for this one's.
OIDC_PROVIDER_ID = f"sso-{hashlib.sha256(OIDC_ISSUER.encode()).hexdigest()[:16]}"
if OIDC_ISSUER and not (OIDC_CLIENT_ID and OIDC_CLIENT_SECRET):
    raise ImproperlyConfigured("OIDC_ISSUER needs OIDC_CLIENT_ID and OIDC_CLIENT_SECRET.")
if OIDC_ISSUER and not _DEBUG and not OIDC_ISSUER.startswith("https://"):
    raise ImproperlyConfigured("OIDC_ISSUER must be an https address.")
if {"common", "organizations", "consumers"} & set(OIDC_ISSUER.split("/")):
    raise ImproperlyConfigured("OIDC_ISSUER must name your own tenant: any other would let strangers try.")
if OIDC_ISSUER == "https://accounts.google.com" and not OIDC_HOSTED_DOMAIN:
    raise ImproperlyConfigured("Set OIDC_HOSTED_DOMAIN to your domain: Google is one issuer for everybody.")
SOCIALACCOUNT_ADAPTER = "clinic.accounts.sign_in.single_sign_on.SingleSignOnAdapter"
SOCIALACCOUNT_LOGIN_ON_GET = True  # it changes nothing here; see clinic.accounts.sign_in.single_sign_on
_provider = {
    "provider_id": OIDC_PROVIDER_ID,
    "name": OIDC_NAME,
    "client_id": OIDC_CLIENT_ID,
    "secret": OIDC_CLIENT_SECRET,
    "settings": {"server_url": OIDC_ISSUER, "fetch_userinfo": False},
}
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [_provider] if OIDC_ISSUER else [],
    }
}

# Limits of the sign-in
SIGN_IN_TRIES = _env.int("SIGN_IN_TRIES", default=10)
SIGN_IN_LOCK_MINUTES = _env.int("SIGN_IN_LOCK_MINUTES", default=15)
SIGN_IN_TRIES_AN_HOUR = _env.int("SIGN_IN_TRIES_AN_HOUR", default=50)
SIGN_IN_SLOW_SECONDS = _env.int("SIGN_IN_SLOW_SECONDS", default=60)
PASSWORD_LINK_MINUTES = _env.int("PASSWORD_LINK_MINUTES", default=20)
PASSWORD_MAILS_PER_ADDRESS = _env.int("PASSWORD_MAILS_PER_ADDRESS", default=20)  # in 15 minutes
PASSWORD_MAILS_PER_USER = _env.int("PASSWORD_MAILS_PER_USER", default=3)  # in an hour
INVITATION_DAYS = _env.int("INVITATION_DAYS", default=3)
PASSWORD_RESET_TIMEOUT = max(INVITATION_DAYS * 24 * 60, PASSWORD_LINK_MINUTES) * 60  # each link has its own limit too
