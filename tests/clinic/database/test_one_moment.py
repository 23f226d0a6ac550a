"""Reading as of one moment, also as the first thing that a process does."""

import pytest
from django.db import connection

from clinic.database.one_moment import one_moment
from clinic.models import Practice


@pytest.mark.django_db(transaction=True)
def test_it_opens_the_database_if_nobody_has():
    connection.close()
    with one_moment():
        assert not Practice.objects.exists()
    assert connection.vendor != "sqlite" or connection.transaction_mode == "IMMEDIATE"
