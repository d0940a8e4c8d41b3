"""Rules with their citation and dates, and the verdicts they give on facts."""

import dataclasses
import datetime
from collections.abc import Collection, Iterable

from cursitor.engines.policy import predicates

PASS = "PASS"  # noqa: S105 - an outcome, not a password
WARN = "WARN"
OVERRIDE = "OVERRIDE"
BLOCK = "BLOCK"
SEVERITIES = (WARN, OVERRIDE, BLOCK)
"""What a failed rule does, from mild to strict: tell, ask for a reasoned override, forbid."""


@dataclasses.dataclass(frozen=True, slots=True)
class Rule:
    """
    One rule.

    id, version: identify it for ever. citation: the source of law, contract or policy. acts: the acts it is asked
    about, empty for all. effective_from, effective_to: first day, and first day no longer, None without end.
    severity: WARN, OVERRIDE or BLOCK. overridable_by: roles that may override, for OVERRIDE only. when: the rule
    applies only if this test is met, None for always. test: what must be met. cure: what would mend a failure.
    """

    id: str
    version: str
    title: str
    citation: str
    effective_from: datetime.date
    effective_to: datetime.date | None
    severity: str
    overridable_by: tuple[str, ...]
    acts: tuple[str, ...]
    when: predicates.Test | None
    test: predicates.Test
    cure: str

    def is_effective(self, on_date: datetime.date) -> bool:
        """Return whether the rule is in force on a day."""
        return self.effective_from <= on_date and (self.effective_to is None or on_date < self.effective_to)


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule says: outcome PASS, WARN, OVERRIDE or BLOCK, the fact that decided, and the cure if it failed."""

    rule: Rule
    outcome: str
    fact_found: str
    cure: str


def evaluate(
    rules: Iterable[Rule], facts: predicates.Facts, on_date: datetime.date, *, act: str = ""
) -> tuple[Verdict, ...]:
    """
    Return the verdict of every rule in force on the day that concerns the act, in the order of the rules.

    facts: by dotted name; `on_date` is added. A fact that is not known fails the test that needs it: the answer
    to what nobody knows is no. A rule whose `when` is not met passes and says so.
    act: only rules that name this act, or none, are asked; "" asks all.
    :raises predicates.WrongFact: if a fact is of the wrong type.
    """
    known = {**facts, predicates.ON_DATE: on_date}
    return tuple(
        _verdict(rule, known)
        for rule in rules
        if rule.is_effective(on_date) and (not act or not rule.acts or act in rule.acts)
    )


def worst_outcome(verdicts: Iterable[Verdict]) -> str:
    """Return the strictest outcome: BLOCK over OVERRIDE over WARN over PASS; PASS if there is none."""
    order = (PASS, *SEVERITIES)
    return max((verdict.outcome for verdict in verdicts), key=order.index, default=PASS)


def standing(verdicts: Iterable[Verdict], *, overridden: Collection[str], role: str) -> tuple[Verdict, ...]:
    """
    Return the verdicts that still forbid the act: blocks, and overrides not given or not this role's to give.

    overridden: ids of rules for which a reasoned override is recorded. role: of the person who gave them.
    """
    return tuple(
        verdict
        for verdict in verdicts
        if verdict.outcome == BLOCK
        or (verdict.outcome == OVERRIDE and not (verdict.rule.id in overridden and role in verdict.rule.overridable_by))
    )


def _verdict(rule: Rule, facts: predicates.Facts) -> Verdict:
    if rule.when is not None:
        applies = predicates.check(rule.when, facts)
        if not applies.is_met:
            return Verdict(rule, PASS, f"Does not apply: {applies.sentence}.", "")
    found = predicates.check(rule.test, facts)
    sentence = f"{found.sentence[:1].upper()}{found.sentence[1:]}."
    if found.is_met:
        return Verdict(rule, PASS, sentence, "")
    return Verdict(rule, rule.severity, sentence, rule.cure)
