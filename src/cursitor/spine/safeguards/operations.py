"""Ask the rules before an act, keep what they said, override with a reason, change the rules."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from cursitor.engines import policy
from cursitor.plumbing.refusal import Invalid, NotVisible, Refusal
from cursitor.spine.audit import operations as audit
from cursitor.spine.engagements import access as engagement_access
from cursitor.spine.engagements.models import Matter
from cursitor.spine.people.choices import Role
from cursitor.spine.people.models import Organisation, Person
from cursitor.spine.safeguards import access, queries
from cursitor.spine.safeguards.choices import Outcome
from cursitor.spine.safeguards.models import Decision, PolicyPack

LONG_IN_FORCE = date(2020, 1, 1)


class PolicyBlocks(Refusal):
    """Raised when a rule blocks an act, or needs an override that nobody gave. `decisions`: those in the way."""

    def __init__(self, decisions: tuple[Decision, ...]) -> None:
        self.decisions = decisions
        super().__init__(" ".join(f"Not met: {each.title}. {each.fact_found} {each.cure}" for each in decisions))


class CannotOverride(Refusal):
    """Raised when a decision needs no override, or has one."""


def check(
    *, act: str, matter: Matter, subject: str, facts: Mapping[str, Any], by: Person, at: datetime
) -> tuple[Decision, ...]:
    """
    Ask the rules about an act, write down what each said and return it, severest first.

    An override given before on the same rule and the same facts holds. What the rules said on this day of the same
    facts is not written twice. Call it before the transaction of the act, so that a refusal is kept.
    :raises PolicyBlocks: while a rule blocks, or an override is missing.
    """
    with transaction.atomic():
        pack = _pack(matter.organisation_id, at)
        found = policy.evaluate(queries.read(pack.text).rules, queries.spoken(facts), at.date(), act=act)
        decisions = [
            _decision(verdict, facts, pack=pack, act=act, matter=matter, subject=subject, by=by, at=at)
            for verdict in found
        ]
        known = _written_today(subject, act, pack, at)
        fresh = [each for each in decisions if _mark(each) not in known]
        Decision.objects.bulk_create(fresh)
        if fresh:
            outcomes = {each.rule: str(each.outcome) for each in decisions}
            data = {"act": act, "pack": str(pack), "outcomes": outcomes}
            audit.record(event="safeguards.policy.asked", at=at, by=by, subject=subject, matter=matter.key, data=data)
    kept = [known.get(_mark(each), each) for each in decisions]
    kept.sort(key=lambda each: queries.SEVEREST_FIRST.index(each.outcome))
    standing = tuple(each for each in kept if each.stands_in_the_way)
    if standing:
        raise PolicyBlocks(standing)
    return tuple(kept)


def override(*, decision: Decision, by: Person, reason: str, at: datetime) -> Decision:
    """
    Set a rule aside for this act on these facts, with a reason, in one's own name.

    :raises NotVisible, Invalid. :raises NotPermitted: naming who may.
    :raises CannotOverride: when the rule blocks outright, does not stand in the way, or was overridden.
    """
    with transaction.atomic():
        decision = Decision.objects.select_for_update(of=("self",)).select_related("matter").get(pk=decision.pk)
        if not access.decisions(by).filter(pk=decision.pk).exists():
            raise NotVisible
        if decision.outcome != Outcome.OVERRIDE:
            raise CannotOverride(f"Rule {decision.rule} cannot be overridden here: {decision.get_outcome_display()}.")
        access.require_override(by, decision=decision)
        if decision.overridden_by_id is not None:
            raise CannotOverride(f"{decision.overridden_by} overrode rule {decision.rule} already.")
        if not reason.strip():
            raise Invalid("Say why the rule is set aside.", field="reason")
        decision.overridden_by, decision.overridden_at, decision.override_reason = by, at, reason.strip()
        decision.save(update_fields=["overridden_by", "overridden_at", "override_reason"])
        audit.record(
            event="safeguards.decision.overridden",
            at=at,
            by=by,
            subject=decision.subject,
            matter=decision.matter.key,
            data={"rule": decision.rule, "version": decision.rule_version, "act": decision.act, "reason": reason},
        )
    return decision


def install_default_pack(*, at: datetime) -> PolicyPack:
    """Store the rules the product ships, once a version, and return the latest. Every installation has some rules."""
    text = queries.shipped_text()
    shipped = queries.read(text)
    with transaction.atomic():
        pack, is_new = PolicyPack.objects.get_or_create(
            organisation=None,
            version=shipped.version,
            defaults={
                "name": shipped.name,
                "text": text,
                "effective_from": LONG_IN_FORCE if shipped.version == 1 else at.date(),
                "made_at": at,
            },
        )
        if is_new:
            data = {"name": pack.name, "version": pack.version, "rules": [rule.id for rule in shipped.rules]}
            audit.record(event="safeguards.pack.installed", at=at, by=None, subject="policy:default", data=data)
    return pack


def change_rules(
    *, organisation: Organisation, text: str, effective_from: date, reason: str, by: Person, at: datetime
) -> PolicyPack:
    """
    Add a version of a firm's rules, in force from a day on. What was decided under older versions stays as it is.

    :raises NotPermitted: unless `by` instructs for the firm.
    :raises Invalid: when the pack cannot be read (naming rule and key), has a version out of turn or an unknown role.
    """
    with transaction.atomic():
        engagement_access.require_instructing(by, organisation=organisation, act="change the rules")
        Organisation.objects.select_for_update().get(pk=organisation.pk)
        latest = queries.versions(organisation).first()
        pack = _readable(text, due=latest.version + 1 if latest else 1)
        if not reason.strip():
            raise Invalid("Say why the rules are changed.", field="reason")
        if effective_from < at.date() or (latest and effective_from < latest.effective_from):
            late = "New rules begin today or later, and not before the version before them."
            raise Invalid(late, field="effective_from")
        stored = PolicyPack.objects.create(
            organisation=organisation,
            name=pack.name,
            version=pack.version,
            text=text,
            effective_from=effective_from,
            reason=reason,
            made_by=by,
            made_at=at,
        )
        data = {"version": pack.version, "effective_from": effective_from.isoformat(), "reason": reason}
        audit.record(event="safeguards.pack.changed", at=at, by=by, subject=f"policy:{organisation.pk}", data=data)
    return stored


def _readable(text: str, *, due: int) -> policy.Pack:
    try:
        pack = policy.load_pack(text)
    except policy.BadPack as error:
        raise Invalid(f"{error}.", field="text") from error
    if pack.version != due:
        raise Invalid(f"The pack says version {pack.version}; the next is {due}.", field="text")
    for rule in pack.rules:
        if unknown := set(rule.overridable_by) - set(Role.values):
            raise Invalid(f"rule {rule.id}, key overridable_by: {', '.join(sorted(unknown))} is no role.", field="text")
    return pack


def _pack(organisation: int, at: datetime) -> PolicyPack:
    default = PolicyPack.objects.filter(organisation=None).order_by("-version").first()
    if default is None or default.version < queries.read(queries.shipped_text()).version:
        install_default_pack(at=at)
    pack = queries.pack_in_force(organisation=organisation, on=at.date())
    if pack is None:
        raise Invalid(f"No rules are in force on {at.date()}; they begin on {LONG_IN_FORCE}.")
    return pack


def _decision(
    verdict: policy.Verdict,
    facts: Mapping[str, Any],
    *,
    pack: PolicyPack,
    act: str,
    matter: Matter,
    subject: str,
    by: Person,
    at: datetime,
) -> Decision:
    rule = verdict.rule
    decision = Decision(
        matter=matter,
        pack=pack,
        act=act,
        subject=subject,
        rule=rule.id,
        rule_version=rule.version,
        title=rule.title,
        citation=rule.citation,
        outcome=Outcome(verdict.outcome),
        facts=_facts_of(rule, facts),
        fact_found=verdict.fact_found[:500],
        cure=verdict.cure,
        overridable_by=list(rule.overridable_by),
        asked_by=by,
        at=at,
    )
    if decision.outcome == Outcome.OVERRIDE and (given := queries.override_that_holds(decision)):
        decision.overridden_by, decision.overridden_at = given.overridden_by, given.overridden_at
        decision.override_reason = given.override_reason
    return decision


def _facts_of(rule: policy.Rule, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts that the rule looks at, and the person it is about, as JSON."""
    names = {"person", *fact_names([rule.test, *([rule.when] if rule.when else [])])}
    return {name: _plain(facts[name]) for name in sorted(names) if name in facts}


def fact_names(tests: Iterable[policy.Test]) -> set[str]:
    """Return the names of the facts that tests look at, of the tests within them too."""
    found: set[str] = set()
    for test in tests:
        found |= {name for name in (test.fact, test.other) if name} | fact_names(test.tests)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Collection) and not isinstance(value, str):
        return sorted(str(each) for each in value)
    return value


def _written_today(subject: str, act: str, pack: PolicyPack, at: datetime) -> dict[tuple, Decision]:
    rows = Decision.objects.filter(subject=subject, act=act, pack=pack, at__lte=at, at__date=at.date())
    return {_mark(each): each for each in rows.select_related("overridden_by").order_by("at", "pk")}


def _mark(decision: Decision) -> tuple:
    """Return what makes two decisions the same: rule, version, outcome, whether overridden, and facts."""
    facts = tuple((name, str(value)) for name, value in sorted(decision.facts.items()))
    return decision.rule, decision.rule_version, str(decision.outcome), decision.overridden_by_id is None, facts
