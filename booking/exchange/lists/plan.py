"""What bringing in a list would do."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Remark(NamedTuple):
    """Of one row of the file, in a sentence that quotes nothing of it."""

    row: int
    says: str


@dataclass
class Plan:
    """`new`: what would come in, each as its module knows it. `problems`: rows that cannot come in. `remarks`: rows
    that differ from what is here, which stays, or that come in without a part that we cannot read.
    """

    new: list[Any] = field(default_factory=list)
    known: int = 0
    problems: list[Remark] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
