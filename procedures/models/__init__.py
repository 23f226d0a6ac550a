"""Treatment pages, their authors and reviewers, and an exact copy of everything that was ever shown."""

from procedures.models.pair import Pair
from procedures.models.parts import Risk, Section
from procedures.models.picture import Picture
from procedures.models.procedure import Procedure, PublishedVersion
from procedures.models.source import Source

__all__ = ["Pair", "Picture", "Procedure", "PublishedVersion", "Risk", "Section", "Source"]
