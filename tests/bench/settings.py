"""The product's production settings, but over plain HTTP and with static files in the bench's own folder."""

import os

from clinic.settings import *  # noqa: F403

STATIC_ROOT = os.environ["BENCH_FOLDER"] + "/static"
SECURE_SSL_REDIRECT = False
RUSH_AT_LEAST = HOLDS_PER_NETWORK = 10**6
OPEN_REQUESTS_PER_PERSON = 10**6  # June asks for everything
SHORTEST_REQUEST_SECONDS = 0
REQUESTS_PER_ADDRESS_AN_HOUR = REQUESTS_PER_ADDRESS_A_DAY = REQUESTS_PER_NETWORK_AN_HOUR = 10**6  # one machine asks
SITE_URL = os.environ.get("SERVED_AT", SITE_URL)  # noqa: F405
