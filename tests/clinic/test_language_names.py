"""A language that is named in its own script says which language that is (WCAG 3.1.2)."""

import re

import pytest
from django.urls import reverse

from clinic import practice_info
from clinic.models import Practice, Practitioner
from clinic.web.language_names import OWN_NAMES, mark_languages
from tests.booking.request_flow.walk import ANSWERS, Walker

OFFERED = {"Español": "es", "Русский": "ru", "中文": "zh"}
pytestmark = [pytest.mark.once, pytest.mark.django_db]


def marked(name):
    return f'<span lang="{OWN_NAMES[name]}">{name}</span>'


@pytest.mark.parametrize("name", OWN_NAMES)
def test_a_name_is_marked_wherever_it_is_in_a_text(name):
    assert mark_languages(name) == marked(name)
    assert mark_languages(f"English, {name}") == f"English, {marked(name)}"
    assert mark_languages(f"<b>{name}</b>") == f"&lt;b&gt;{marked(name)}&lt;/b&gt;"


@pytest.mark.parametrize("text", ["English", "Spanish, Russian", "Deutschland", "Polskie", "", "Españolito"])
def test_other_words_are_left_alone(text):
    assert mark_languages(text) == text


@pytest.mark.parametrize("name", OFFERED)
def test_the_choices_of_a_language_are_marked(client, clinic, name):
    assert marked(name) in Walker(client).until("needs").get("needs").text


@pytest.mark.parametrize("value", ["Spanish", "Russian", "Chinese"])
def test_the_answer_on_the_check_page_is_marked(client, clinic, value):
    june = Walker(client).ready(clinic.slot(), needs=ANSWERS["needs"] | {"language": value})
    name = {"Spanish": "Español", "Russian": "Русский", "Chinese": "中文"}[value]
    assert marked(name) in june.get("check").text


@pytest.mark.parametrize("typed", ["Polski", "한국어", "العربية", "Kreyòl ayisyen", "Tiếng Việt"])
def test_a_language_that_the_patient_types_is_marked(client, clinic, typed):
    needs = ANSWERS["needs"] | {"language": "other", "other_language": typed}
    assert marked(typed) in Walker(client).ready(clinic.slot(), needs=needs).get("check").text


@pytest.mark.parametrize("name", ["Español", "Русский", "Français", "বাংলা", "日本語"])
def test_the_languages_of_a_provider_and_of_the_practice_are_marked(client, clinic, name):
    Practitioner.objects.update(languages=f"English, {name}")
    Practice.objects.update(language_help=f"{name}: ask us.")
    practice_info.forget()
    page = client.get("/team/").text
    assert page.count(marked(name)) == 2
    assert marked(name) in client.get("/request/").text


def test_the_language_of_a_page_is_marked_where_an_editor_chooses_it(admin_client):
    page = admin_client.get(reverse("admin:procedures_procedure_add")).text
    assert re.search(r'<option value="es"[^>]* lang="es"[^>]*>Español', page)
