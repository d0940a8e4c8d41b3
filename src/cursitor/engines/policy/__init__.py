"""
Rules as data: packs of rules with citations, tested against facts on a day, answered with verdicts.

Callers use the names below from the package. See docs/algorithms/policy.md.
"""

from cursitor.engines.policy.packs import BadPack, Pack, load_pack
from cursitor.engines.policy.predicates import PREDICATES, Facts, Found, Test, WrongFact
from cursitor.engines.policy.rules import (
    BLOCK,
    OVERRIDE,
    PASS,
    SEVERITIES,
    WARN,
    Rule,
    Verdict,
    evaluate,
    standing,
    worst_outcome,
)

__all__ = [
    "BLOCK",
    "OVERRIDE",
    "PASS",
    "PREDICATES",
    "SEVERITIES",
    "WARN",
    "BadPack",
    "Facts",
    "Found",
    "Pack",
    "Rule",
    "Test",
    "Verdict",
    "WrongFact",
    "evaluate",
    "load_pack",
    "standing",
    "worst_outcome",
]
