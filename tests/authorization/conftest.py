from copy import copy
from functools import cache

import pytest
from django.template.backends.django import Template

from clinic.auth_backend import RightsBackend


@pytest.fixture
def undrawn(whole_practice, monkeypatch):
    """For speed its pages are empty, and each user is read once: who may enter is decided without that."""
    user_of = cache(RightsBackend().get_user)
    monkeypatch.setattr(RightsBackend, "get_user", lambda _self, pk: copy(user_of(pk)))
    monkeypatch.setattr(Template, "render", lambda *_args, **_more: "")
    return whole_practice
