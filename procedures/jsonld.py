"""Structured data of a published page for search engines, in schema.org terms: plain dicts, only what the page says.

`contraindication`, `adverseOutcome` and `seriousAdverseOutcome` look right but are not: they belong to MedicalTherapy
and TherapeuticProcedure. `aspect` is deprecated.
"""

from django.conf import settings

from clinic.web import jsonld
from clinic.web.jsonld import Thing, without_blanks
from procedures.models import Procedure

Kind = Procedure.Kind
CLASS = {Kind.PROCEDURE: "MedicalProcedure", Kind.CONDITION: "MedicalCondition"}


def page(context: dict) -> Thing:
    """The page that `context` shows; see procedures.views.page_context."""
    practice, shown = jsonld.practice(), without_blanks(_page(context) | _vouched_for(context))
    if context["content"]["kind"] == Kind.PRACTICE:
        return jsonld.graph(practice, shown | {"about": jsonld.reference(practice)})
    subject = _subject(context)
    patients = {"@type": "MedicalAudience", "audienceType": "Patient"}
    return jsonld.graph(
        practice, subject, shown | {"mainEntity": jsonld.reference(subject), "medicalAudience": patients}
    )


def _page(context: dict) -> Thing:
    address = settings.SITE_URL + context["procedure"].path(context["here"])
    return {
        "@type": "WebPage" if context["content"]["kind"] == Kind.PRACTICE else "MedicalWebPage",
        "@id": address,
        "url": address,
        "name": context["title"],
        "description": context["description"],
        "inLanguage": context["content"]["language"],
        "publisher": jsonld.reference(jsonld.practice()),
        "publishingPrinciples": jsonld.address("procedures:practice_page", "editorial-policy"),
        "citation": [_source(source) for source in context["page"]["sources"]],
    }


def _vouched_for(context: dict) -> Thing:
    """The reviewer and date, only while the review is valid: as on the page."""
    people = context["content"]["people"]
    written = {
        "dateModified": context["version"].published_at.isoformat(),
        "author": {"@type": "Organization", "name": people["written_by"]},
    }
    if context["check_is_due"]:
        return written
    return written | {"lastReviewed": people["reviewed_on"], "reviewedBy": _person(people["reviewed_by"])}


def _subject(context: dict) -> Thing:
    """What the pages are about: the same node on each of them."""
    content, address = context["content"], settings.SITE_URL + context["procedure"].path()
    return without_blanks(
        {
            "@type": CLASS[content["kind"]],
            "@id": f"{address}#subject",
            "name": content["name"],
            "alternateName": [name.strip() for name in content["also_called"].split(",") if name.strip()],
            "description": content["summary"],
            "url": address,
        }
    )


def _person(name: str) -> Thing | None:
    return {"@type": "Person", "name": name} if name else None


def _source(source: dict) -> Thing:
    return without_blanks(
        {
            "@type": "CreativeWork",
            "name": source["citation"],
            "datePublished": source["year"] and str(source["year"]),
            "url": source["url"],
        }
    )
