"""Read the rules in force and what they said."""

import difflib
import importlib.resources
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from django.db.models import Q, QuerySet

from cursitor.engines import policy
from cursitor.plumbing import wording
from cursitor.spine.people.choices import Role
from cursitor.spine.people.models import Organisation
from cursitor.spine.safeguards.choices import ACTS, Outcome
from cursitor.spine.safeguards.models import Decision, PolicyPack

SEVEREST_FIRST = (Outcome.BLOCK, Outcome.OVERRIDE, Outcome.WARN, Outcome.PASS)


def pack_in_force(*, organisation: Organisation | int | None, on: date) -> PolicyPack | None:
    """Return the version of the firm's own rules in force on a day, else of the default rules, else None."""
    begun = PolicyPack.objects.filter(effective_from__lte=on).order_by("-effective_from", "-version")
    own = begun.filter(organisation=organisation).first() if organisation is not None else None
    return own or begun.filter(organisation=None).first()


def rules_in_force(*, organisation: Organisation | int | None, on: date) -> policy.Pack:
    """Return the rules in force on a day, read. Before anything was installed: those the product ships."""
    stored = pack_in_force(organisation=organisation, on=on)
    return read(stored.text if stored else shipped_text())


@lru_cache(maxsize=32)
def read(text: str) -> policy.Pack:
    return policy.load_pack(text)


@lru_cache(maxsize=1)
def shipped_text() -> str:
    """Return the text of the default pack that the product ships."""
    return (importlib.resources.files("cursitor.spine.safeguards") / "data" / "default_pack.toml").read_text("utf-8")


def verdicts(
    *, act: str, facts: Mapping[str, Any], on: date, organisation: Organisation | int | None = None
) -> tuple[policy.Verdict, ...]:
    """
    Return what the rules would say, severest first, without writing it down: for a preview.

    organisation: the firm whose matter it is, so that its own rules are asked.
    """
    rules = rules_in_force(organisation=organisation, on=on).rules
    found = policy.evaluate(rules, spoken(facts), on, act=act)
    return tuple(sorted(found, key=lambda verdict: SEVEREST_FIRST.index(verdict.outcome)))


class Amount(int):
    """Minor units that compare as a number and speak as money."""

    currency = ""

    def __str__(self) -> str:
        return wording.money(int(self), self.currency)


