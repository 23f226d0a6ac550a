"""What a treatment page is made of, as its editors see it: the facts, sections, benefits and harms."""

from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from procedures.editing import forms
from procedures.editing.section_form import SectionForm
from procedures.models import Pair, Procedure, Risk, Section
from procedures.plain_text import FACTS, PAIR, RISK

Place = tuple[str, str]


class Kind(NamedTuple):
    """A kind of part: its table, its form, and what its pages are called."""

    name: str
    model: type
    form: type[forms.PartForm]
    label: str
    new: str

    @property
    def table(self) -> str:
        return self.model._meta.model_name


FACTS_KIND = Kind("facts", Procedure, forms.FactsForm, _("Name, summary and people"), "")
PARTS = {
    kind.name: kind
    for kind in (
        Kind("section", Section, SectionForm, _("Section"), _("New section")),
        Kind("pair", Pair, forms.PairForm, _("Benefit or harm in a pair"), _("New benefit or harm in a pair")),
        Kind("risk", Risk, forms.RiskForm, _("Risk"), _("New risk")),
    )
}


def kind_of(part: Procedure | Section | Pair | Risk) -> Kind:
    return next((kind for kind in PARTS.values() if isinstance(part, kind.model)), FACTS_KIND)


def place_of(part: Procedure | Section | Pair | Risk) -> Place:
    """How a finding names the place of this part. A pair is on several pages, so its name alone says where it is."""
    if isinstance(part, Section):
        return part.page, part.anchor
    if isinstance(part, Procedure):
        return "", FACTS
    return "", (PAIR if isinstance(part, Pair) else RISK) + part.name
