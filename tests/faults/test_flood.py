"""A small flood on every run: the whole one, with figures, is `python -m tests.faults.flood`."""

import pytest

from tests.builders import Clinic
from tests.faults.attack import Wave, attack
from tests.faults.flood import SERVED
from tests.spare import url_of_test_database

LIMITS = {"REQUESTS_PER_ADDRESS_AN_HOUR": 2, "REQUESTS_PER_NETWORK_AN_HOUR": 3, "RUSH_AT_LEAST": 14}
WAVE = Wave(family=2, home=2, identical=4, one_address=4, one_network=5, elsewhere=1)


@pytest.mark.django_db(transaction=True)
def test_two_web_processes_keep_a_flood_out_and_let_a_family_and_a_care_home_in(settings, monkeypatch, tmp_path):
    Clinic()
    served = SERVED | {"DATABASE_URL": url_of_test_database()} | {name: str(n) for name, n in LIMITS.items()}
    for name, value in served.items():
        monkeypatch.setenv(name, value)
    settings.OPEN_REQUESTS_PER_PERSON = 3
    for name, value in LIMITS.items():
        setattr(settings, name, value)
    broken = [f"{claim.words}: {claim.figure}" for claim in attack(str(tmp_path), WAVE) if not claim.holds]
    assert broken == []
