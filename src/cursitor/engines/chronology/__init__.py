"""What happened when: facts with the precision their dates have, who was in them, and where it stands written."""

from cursitor.engines.chronology.facts import Chronology, Conflict, Fact, Source, merge, select
from cursitor.engines.chronology.moments import Moment, MomentUnclear, Precision, parse
from cursitor.engines.chronology.papers import COLUMNS, docx, row
from cursitor.engines.chronology.rows import FactUnclear, read

__all__ = [
    "COLUMNS",
    "Chronology",
    "Conflict",
    "Fact",
    "FactUnclear",
    "Moment",
    "MomentUnclear",
    "Precision",
    "Source",
    "docx",
    "merge",
    "parse",
    "read",
    "row",
    "select",
]
