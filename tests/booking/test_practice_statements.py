"""What the practice states about itself is its own, and absent until it is written. No link leads nowhere."""

import re

import pytest
from django.core.cache import cache
from django.db import DatabaseError
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.models import Reason
from clinic import practice_info
from clinic.models import Practice
from procedures.loading import CONTENT, load
from procedures.models import Procedure
from tests.booking.request_flow.walk import Walker
from tests.builders import check_and_publish, make_reason
from tests.pages import markup, words

pytestmark = [pytest.mark.once, pytest.mark.django_db]
OWN_PAGES = ("first-visit", "privacy", "accessibility", "editorial-policy")
STATEMENTS = [
    "We have free help in your language.",
    "We speak Spanish and Russian on Tuesdays.",
    "Ask for an interpreter: it costs you nothing.",
    "Se habla español.",
    "<b>Help</b> & more",
]


def state(text):
    Practice.objects.update(language_help=text)
    practice_info.forget()


def publish(slug, *, kind="practice", **fields):
    procedure = Procedure.objects.create(slug=slug, name=slug, kind=kind, summary="A.", risks_summary="B.", **fields)
    return check_and_publish(procedure, now=timezone.now())


def links_of(page):
    return set(re.findall(r'href="(/[^"#?]*)', page.text))


def access_page(client):
    return Walker(client).until("contact").press("contact")


# -- help in other languages


def test_nothing_promises_help_in_a_language_by_default(client, clinic):
    for page in (
        client.get("/"),
        client.get("/request/"),
        client.get("/visit-us/"),
        access_page(Walker(client).client),
    ):
        assert "your language" not in words(page)
        assert "free" not in words(page).partition("Need help with this site?")[2]


PAGES = ["/", "/request/", "/visit/", "/team/", "/procedures/"]


@pytest.mark.parametrize(("path", "text"), list(zip(PAGES, STATEMENTS, strict=True)) + [("/", STATEMENTS[-1])])
def test_the_practices_own_statement_is_on_every_page(client, clinic, path, text):
    state(text)
    assert text in words(client.get(path)).partition("Need help with this site?")[2]


@pytest.mark.parametrize("text", ["", *STATEMENTS[:4]])
def test_the_question_about_an_interpreter_promises_what_the_practice_does(client, clinic, text):
    state(text)
    june = Walker(client).until("needs")
    main = re.search(r"<main.*?</main>", june.get("needs").text, re.DOTALL)[0]
    assert "free" not in main.replace(text or "-", "")
    assert text in main


def test_a_manager_edits_the_statement(client, manager, clinic):
    page = client.get(reverse("admin:clinic_practice_change", args=[1]))
    assert 'name="language_help"' in page.text


# -- links to the practice's own pages


@pytest.mark.parametrize("slug", OWN_PAGES)
def test_a_link_appears_when_its_page_is_published(client, clinic, slug):
    assert f"/{slug}/" not in links_of(client.get("/team/"))
    publish(slug)
    cache.clear()  # ten seconds later
    assert f"/{slug}/" in links_of(Client().get("/visit-us/"))
    assert client.get(f"/{slug}/").status_code == 200


@pytest.mark.parametrize("state_of_page", ["draft", "hidden", "treatment", "none"])
def test_no_link_of_the_site_leads_to_a_page_that_is_missing(client, clinic, state_of_page):
    if state_of_page == "draft":
        for slug in OWN_PAGES:
            load(CONTENT / f"{slug}.toml", now=timezone.now())
    if state_of_page == "hidden":
        for slug in OWN_PAGES:
            publish(slug, is_shown=False)
    if state_of_page == "treatment":
        publish("privacy", kind="procedure")
    paths = ("/", "/team/", "/request/", "/visit/", "/nowhere/")
    for link in set.union(*(links_of(client.get(path)) for path in paths)) - {"/admin/"}:
        if not link.startswith("/static/"):
            assert client.get(link).status_code == 200, link


def test_an_error_page_stays_whole_while_the_database_is_away(clinic, monkeypatch):
    def gone(*_):
        raise DatabaseError

    monkeypatch.setattr("procedures.models.procedure.ProcedureQuerySet.spoken", gone)
    assert "For our staff" in render_to_string("404.html", {"practice": practice_info.practice_info()})


# -- the reason of the page that was read


def chosen(client, came_from):
    june = Walker(client)
    june.start(**{"from": came_from})
    return re.findall(r'name="reason" value="([^"]+)" id="[^"]+" checked', markup(june.get("reason")))


@pytest.mark.parametrize("slug", ["kyphoplasty", "epidural", "nerve-block", "ablation", "brace"])
@pytest.mark.parametrize("door", range(2))
def test_every_way_from_a_treatment_page_presets_that_pages_own_reason(client, clinic, slug, door):
    version = publish(slug, kind="procedure")
    other = publish("another", kind="procedure")
    make_reason(clinic.appointment_type, slug="others", procedure=other.procedure)
    make_reason(clinic.appointment_type, slug=f"own-{slug}", procedure=version.procedure, order=3)
    make_reason(clinic.appointment_type, slug="second", procedure=version.procedure, order=4)
    doors = re.findall(r'href="/request/([^"]*)"', client.get(f"/procedures/{slug}/").text)
    assert len(doors) == 2
    assert chosen(client, doors[door].partition("from=")[2]) == [f"own-{slug}"]


def test_a_page_without_a_reason_of_its_own_presets_none(client, clinic):
    assert chosen(client, publish("brace", kind="procedure").public_id) == []


def test_a_page_in_another_language_presets_the_same_reason(client, clinic):
    clinic.reason.procedure = publish("kyphoplasty", kind="procedure").procedure
    clinic.reason.save()
    assert chosen(client, publish("kyphoplasty", kind="procedure", language="es").public_id) == ["broken-bone"]


def test_a_reason_that_is_no_longer_used_is_not_preset(client, clinic):
    version = publish("kyphoplasty", kind="procedure")
    make_reason(clinic.appointment_type, slug="old", procedure=version.procedure, is_active=False)
    make_reason(clinic.appointment_type, slug="new", procedure=version.procedure, order=9)
    assert chosen(client, version.public_id) == ["new"]
    assert Reason.objects.filter(slug="old").exists()
