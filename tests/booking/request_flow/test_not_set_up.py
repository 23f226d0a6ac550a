"""A practice that is not set up promises nothing, and no question of the flow is without answers."""

import re

import pytest

from booking.models import Reason
from clinic import practice_info
from clinic.models import Location, OfficeHours, Practice, Practitioner, Schedule

pytestmark = pytest.mark.once

GONE = {
    "practice": lambda: Practice.objects.all().delete(),
    "desk hours": lambda: OfficeHours.objects.all().delete(),
    "offices": lambda: Location.objects.update(is_active=False),
    "weekly hours": lambda: Schedule.objects.all().delete(),
    "providers": lambda: Practitioner.objects.update(is_active=False),
    "reasons": lambda: Reason.objects.update(is_active=False),
}


@pytest.fixture(params=GONE)
def without(request, clinic):
    GONE[request.param]()
    practice_info.forget()


def main(response):
    return re.search(r"<main.*?</main>", response.text, re.DOTALL)[0]


def test_no_page_promises_an_hour(client, without):
    for path in ("/", "/request/"):
        assert "answer by" not in main(client.get(path))


def test_a_request_cannot_begin_and_the_page_says_to_call(client, without):
    for answer in (client.get("/request/"), client.post("/request/")):
        assert answer.status_code == 200
        assert "Please call us for an appointment" in main(answer)
        assert "<form" not in main(answer)


def test_a_flow_under_way_ends_there_too_not_in_a_question_without_answers(client, clinic):
    step = client.post("/request/", follow=True).redirect_chain[-1][0]
    client.post(step, {"emergency": "no"})
    client.post(step.replace("emergency", "who"), {"for_whom": "me"})
    Reason.objects.update(is_active=False)
    assert client.get(step.replace("emergency", "reason")).url == "/request/"


def test_a_practice_that_is_set_up_promises_an_hour(client, clinic):
    assert "answer by" in main(client.get("/"))
    assert "answer by" in main(client.get("/request/"))
