"""A few faults on every run: the whole, with figures, is `make faults`."""

import io
import os
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from booking.models import AppointmentRequest
from tests.builders import Clinic
from tests.faults import killed, pooled
from tests.faults.attack import open_codes
from tests.faults.claims import Size
from tests.faults.inside import ASKED
from tests.faults.pooler import PGBOUNCER
from tests.faults.site import Site
from tests.spare import url_of_test_database

SIZE = Size(requests=4, kills=2, clients=2, in_time=60)  # a busy machine is no fault


class SiteOfThisTest(Site):
    """Asked in this process, which is quicker than to start one for each command."""

    def ask(self, *command):
        if command[0] != "manage.py":
            return list(ASKED[command[-1]]())
        call_command(*command[1:], stdout=(printed := io.StringIO()))
        return printed.getvalue().splitlines()


@pytest.fixture
def site(transactional_db, tmp_path):
    Clinic()
    ours = {"DATABASE_URL": url_of_test_database(), "DJANGO_SETTINGS_MODULE": "tests.faults.settings", "DEBUG": "1"}
    return SiteOfThisTest(tmp_path, os.environ | ours | {"WEB_CONCURRENCY": "1"}, iter(open_codes()))


def broken(claims):
    return [f"{claim.words}: {claim.figure}" for claim in claims if not claim.holds]


def test_a_request_that_is_lost_or_there_twice_is_found(clinic, tmp_path):
    site = SiteOfThisTest(tmp_path, {}, iter(()))
    stored = [clinic.appointment_request(patient={"name": name}) for name in ("June Aaa", "June Aaa", "June Aab")]
    acknowledged, lost = [row.reference for row in stored[1:]], "K7M4QX9PTR"
    patients = [SimpleNamespace(name="June Aaa"), SimpleNamespace(name="June Aab")]
    kept = broken(site.kept(SimpleNamespace(acknowledged=acknowledged, patients=patients[1:])))
    assert kept == []
    found = broken(site.kept(SimpleNamespace(acknowledged=[*acknowledged, lost], patients=patients)))
    assert found == ["of 3 acknowledged requests, lost: 1", "doubled: 1"]


def test_scenarios_of_one_site_share_a_clerk_who_declines_what_the_one_before_asked_for(clinic):
    for _scenario in range(2):
        clinic.appointment_request(patient={"name": "June Aaa"})
        assert ASKED["codes"]()
        assert not AppointmentRequest.objects.waiting().exists()
    assert User.objects.count() == 1


def test_no_acknowledged_request_is_lost_and_each_is_mailed_when_web_and_worker_are_killed(site):
    assert broken(killed.all_killed(site, SIZE)) == []


@pytest.mark.skipif(not PGBOUNCER, reason="no pgbouncer on this machine: transaction mode is not tried")
def test_behind_a_pooler_in_transaction_mode_nothing_is_lost_and_the_limits_of_the_role_hold(site, engine):
    if engine == "sqlite":
        pytest.skip("a pooler is for PostgreSQL")
    assert broken(pooled.pooled(site, SIZE)) == []
