from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from tests.factories import NOW

from cursitor.engines import policy
from cursitor.plumbing.refusal import Invalid, NotPermitted, NotVisible
from cursitor.spine.audit import operations as audit
from cursitor.spine.audit.models import Entry
from cursitor.spine.people.choices import Role
from cursitor.spine.safeguards import access, queries
from cursitor.spine.safeguards import operations as safeguards
from cursitor.spine.safeguards.choices import ACTS, Outcome
from cursitor.spine.safeguards.models import Decision, PolicyPack

TODAY = NOW.date()
GOOD_TO_ISSUE = {
    "line": "review",
    "permitted_lines": ["review"],
    "provider_countries": ["IN"],
    "permitted_countries": ["US", "IN"],
    "attorney_licensed": True,
    "licence_age_days": 3,
    "terms_in_force": True,
    "engagement_active": True,
    "currency": "USD",
    "committed_amount": 4_000_000,
    "budget_amount": 5_000_000,
}
GOOD_TO_ASSIGN = {
    "person": "Kavya Rindani",
    "person_country": "IN",
    "permitted_countries": ["US", "IN"],
    "is_walled": False,
    "is_member": True,
    "skills_missing": [],
}


def ask(world, *, act="work.issue", at=NOW, subject="order:WO-1187", by=None, **changes):
    facts = {**(GOOD_TO_ISSUE if act == "work.issue" else GOOD_TO_ASSIGN), **changes}
    person = by or world.legal_operations
    return safeguards.check(act=act, matter=world.matter, subject=subject, facts=facts, by=person, at=at)


def take_a_hand(world, subject):
    with transaction.atomic():
        audit.record(
            event="work.order.accepted", at=NOW, by=world.delivery_manager, subject=subject, matter=world.matter.key
        )


def refused(world, **changes):
    with pytest.raises(safeguards.PolicyBlocks) as caught:
        ask(world, **changes)
    return caught.value


def outcomes(decisions):
    return {each.rule: each.outcome for each in decisions}


class TestDefaultPack:
    def test_names_source_and_days_of_every_rule(self):
        pack = policy.load_pack(queries.shipped_text())

        assert len(pack.rules) >= 10
        assert all(rule.citation and rule.cure and rule.effective_from for rule in pack.rules)
        assert {act for rule in pack.rules for act in rule.acts} <= set(ACTS)
        assert {role for rule in pack.rules for role in rule.overridable_by} <= set(Role.values)

    def test_gives_every_fact_a_name_for_the_reader(self):
        pack = policy.load_pack(queries.shipped_text())

        facts = {
            name for rule in pack.rules for name in safeguards.fact_names([rule.test, *([rule.when] * bool(rule.when))])
        }
        assert facts <= set(pack.labels)

    @pytest.mark.parametrize(
        ("act", "changes", "rule", "outcome", "found"),
        [
            (
                "work.issue",
                {"line": "drafting"},
                "ENG-1",
                "BLOCK",
                "Service line: drafting, which is not among review.",
            ),
            ("work.issue", {"terms_in_force": False}, "ENG-2", "BLOCK", "Terms in force on the day: no."),
            ("work.issue", {"engagement_active": False}, "ENG-2", "BLOCK", "Engagement active: no."),
            (
                "work.issue",
                {"committed_amount": 5_000_001},
                "ENG-3",
                "OVERRIDE",
                "Committed with this order: $50,000.01, which is above $50,000.00.",
            ),
            (
                "work.issue",
                {"attorney_licensed": False, "licence_age_days": None},
                "SUP-1",
                "BLOCK",
                "Supervising attorney has an active licence in the matter's jurisdiction: no.",
            ),
            (
                "work.issue",
                {"licence_age_days": 31},
                "SUP-5",
                "WARN",
                "Days since the licence was last checked: 31, which is above 30.",
            ),
            (
                "work.issue",
                {"provider_countries": ["IN", "PH"]},
                "GEO-1",
                "BLOCK",
                "Countries permitted by the terms lack PH.",
            ),
            (
                "work.assign",
                {"person_country": "PH"},
                "GEO-5",
                "BLOCK",
                "Country the person works from: PH, which is not among IN, US.",
            ),
            (
                "work.assign",
                {"is_walled": True},
                "CNF-2",
                "BLOCK",
                "A wall stands between the person and the matter: yes.",
            ),
            ("work.assign", {"is_member": False}, "SUP-2", "BLOCK", "Works for the order's provider: no."),
            ("work.assign", {"skills_missing": ["Tagalog"]}, "CMP-1", "BLOCK", "Skills missing or expired: Tagalog."),
        ],
    )
    def test_says_what_stands_in_the_way_and_why(self, act, changes, rule, outcome, found):
        good = GOOD_TO_ISSUE if act == "work.issue" else GOOD_TO_ASSIGN
        policy_pack = policy.load_pack(queries.shipped_text())

        verdicts = policy.evaluate(policy_pack.rules, queries.spoken({**good, **changes}), TODAY, act=act)

        assert [(v.rule.id, v.outcome, v.fact_found) for v in verdicts if v.outcome != "PASS"] == [
            (rule, outcome, found)
        ]


