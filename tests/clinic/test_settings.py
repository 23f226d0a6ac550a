"""Safe by default: without DEBUG the site does not start half-configured, and DEBUG never runs on a public host."""

import os
import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "SECRET_KEY": "s3cret" * 10,
    "ALLOWED_HOSTS": "clinic.example.org",
    "SITE_URL": "https://clinic.example.org",
    "DEFAULT_FROM_EMAIL": "desk@clinic.example.org",
}


def setting(expression, **environment):
    """What this is in settings that are read in such an environment, as text, or their error."""
    clean = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    with mock.patch.dict(sys.modules), mock.patch.dict(os.environ, clean | environment, clear=True):
        del sys.modules["clinic.accounts.settings"]  # or only the other half would be read anew
        try:
            settings = runpy.run_path(str(ROOT / "clinic" / "settings.py"))
        except ImproperlyConfigured as error:
            return str(error)
    return str(eval(expression, {"settings": SimpleNamespace(**settings)}))


@pytest.mark.parametrize("missing", PRODUCTION)
def test_production_does_not_start_without(missing):
    given = {name: value for name, value in PRODUCTION.items() if name != missing}
    assert f"Set {missing}" in setting("1", **given)


@pytest.mark.parametrize("sign", ["$HOME", "pa$$word", "a$", "${PATH}", "$(id)", "#%&=+/"])
def test_a_key_is_taken_as_it_is_written(sign):
    key = sign + "k" * 50
    assert setting("settings.SECRET_KEY", **PRODUCTION | {"SECRET_KEY": key}) == key


@pytest.mark.parametrize("key", ["x", "s3cret", "k" * 49, "$" * 20, "changeme" * 6])
def test_a_short_key_is_refused_in_production_and_not_on_ones_own_machine(key):
    assert "SECRET_KEY is too short" in setting("1", **PRODUCTION | {"SECRET_KEY": key})
    assert setting("settings.SECRET_KEY", DEBUG="1", SECRET_KEY=key) == key


def test_a_short_token_for_monitors_is_refused():
    assert "METRICS_TOKEN is too short" in setting("1", **PRODUCTION | {"METRICS_TOKEN": "k" * 31})
    assert setting("settings.METRICS_TOKEN", **PRODUCTION | {"METRICS_TOKEN": "$" * 32}) == "$" * 32


def test_start_up_options_go_to_postgresql_itself_and_not_to_a_pooler():
    given, options = PRODUCTION | {"DATABASE_URL": "postgres://u:p@h/d"}, "settings.DATABASES['default']['OPTIONS']"
    assert "statement_timeout=15000" in setting(options, **given)
    assert "statement_timeout" not in setting(options, DATABASE_POOLER="1", **given)


def test_links_in_messages_use_https():
    assert "Set SITE_URL" in setting("1", **PRODUCTION | {"SITE_URL": "http://clinic.example.org"})


@pytest.mark.once
def test_the_error_for_an_invalid_host_repeats_nothing_from_it():
    ask = "from django.test import Client; Client().get('/', headers={'host': 'evil.test'})"
    environment = {"DEBUG": "1", "DJANGO_SETTINGS_MODULE": "clinic.settings", "DATABASE_URL": "sqlite://:memory:"}
    run = subprocess.run(
        [sys.executable, "-c", f"import django; django.setup(); {ask}"],
        cwd=ROOT,
        env={"PATH": os.defpath} | environment,
        capture_output=True,
        text=True,
    )
    assert "evil" not in run.stdout + run.stderr


def test_debug_refuses_a_public_host():
    assert "localhost only" in setting("1", DEBUG="1", ALLOWED_HOSTS="clinic.example.org")


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("settings.DEBUG", "False"),
        ("settings.SESSION_COOKIE_NAME", "__Host-sessionid"),
        ("settings.SESSION_COOKIE_SECURE and settings.CSRF_COOKIE_SECURE and settings.SESSION_COOKIE_HTTPONLY", "True"),
        (
            "settings.SECURE_HSTS_SECONDS >= 31536000 and settings.SECURE_SSL_REDIRECT and settings.SECURE_SSL_HOST",
            "clinic.example.org",
        ),
        ("settings.STORAGES['staticfiles']['BACKEND'].rpartition('.')[2]", "CompressedManifestStaticFilesStorage"),
        ("settings.DATABASES['default'].get('ATOMIC_REQUESTS', False)", "False"),
        ("settings.DATABASES['default']['OPTIONS']['transaction_mode']", "IMMEDIATE"),
        ("'synchronous=FULL' in settings.DATABASES['default']['OPTIONS']['init_command']", "True"),
        ("hasattr(settings, 'SECURE_PROXY_SSL_HEADER')", "False"),
    ],
)
def test_production_is_strict_by_default(expression, value):
    assert setting(expression, **PRODUCTION) == value


def test_postgresql_needs_only_a_database_url():
    url = "postgres://u:p@db.example.org:5432/clinic"
    assert setting("settings.DATABASES['default']['ENGINE']", **PRODUCTION, DATABASE_URL=url).endswith("postgresql")


@pytest.mark.django_db
def test_each_test_worker_has_its_own_database(worker_id):
    name = Path(str(connection.settings_dict["NAME"])).name
    assert name.startswith("test")
    assert name.endswith(worker_id) or worker_id == "master"


def test_behind_a_proxy_it_must_be_said_how_many_there_are():
    behind = PRODUCTION | {"BEHIND_PROXY": "1"}
    assert "Set TRUSTED_PROXIES" in setting("1", **behind)
    assert setting("settings.TRUSTED_PROXIES", **behind, TRUSTED_PROXIES="2") == "2"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"OIDC_ISSUER": "https://id.example.org"}, "needs OIDC_CLIENT_ID"),
        ({"OIDC_ISSUER": "http://id.example.org"}, "must be an https address"),
        ({"OIDC_ISSUER": "https://login.microsoftonline.com/common/v2.0"}, "your own tenant"),
        ({"OIDC_ISSUER": "https://accounts.google.com"}, "Set OIDC_HOSTED_DOMAIN"),
    ],
)
def test_single_sign_on_does_not_start_open_to_strangers(given, says):
    client = {} if "needs" in says else {"OIDC_CLIENT_ID": "clinic", "OIDC_CLIENT_SECRET": "s3cret"}
    assert says in setting("1", **PRODUCTION | client | given)


@pytest.mark.parametrize(
    ("environment", "value"),
    [(PRODUCTION, "True"), (PRODUCTION | {"REQUIRE_SECOND_FACTOR": "0"}, "False"), ({"DEBUG": "1"}, "False")],
)
def test_a_second_step_is_required_but_in_the_demo(environment, value):
    assert setting("settings.REQUIRE_SECOND_FACTOR", **environment) == value
