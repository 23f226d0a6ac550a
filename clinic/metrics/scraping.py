"""Who may read the metrics, and the text that Prometheus and others read."""

import os

from django.conf import settings
from django.utils.crypto import constant_time_compare
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from clinic.metrics import responses
from clinic.web.client_address import is_this_machine

BEARER = "Bearer "


def may_scrape(request) -> bool:
    """Whether this machine itself asks, or somebody who has the token."""
    return is_this_machine(request) or _has_token(request.headers.get("Authorization", ""))


def _has_token(sent: str) -> bool:
    token = settings.METRICS_TOKEN
    return bool(token) and constant_time_compare(sent, BEARER + token)


def counted() -> bytes:
    """The counts of all processes of this gunicorn; without one, of this process."""
    registry = responses.registry
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
    return generate_latest(registry)