class TestCheck:
    def test_writes_what_every_rule_said(self, world):
        decisions = ask(world)

        assert outcomes(decisions) == dict.fromkeys(
            ["ENG-1", "ENG-2", "ENG-3", "SUP-1", "SUP-5", "GEO-1"], Outcome.PASS
        )
        assert Decision.objects.filter(subject="order:WO-1187", pack__version=1).count() == 6
        assert Entry.objects.get(type="safeguards.policy.asked").data["outcomes"]["ENG-1"] == "PASS"

    def test_lets_a_warning_pass_and_puts_it_first(self, world):
        assert ask(world, licence_age_days=45)[0].rule == "SUP-5"

    def test_refuses_while_a_rule_blocks_and_keeps_the_refusal(self, world):
        refusal = refused(world, line="drafting")

        assert [each.rule for each in refusal.decisions] == ["ENG-1"]
        assert "Choose a provider whose terms permit the line" in refusal.sentence
        assert Decision.objects.get(outcome=Outcome.BLOCK).facts == {"line": "drafting", "permitted_lines": ["review"]}

    def test_refuses_what_nobody_knows(self, world):
        refusal = refused(world, attorney_licensed=None)

        assert {each.rule for each in refusal.decisions} == {"SUP-1"}

    def test_does_not_write_the_same_answer_twice_on_a_day(self, world):
        ask(world)
        ask(world, at=NOW + timedelta(hours=2))
        assert Decision.objects.count() == 6

        ask(world, at=NOW + timedelta(days=1))
        assert Decision.objects.count() == 12

    def test_keeps_answers_about_different_people_apart(self, world):
        ask(world, act="work.assign")
        ask(world, act="work.assign", person="Joel Matibag")

        assert Decision.objects.filter(rule="CMP-1").count() == 2


