"""What an editor is told about a text before it is published: hard or choppy to read, unsourced, one-sided.

The lint checks a snapshot, so that it sees the text as it will be shown. Rules that depend on a language are in tables
by language; for a language without rules there is a finding.
"""

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _

from procedures.lint import claims, reading, whole
from procedures.lint.finding import Finding
from procedures.models import Procedure
from procedures.plain_text import Content, Part, parts

__all__ = ["Finding", "findings"]


def findings(content: Content, *, today: date) -> Iterator[Finding]:
    """What to fix in a snapshot, in the order of its pages."""
    if content["language"] not in reading.GLOSSARY:
        yield Finding("", "", _("There are no rules for this language yet."))
        return
    sections = list(parts(content))
    for page in content["pages"]:
        own = [part for part in sections if part.page == page]
        yield from (
            Finding(page, "", said) for said in reading.of_page(page, own, content["kind"], content["language"])
        )
    for part in sections:
        yield from (Finding(part.page, part.anchor, said) for said in _of_section(part, content))
    yield from (Finding(*found) for found in whole.findings(content, sections, today))


def _of_section(part: Part, content: Content) -> Iterator[str]:
    yield from reading.too_long(part)
    yield from claims.of_another_country(part)
    if content["kind"] == Procedure.Kind.PRACTICE:
        yield from claims.promises(part, content["language"])
    else:
        yield from claims.of_section(part, content["language"])
