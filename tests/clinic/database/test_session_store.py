"""Our sessions are Django's own, read and written with SQL that is made once."""

from datetime import timedelta

import pytest
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from clinic.database.session_store import SessionStore

pytestmark = pytest.mark.django_db


def test_a_session_goes_from_django_s_own_store_to_ours_and_back(django_assert_num_queries):
    old = db.SessionStore()
    old["step"] = 1
    old.create()
    ours = SessionStore(old.session_key)
    with django_assert_num_queries(2):
        ours["step"] += 1
        ours.save()
    assert db.SessionStore(old.session_key)["step"] == 2


def test_a_session_that_is_over_is_not_read_and_its_key_is_not_used_again():
    over = SessionStore()
    over["step"] = 1
    over.create()
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    again = SessionStore(over.session_key)
    assert again.get("step") is None
    assert again.session_key is None
