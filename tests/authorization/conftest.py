import logging
from copy import copy
from functools import cache

import pytest
from django.template.backends.django import Template

from clinic.auth_backend import RightsBackend
from tests.whole_practice import WholePractice


@pytest.fixture
def practice(clinic, settings):
    """A practice with a row of every kind, on Monday, November 23, 2026, at 10:05 am. No session is stored."""
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    logging.disable()
    yield WholePractice(clinic)
    logging.disable(logging.NOTSET)


@pytest.fixture
def undrawn(practice, monkeypatch):
    """For speed its pages are empty, and each user is read once: who may enter is decided without that."""
    user_of = cache(RightsBackend().get_user)
    monkeypatch.setattr(RightsBackend, "get_user", lambda _self, pk: copy(user_of(pk)))
    monkeypatch.setattr(Template, "render", lambda *_args, **_more: "")
    return practice
