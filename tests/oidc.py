"""A provider of single sign-on on this machine: anybody signs in there with any subject."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import requests

ALLOWED_WAIT = 30  # seconds until the provider answers, on a busy machine
START = "/admin/login/sso/sso-test/"


@contextmanager
def running_provider() -> Iterator[str]:
    """The URL of a provider."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield _wait_for(f"http://localhost:{port}")
    finally:
        process.terminate()
        process.wait()


def _wait_for(url: str) -> str:
    end = time.monotonic() + ALLOWED_WAIT
    while True:
        try:
            requests.get(f"{url}/.well-known/openid-configuration", timeout=5).raise_for_status()
            return url
        except requests.RequestException:
            assert time.monotonic() < end, "the provider did not start"
            time.sleep(0.1)


def set_up(settings, provider: str) -> None:
    """The site is set up for this provider, and asks everybody for a second step."""
    settings.REQUIRE_SECOND_FACTOR = True
    settings.OIDC_ISSUER, settings.OIDC_NAME, settings.OIDC_PROVIDER_ID = provider, "Example", "sso-test"
    app = {
        "provider_id": "sso-test", "name": "Example", "client_id": "clinic", "secret": "s3cret",
        "settings": {"server_url": provider, "fetch_userinfo": False},
    }  # fmt: skip
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
