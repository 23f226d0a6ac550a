"""The settings as in production where an error is concerned, over plain HTTP and for one machine that asks."""

from clinic.settings import *  # noqa: F403

DEBUG = False
OPEN_REQUESTS_PER_PERSON = RUSH_AT_LEAST = HOLDS_PER_NETWORK = 10**6
REQUESTS_PER_ADDRESS_AN_HOUR = REQUESTS_PER_ADDRESS_A_DAY = REQUESTS_PER_NETWORK_AN_HOUR = 10**6
SHORTEST_REQUEST_SECONDS = 0
PRACTICE_PHONE = "+17185550142"
