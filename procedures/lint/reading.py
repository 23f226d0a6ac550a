"""How hard a page is to read, both ways: staccato talks down to people, long sentences lose them.

Limits: the AMA and NIH ask for grade 6; below grade 4 the sentences no longer flow.
"""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from procedures.models import Procedure, Section
from procedures.plain_text import Part
from procedures.readability import flesch_kincaid, sentences, smog, words

LEAST_GRADE, MOST_GRADE, MOST_SMOG = 4, 6.5, 8
LEAST_ON_AVERAGE, MOST_ON_AVERAGE, MOST_WORDS = 8, 20, 25
ASKING = {Section.Kind.QUESTIONS, Section.Kind.VALUES}  # lists to tick, not text
ENOUGH_SENTENCES = 8  # with fewer a grade says nothing
MOST_OPEN_WORDS = {"overview": 600, "risks": 800}
# Long words of the glossary: hard once on each page, since the page explains them there.
GLOSSARY = {
    "en": frozenset({
        "acetaminophen", "allergy", "anesthesia", "antibiotics", "augmentation", "authorization", "compression",
        "density", "embolism", "fluoroscopy", "follow-up", "infection", "kyphoplasty", "opioids", "osteoporosis",
        "physical", "placebo", "position", "recovery", "sedation", "therapy", "vertebra", "vertebral", "vertebroplasty",
    })
}  # fmt: skip


def of_page(page: str, sections: list[Part], kind: str, language: str) -> Iterator[str]:
    if kind != Procedure.Kind.PRACTICE:
        yield from _too_much(page, sections)
    running = [text for part in sections if part.kind not in ASKING for text in part.running]
    said = sentences(running)
    if len(said) < ENOUGH_SENTENCES:
        return
    average = sum(len(words(sentence)) for sentence in said) / len(said)
    if not LEAST_ON_AVERAGE <= average <= MOST_ON_AVERAGE:
        yield _("Sentences average %(average).1f words: between %(least)d and %(most)d flow.") % {
            "average": average, "least": LEAST_ON_AVERAGE, "most": MOST_ON_AVERAGE,
        }  # fmt: skip
    yield from _grades(running, GLOSSARY[language])


def _too_much(page: str, sections: list[Part]) -> Iterator[str]:
    count = sum(len(words(text)) for part in sections for text in part.open_blocks)
    most = MOST_OPEN_WORDS.get(page)
    if most and count > most:
        yield _("%(count)d words show at once, at most %(most)d. Fold what not everyone needs.") % {
            "count": count, "most": most,
        }  # fmt: skip


def _grades(running: list[str], known: frozenset[str]) -> Iterator[str]:
    grade, long_words = flesch_kincaid(running, known), smog(running, known)
    if grade > MOST_GRADE:
        yield _("Hard to read: Flesch-Kincaid %(grade).1f, at most %(most).1f.") % {"grade": grade, "most": MOST_GRADE}
    if grade < LEAST_GRADE:
        yield _("Choppy: Flesch-Kincaid %(grade).1f, at least %(least)d. Join short sentences.") % {
            "grade": grade, "least": LEAST_GRADE,
        }  # fmt: skip
    if long_words > MOST_SMOG:
        yield _("Too many long words: SMOG %(grade).1f, at most %(most)d.") % {"grade": long_words, "most": MOST_SMOG}


def too_long(part: Part) -> Iterator[str]:
    for sentence in sentences(part.blocks):
        if len(words(sentence)) > MOST_WORDS:
            yield _("Sentence with %(count)d words: “%(begin)s ...”") % {
                "count": len(words(sentence)),
                "begin": " ".join(sentence.split()[:6]),
            }