class TestOverride:
    @pytest.fixture
    def over_budget(self, world):
        (decision,) = refused(world, committed_amount=6_000_000).decisions
        return decision

    def test_lets_the_act_pass_with_name_and_reason(self, world, over_budget):
        safeguards.override(decision=over_budget, by=world.attorney, reason="Agreed by mail with the client", at=NOW)

        decision = next(each for each in ask(world, committed_amount=6_000_000) if each.rule == "ENG-3")

        assert (decision.overridden_by, decision.override_reason) == (world.attorney, "Agreed by mail with the client")
        assert Entry.objects.get(type="safeguards.decision.overridden").actor == world.attorney.key

    def test_holds_on_another_day_for_the_same_facts(self, world, over_budget):
        safeguards.override(decision=over_budget, by=world.attorney, reason="Agreed", at=NOW)

        decisions = ask(world, committed_amount=6_000_000, at=NOW + timedelta(days=2))

        assert {each.override_reason for each in decisions} == {"", "Agreed"}

    def test_does_not_hold_for_other_facts_or_another_order(self, world, over_budget):
        safeguards.override(decision=over_budget, by=world.attorney, reason="Agreed", at=NOW)

        assert refused(world, committed_amount=6_000_001).decisions[0].rule == "ENG-3"
        assert refused(world, committed_amount=6_000_000, subject="order:WO-1188").decisions[0].rule == "ENG-3"

    @pytest.mark.parametrize(
        ("who", "refusal"),
        [
            ("delivery_manager", NotVisible),
            ("specialist", NotVisible),
            ("finance", NotVisible),
            ("administrator", NotVisible),
            ("outsider", NotVisible),
            ("other_attorney", NotVisible),
        ],
    )
    def test_is_refused_to_everybody_the_rule_does_not_name(self, world, over_budget, who, refusal):
        with pytest.raises(refusal):
            safeguards.override(decision=over_budget, by=getattr(world, who), reason="Agreed", at=NOW)

        assert not Decision.objects.filter(overridden_by__isnull=False).exists()

    def test_is_refused_to_a_manager_who_sees_the_decision(self, world, over_budget):
        take_a_hand(world, "order:WO-1187")

        with pytest.raises(NotPermitted, match="ENG-3 may be overridden by"):
            safeguards.override(decision=over_budget, by=world.delivery_manager, reason="Agreed", at=NOW)

    def test_needs_a_reason_and_happens_once(self, world, over_budget):
        with pytest.raises(Invalid, match="Say why"):
            safeguards.override(decision=over_budget, by=world.attorney, reason=" ", at=NOW)
        safeguards.override(decision=over_budget, by=world.attorney, reason="Agreed", at=NOW)

        with pytest.raises(safeguards.CannotOverride, match="already"):
            safeguards.override(decision=over_budget, by=world.legal_operations, reason="Agreed", at=NOW)

    def test_is_refused_where_a_rule_blocks_outright(self, world):
        (decision,) = refused(world, line="drafting").decisions

        with pytest.raises(safeguards.CannotOverride, match="Blocked"):
            safeguards.override(decision=decision, by=world.attorney, reason="Agreed", at=NOW)

    def test_without_a_reason_is_refused_by_the_database(self, world, over_budget):
        with pytest.raises(IntegrityError), transaction.atomic():
            Decision.objects.filter(pk=over_budget.pk).update(overridden_by=world.attorney, overridden_at=NOW)


class TestChangeRules:
    OWN = queries.shipped_text().replace('name = "Default pack"', 'name = "Rules of Aldmere Vance"')
    STRICT = OWN.replace("value = 30", "value = 7").replace("version = 1\n", "version = 2\n", 1)

    def change(self, world, text=OWN, effective_from=TODAY, by=None, reason="Our own rules", at=NOW):
        return safeguards.change_rules(
            organisation=world.firm,
            text=text,
            effective_from=effective_from,
            reason=reason,
            by=by or world.legal_operations,
            at=at,
        )

    def test_adds_a_version_that_is_asked_from_its_day_on(self, world):
        self.change(world)
        self.change(world, text=self.STRICT, effective_from=TODAY + timedelta(days=7))

        before = ask(world, licence_age_days=10)
        after = ask(world, licence_age_days=10, at=NOW + timedelta(days=7))

        assert outcomes(before)["SUP-5"] == Outcome.PASS
        assert outcomes(after)["SUP-5"] == Outcome.WARN
        assert (before[0].pack.version, after[0].pack.version) == (1, 2)

    def test_leaves_the_rules_of_other_firms_alone(self, world):
        self.change(world)

        assert queries.pack_in_force(organisation=world.other_firm, on=TODAY) is None
        assert queries.rules_in_force(organisation=world.other_firm, on=TODAY).name == "Default pack"

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("name = ", "not TOML"),
            (OWN.replace('severity = "BLOCK"', 'severity = "STOP"', 1), "rule ENG-1, key severity"),
            (OWN.replace('"LEGAL_OPERATIONS"]', '"JANITOR"]', 1), "JANITOR is no role"),
            (STRICT, "the next is 1"),
        ],
    )
    def test_refuses_a_pack_that_cannot_be_used_and_says_where(self, world, text, says):
        with pytest.raises(Invalid, match=says):
            self.change(world, text=text)

        assert not PolicyPack.objects.filter(organisation=world.firm).exists()

    def test_refuses_to_begin_in_the_past_or_without_a_reason(self, world):
        with pytest.raises(Invalid, match="today or later"):
            self.change(world, effective_from=date(2026, 11, 22))
        with pytest.raises(Invalid, match="Say why"):
            self.change(world, reason="")

    @pytest.mark.parametrize("who", ["delivery_manager", "administrator", "other_attorney", "specialist"])
    def test_is_for_those_who_instruct_for_the_firm(self, world, who):
        with pytest.raises(NotPermitted):
            self.change(world, by=getattr(world, who))


