"""The structured data of a treatment page: true, with the page's dates, and only properties of their class."""

import pytest

from clinic.web import jsonld as practice_jsonld
from procedures.models import Procedure
from tests.builders import check_and_publish, make_practice
from tests.machines import Head
from tests.procedures.schema_org import strangers, things

pytestmark = pytest.mark.once

OVERVIEW, RISKS = "/procedures/kyphoplasty/", "/procedures/kyphoplasty/risks/"
HOSTILE = "</script><script>alert(1)</script> & <!-- \u2028 '\" -->"


def notified(client, path):
    return Head(client.get(path).text).data


def one(data, kind):
    return next(thing for thing in things(data) if thing["@type"] == kind)


@pytest.fixture(autouse=True)
def _practice(kyphoplasty):
    make_practice()


@pytest.mark.parametrize("path", [OVERVIEW, RISKS])
def test_every_property_belongs_to_its_class(client, path):
    data = notified(client, path)
    assert {"MedicalWebPage", "MedicalProcedure", "MedicalOrganization"} <= {each["@type"] for each in things(data)}
    assert strangers(data) == set()


@pytest.mark.parametrize(
    "wrong",
    [
        {"@type": "MedicalProcedure", "contraindication": "infection"},
        {"@type": "MedicalProcedure", "seriousAdverseOutcome": "death"},
        {"@type": "MedicalWebPage", "aspect": "risks"},
        {"@type": "Person", "medicalSpecialty": "pain"},
        {"@graph": [{"@type": "Unheard", "name": "x"}]},
    ],
)
def test_a_property_of_another_class_is_found(wrong):
    assert strangers(wrong)


def test_dates_and_reviewer_are_those_of_the_version(client, kyphoplasty, at):
    at("2026-11-23 10:00")
    version = kyphoplasty.versions.get()
    page = one(notified(client, OVERVIEW), "MedicalWebPage")
    assert page["lastReviewed"] == kyphoplasty.reviewed_on.isoformat() == version.content["people"]["reviewed_on"]
    assert page["dateModified"] == version.published_at.isoformat()
    assert page["reviewedBy"] == {"@type": "Person", "name": kyphoplasty.reviewed_by}


def test_an_overdue_review_is_left_out(client, kyphoplasty, at):
    at("2028-01-03 10:00")
    page = one(notified(client, OVERVIEW), "MedicalWebPage")
    assert not {"lastReviewed", "reviewedBy"} & page.keys()


def test_a_page_names_its_own_url_and_the_procedure_that_both_pages_share(client, settings):
    settings.SITE_URL = "https://clinic.example.org"
    pages = [one(notified(client, path), "MedicalWebPage") for path in (OVERVIEW, RISKS)]
    assert [page["url"] for page in pages] == [f"https://clinic.example.org{path}" for path in (OVERVIEW, RISKS)]
    assert pages[0]["mainEntity"] == pages[1]["mainEntity"]


def test_the_sources_are_those_of_the_page(client, kyphoplasty):
    sources = kyphoplasty.versions.get().content["pages"]["risks"]["sources"]
    page = one(notified(client, RISKS), "MedicalWebPage")
    assert [source["name"] for source in page["citation"]] == [source["citation"] for source in sources]


@pytest.mark.parametrize(
    ("kind", "path", "classes"),
    [
        ("condition", OVERVIEW, {"MedicalWebPage", "MedicalCondition"}),
        ("practice", "/kyphoplasty/", {"WebPage"}),
    ],
)
def test_a_page_about_something_else_has_its_own_type(client, kyphoplasty, kind, path, classes):
    kyphoplasty.kind = kind
    kyphoplasty.save()
    check_and_publish(kyphoplasty)
    data = notified(client, path)
    seen = {each["@type"] for each in things(data)}
    assert seen & {"WebPage", "MedicalWebPage", "MedicalProcedure", "MedicalCondition"} == classes
    assert ("MedicalAudience" in seen) == (kind == "condition")
    assert strangers(data) == set()


def test_markup_in_a_name_stays_text(client, kyphoplasty):
    Procedure.objects.filter(pk=kyphoplasty.pk).update(name=HOSTILE[:80], summary=HOSTILE, reviewed_by=HOSTILE)
    kyphoplasty.refresh_from_db()
    check_and_publish(kyphoplasty)
    html = client.get(OVERVIEW).text
    assert "<script>alert" not in html
    assert one(Head(html).data, "MedicalProcedure")["description"] == HOSTILE


def test_a_preview_has_no_structured_data(admin_client, kyphoplasty):
    shown = f"/admin/procedures/publishedversion/{kyphoplasty.versions.get().pk}/shown/overview/"
    for path in (shown, f"/admin/procedures/procedure/{kyphoplasty.pk}/draft/risks/"):
        head = Head(admin_client.get(path).text)
        assert head.data == []
        assert head.meta["robots"] == "noindex"


@pytest.mark.parametrize("path", ["/request/", "/visit/", "/visit/nothing/", "/nowhere/"])
def test_forms_and_error_pages_have_no_structured_data(client, path):
    head = Head(client.get(path).text)
    assert head.data == []
    assert head.meta["robots"] == "noindex"
    assert head.canonical == ""


def test_empty_values_are_left_out():
    assert practice_jsonld.without_blanks({"a": "", "b": None, "c": [], "d": 0}) == {"d": 0}