def spoken(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts with every `..._amount` saying its currency, where the fact `currency` is known."""
    currency = facts.get("currency")
    if not currency:
        return dict(facts)
    return {name: _amount(value, currency) if name.endswith("_amount") else value for name, value in facts.items()}


def _amount(value: Any, currency: str) -> Any:
    if type(value) is not int:
        return value
    amount = Amount(value)
    amount.currency = currency
    return amount


def decisions_for(subject: str) -> tuple[Decision, ...]:
    """Return the latest decision of every rule on a subject ("order:WO-1187"), act by act, severest first."""
    return latest(Decision.objects.filter(subject=subject))


def latest(found: QuerySet[Decision]) -> tuple[Decision, ...]:
    """Return of decisions on one subject the latest of every act and rule, what stands in the way first."""
    by_rule: dict[tuple[str, str], Decision] = {}
    rows = found.select_related("pack", "overridden_by", "asked_by", "matter")
    for decision in rows.order_by("at", "pk"):
        by_rule[decision.act, decision.rule] = decision
    return tuple(sorted(by_rule.values(), key=_by_severity))


def override_that_holds(decision: Decision) -> Decision | None:
    """Return an override given before on the very same rule, version, act, subject and facts, or None."""
    given = Decision.objects.filter(
        subject=decision.subject,
        act=decision.act,
        rule=decision.rule,
        rule_version=decision.rule_version,
        overridden_by__isnull=False,
    )
    return next((each for each in given.order_by("-at", "-pk") if each.facts == decision.facts), None)


@dataclass(frozen=True)
class Summary:
    """How many decisions there are of each kind, and the sentence that says so."""

    n_blocks: int
    n_overrides: int
    n_warnings: int
    n_passed: int

    @property
    def sentence(self) -> str:
        standing = [(self.n_blocks, "block"), (self.n_overrides, "override")]
        named = " and ".join(_counted(n, noun) for n, noun in standing if n)
        if named:
            verb = "stands" if self.n_blocks + self.n_overrides == 1 else "stand"
            return f"{named[0].upper()}{named[1:]} {verb} in the way"
        warnings = f"; {_counted(self.n_warnings, 'warning')}" if self.n_warnings else ""
        return f"Nothing stands in the way{warnings}"


def summary(decisions: Iterable[Decision]) -> Summary:
    """Count decisions; an override that was given counts as passed."""
    found = list(decisions)
    standing = [each.outcome for each in found if each.stands_in_the_way]
    n_warnings = sum(each.outcome == Outcome.WARN for each in found)
    return Summary(
        n_blocks=standing.count(Outcome.BLOCK),
        n_overrides=standing.count(Outcome.OVERRIDE),
        n_warnings=n_warnings,
        n_passed=len(found) - len(standing) - n_warnings,
    )


def versions(organisation: Organisation | int | None) -> QuerySet[PolicyPack]:
    """Return the versions of a firm's rules, latest first."""
    packs = PolicyPack.objects.filter(organisation=organisation)
    return packs.select_related("organisation", "made_by").order_by("-version")


@dataclass(frozen=True)
class Line:
    """One line of a comparison. kind: "same", "removed" or "added"; "gap" stands for lines left out."""

    kind: str
    text: str


def difference(earlier: str, later: str) -> tuple[Line, ...]:
    """Return how two texts of a pack differ, with three lines around each change."""
    kinds = {" ": "same", "-": "removed", "+": "added", "@": "gap"}
    rows = difflib.unified_diff(earlier.splitlines(), later.splitlines(), lineterm="", n=3)
    return tuple(Line(kinds[row[0]], "" if row[0] == "@" else row[1:]) for row in list(rows)[2:] if row[0] in kinds)


def _counted(n: int, noun: str) -> str:
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    return f"{words[n] if n < len(words) else n} {noun}{'' if n == 1 else 's'}"


def _by_severity(decision: Decision) -> tuple[bool, int, str]:
    return not decision.stands_in_the_way, SEVEREST_FIRST.index(decision.outcome), decision.rule


@dataclass(frozen=True)
class RuleRow:
    """A rule as the policy page lists it: where it is asked, and what happens when it does not hold, in words."""

    rule: policy.Rule
    acts: str
    effect: str


def rule_rows(pack: policy.Pack) -> tuple[RuleRow, ...]:
    """Return the rules of a pack in its order, in words."""
    return tuple(
        RuleRow(rule, ", ".join(str(ACTS.get(act, act)) for act in rule.acts) or "Every act", _effect(rule))
        for rule in pack.rules
    )


def all_versions(organisation: Organisation | None) -> QuerySet[PolicyPack]:
    """Return the firm's own versions and the default ones, latest first."""
    packs = PolicyPack.objects.filter(Q(organisation=organisation) | Q(organisation=None))
    return packs.select_related("made_by").order_by("-effective_from", "-version", "-pk")


def version_before(pack: PolicyPack) -> PolicyPack | None:
    """Return what a version took the place of: the firm's version before it, else the default rules."""
    own = PolicyPack.objects.filter(organisation=pack.organisation_id, version__lt=pack.version)
    before = own.order_by("-version").first()
    if before is None and pack.organisation_id is not None:
        return versions(None).first()
    return before


def text_to_change(organisation: Organisation, *, on: date) -> tuple[int, str]:
    """Return the number of the firm's next version, and the text to change, which has that number already."""
    latest_own = versions(organisation).first()
    if latest_own is not None:
        text, due = latest_own.text, latest_own.version + 1
    else:
        stored = pack_in_force(organisation=None, on=on)
        text, due = stored.text if stored else shipped_text(), 1
    return due, re.sub(r"^version\s*=\s*\d+", f"version = {due}", text, count=1, flags=re.MULTILINE)


def _effect(rule: policy.Rule) -> str:
    if rule.severity == policy.BLOCK:
        return "Blocks"
    if rule.severity == policy.WARN:
        return "Warns"
    return f"Needs an override by {' or '.join(str(Role(role).label).lower() for role in rule.overridable_by)}"