class TestQueries:
    def test_previews_without_writing(self, world):
        verdicts = queries.verdicts(act="work.issue", facts={**GOOD_TO_ISSUE, "line": "drafting"}, on=TODAY)

        assert verdicts[0].rule.id == "ENG-1"
        assert not Decision.objects.exists()
        assert not PolicyPack.objects.exists()

    def test_give_the_latest_answer_of_each_rule_with_what_stands_in_the_way_first(self, world):
        refused(world, line="drafting", committed_amount=9_000_000)
        ask(world, licence_age_days=45, at=NOW + timedelta(minutes=5), committed_amount=1)

        decisions = queries.decisions_for("order:WO-1187")

        assert decisions[0].rule == "SUP-5"
        assert queries.summary(decisions).sentence == "Nothing stands in the way; one warning"

    def test_count_what_stands_in_the_way(self, world):
        refusal = refused(world, line="drafting", committed_amount=9_000_000)

        assert queries.summary(refusal.decisions).sentence == "One block and one override stand in the way"

    def test_show_how_two_texts_differ(self):
        lines = queries.difference(TestChangeRules.OWN, TestChangeRules.STRICT)

        assert [(line.kind, line.text) for line in lines if line.kind in {"added", "removed"}] == [
            ("removed", "version = 1"),
            ("added", "version = 2"),
            ("removed", 'test = { predicate = "at_most", fact = "licence_age_days", value = 30 }'),
            ("added", 'test = { predicate = "at_most", fact = "licence_age_days", value = 7 }'),
        ]


class TestAccess:
    @pytest.mark.parametrize(
        ("who", "is_seen"),
        [
            ("attorney", True),
            ("legal_operations", True),
            ("delivery_manager", True),
            ("qc_lead", True),
            ("specialist", False),
            ("finance", False),
            ("administrator", False),
            ("outsider", False),
            ("other_attorney", False),
        ],
    )
    def test_shows_decisions_to_those_who_answer_for_the_work(self, world, who, is_seen):
        ask(world)
        take_a_hand(world, "order:WO-1187")

        assert access.decisions(getattr(world, who)).exists() is is_seen

    def test_shows_a_provider_only_what_its_people_asked_for_or_had_a_hand_in(self, world):
        ask(world, subject="order:WO-1001")
        ask(world, act="work.assign", subject="task:WO-1187/1", by=world.delivery_manager)

        assert {each.subject for each in access.decisions(world.qc_lead)} == {"task:WO-1187/1"}
        assert not access.decisions_for(world.qc_lead, "order:WO-1001")


class TestDatabase:
    def test_refuses_to_change_rules_that_were_in_force(self, world):
        ask(world)

        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            PolicyPack.objects.update(text="name = 'Other'")
