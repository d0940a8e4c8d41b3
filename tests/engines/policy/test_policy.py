"""Rules as data: every predicate, every outcome, and every slip in a pack."""

import datetime
import decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cursitor.engines import policy
from cursitor.engines.policy import predicates

TODAY = datetime.date(2026, 11, 22)
PACK = """
name = "Office pack"
version = 3

[facts]
"licence.expires_date" = "licence expiry"
person.skills = "skills held"
task.skills = "skills required"

[[rule]]
id = "SUP-1"
version = "2"
title = "The supervising attorney's licence is active on the day"
citation = "ABA Model Rules 5.1 and 5.3; ABA Formal Opinion 08-451 (2008)"
severity = "BLOCK"
cure = "Renew the licence or name another supervising attorney."
acts = ["work.issue", "quality.sign_off"]
effective_from = 2026-01-01
test = { predicate = "date_after", fact = "licence.expires_date", other = "on_date" }

[[rule]]
id = "CMP-1"
version = "1"
title = "The person holds every skill the task requires"
citation = "ABA Model Rule 1.1"
severity = "OVERRIDE"
overridable_by = ["SUPERVISING_ATTORNEY"]
cure = "Assign someone else or add the evidence."
acts = ["work.assign"]
effective_from = 2026-01-01
when = { predicate = "present", fact = "task.skills" }
test = { predicate = "contains_all", fact = "person.skills", other = "task.skills" }

[[rule]]
id = "SUP-4"
version = "1"
title = "Span of control"
citation = "Engagement terms"
severity = "WARN"
cure = "Name a second supervisor."
effective_from = 2026-01-01
effective_to = 2026-12-01
test = { predicate = "at_most", fact = "supervisor.n_workers", value = 12 }
"""
FACTS = {
    "licence.expires_date": datetime.date(2027, 1, 31),
    "person.skills": {"English", "Privilege"},
    "task.skills": ["English"],
    "supervisor.n_workers": 9,
}


def verdicts(changes=None, *, on_date=TODAY, act=""):
    pack = policy.load_pack(PACK)
    return {each.rule.id: each for each in policy.evaluate(pack.rules, {**FACTS, **(changes or {})}, on_date, act=act)}


def rule_text(**changes):
    values = {
        "id": '"R-1"',
        "version": '"1"',
        "title": '"A rule"',
        "citation": '"A source"',
        "severity": '"BLOCK"',
        "cure": '"A cure"',
        "effective_from": "2026-01-01",
        "test": '{ predicate = "present", fact = "f" }',
        **changes,
    }
    lines = [f"{key} = {value}" for key, value in values.items() if value is not None]
    return "[[rule]]\n" + "\n".join(lines) + "\n"


def pack_text(*rules):
    return 'name = "P"\nversion = 1\n' + "".join(rules)


class TestEvaluate:
    def test_passes_when_every_fact_is_in_order(self):
        found = verdicts()

        assert {each.outcome for each in found.values()} == {policy.PASS}
        assert policy.worst_outcome(found.values()) == policy.PASS
        assert found["SUP-1"].fact_found == "Licence expiry: 2027-01-31, which is after 2026-11-22."

    def test_blocks_with_the_fact_the_source_and_the_cure(self):
        verdict = verdicts({"licence.expires_date": datetime.date(2026, 11, 22)})["SUP-1"]

        assert verdict.outcome == policy.BLOCK
        assert verdict.fact_found == "Licence expiry: 2026-11-22."
        assert verdict.cure == "Renew the licence or name another supervising attorney."
        assert verdict.rule.citation.startswith("ABA Model Rules 5.1")

    def test_asks_for_an_override_and_names_what_lacks(self):
        verdict = verdicts({"task.skills": ["English", "Tagalog", "Patents"]})["CMP-1"]

        assert (verdict.outcome, verdict.fact_found) == (policy.OVERRIDE, "Skills held lack Patents, Tagalog.")

    def test_warns_above_a_limit(self):
        verdict = verdicts({"supervisor.n_workers": 13})["SUP-4"]

        assert (verdict.outcome, verdict.fact_found) == (
            policy.WARN,
            "Supervisor.n_workers: 13, which is above 12.",
        )

    @pytest.mark.parametrize("changes", [{"licence.expires_date": None}, {"supervisor.n_workers": None}])
    def test_answers_no_to_what_nobody_knows(self, changes):
        failed = [each for each in verdicts(changes).values() if each.outcome != policy.PASS]

        assert len(failed) == 1
        assert "not known" in failed[0].fact_found

    def test_passes_a_rule_that_does_not_apply_and_says_so(self):
        verdict = verdicts({"task.skills": None})["CMP-1"]

        assert (verdict.outcome, verdict.fact_found) == (
            policy.PASS,
            "Does not apply: skills required: not known.",
        )

    @pytest.mark.parametrize(
        ("on_date", "expected"),
        [
            (datetime.date(2025, 12, 31), set()),
            (datetime.date(2026, 1, 1), {"SUP-1", "CMP-1", "SUP-4"}),
            (datetime.date(2026, 11, 30), {"SUP-1", "CMP-1", "SUP-4"}),
            (datetime.date(2026, 12, 1), {"SUP-1", "CMP-1"}),
        ],
    )
    def test_asks_only_rules_in_force_on_the_day(self, on_date, expected):
        assert set(verdicts(on_date=on_date)) == expected

    @pytest.mark.parametrize(
        ("act", "expected"),
        [("work.issue", {"SUP-1", "SUP-4"}), ("work.assign", {"CMP-1", "SUP-4"}), ("work.other", {"SUP-4"})],
    )
    def test_asks_only_rules_that_concern_the_act(self, act, expected):
        assert set(verdicts(act=act)) == expected

    def test_refuses_a_fact_of_the_wrong_type(self):
        with pytest.raises(policy.WrongFact, match=r"'licence\.expires_date' must be a date"):
            verdicts({"licence.expires_date": "2027-01-31"})


class TestStanding:
    def test_keeps_blocks_and_lets_only_the_named_role_override(self):
        found = verdicts(
            {"licence.expires_date": datetime.date(2026, 1, 1), "task.skills": ["Tagalog"], "supervisor.n_workers": 99}
        ).values()

        def left(overridden, role):
            return [each.rule.id for each in policy.standing(found, overridden=overridden, role=role)]

        assert policy.worst_outcome(found) == policy.BLOCK
        assert left([], "SUPERVISING_ATTORNEY") == ["SUP-1", "CMP-1"]
        assert left(["CMP-1", "SUP-1"], "SUPERVISING_ATTORNEY") == ["SUP-1"]
        assert left(["CMP-1"], "SPECIALIST") == ["SUP-1", "CMP-1"]


class TestPredicates:
    @pytest.mark.parametrize(
        ("predicate", "fact", "operand", "is_met"),
        [
            ("present", "x", None, True),
            ("present", None, None, False),
            ("absent", None, None, True),
            ("is_empty", [], None, True),
            ("is_empty", ["Tagalog"], None, False),
            ("absent", "x", None, False),
            ("is_true", True, None, True),
            ("is_true", 1, None, False),
            ("is_false", False, None, True),
            ("is_false", True, None, False),
            ("equals", "US", "US", True),
            ("equals", "US", "PH", False),
            ("differs", "anna", "ben", True),
            ("differs", "anna", "anna", False),
            ("in_set", "PH", frozenset({"PH", "CO"}), True),
            ("in_set", "KP", frozenset({"PH", "CO"}), False),
            ("not_in_set", "PH", frozenset({"KP"}), True),
            ("not_in_set", "KP", frozenset({"KP"}), False),
            ("contains_all", {"a", "b"}, {"a"}, True),
            ("contains_all", {"a"}, {"a", "b"}, False),
            ("contains_none", {"a"}, {"b"}, True),
            ("contains_none", {"a", "b"}, {"b"}, False),
            ("at_least", 3, 3, True),
            ("at_least", decimal.Decimal("0.6"), decimal.Decimal("0.61"), False),
            ("at_most", 3, 3, True),
            ("at_most", 4, 3, False),
            ("date_before", datetime.date(2026, 1, 1), datetime.date(2026, 1, 2), True),
            ("date_before", datetime.date(2026, 1, 2), datetime.date(2026, 1, 2), False),
            ("date_after", datetime.date(2026, 1, 3), datetime.date(2026, 1, 2), True),
            ("date_after", datetime.date(2026, 1, 2), datetime.date(2026, 1, 2), False),
        ],
    )
    def test_decides(self, predicate, fact, operand, is_met):
        written = predicates.check(policy.Test(predicate, "f", value=operand), {"f": fact})
        compared = predicates.check(policy.Test(predicate, "f", other="g"), {"f": fact, "g": operand})

        assert written.is_met == is_met
        assert compared.is_met == is_met
        assert written.sentence

    def test_are_all_decided_both_ways_above(self):
        cases = self.test_decides.pytestmark[0].args[1]
        singles = {name for name, each in policy.PREDICATES.items() if each.operand != predicates.TESTS}

        for name in singles:
            assert {is_met for predicate, *_, is_met in cases if predicate == name} == {True, False}, name

    @given(st.lists(st.booleans(), min_size=1, max_size=5))
    @settings(max_examples=30)
    def test_combine_as_logic_does(self, values):
        facts = {f"f{number}": value for number, value in enumerate(values)}
        tests = tuple(policy.Test("is_true", name) for name in facts)

        assert predicates.check(policy.Test("all_of", tests=tests), facts).is_met == all(values)
        assert predicates.check(policy.Test("any_of", tests=tests), facts).is_met == any(values)

    def test_say_only_what_decided(self):
        tests = (policy.Test("is_true", "consent"), policy.Test("equals", "country", value="US"))

        found = predicates.check(policy.Test("all_of", tests=tests), {"consent": True, "country": "PH"})

        assert found == policy.Found(is_met=False, sentence="country: PH, which is not US")

    def test_have_no_fact_against_an_unknown_limit(self):
        found = predicates.check(policy.Test("at_most", "f", other="limit"), {"f": 1})

        assert found == policy.Found(is_met=False, sentence="limit: not known")

    @pytest.mark.parametrize(
        ("predicate", "fact", "operand"),
        [
            ("at_least", True, 1),
            ("at_least", 1.5, 1),
            ("date_before", datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC), TODAY),
            ("contains_all", "text", {"t"}),
            ("in_set", "a", "abc"),
        ],
    )
    def test_refuse_types_they_cannot_compare(self, predicate, fact, operand):
        with pytest.raises(policy.WrongFact, match="must be"):
            predicates.check(policy.Test(predicate, "f", value=operand), {"f": fact})


class TestLoadPack:
    def test_reads_names_labels_and_rules(self):
        pack = policy.load_pack(PACK)

        assert (pack.name, pack.version, [rule.id for rule in pack.rules]) == (
            "Office pack",
            3,
            ["SUP-1", "CMP-1", "SUP-4"],
        )
        assert pack.labels["person.skills"] == "skills held"
        assert pack.rules[1].overridable_by == ("SUPERVISING_ATTORNEY",)
        assert pack.rules[2].effective_to == datetime.date(2026, 12, 1)

    def test_reads_nested_tests(self):
        test = (
            '{ predicate = "any_of", tests = [{ predicate = "is_true", fact = "consent" }, '
            '{ predicate = "in_set", fact = "country", value = ["US", "CA"] }] }'
        )

        rule = policy.load_pack(pack_text(rule_text(test=test))).rules[0]

        assert [each.predicate for each in rule.test.tests] == ["is_true", "in_set"]
        assert rule.test.tests[1].value == frozenset({"US", "CA"})

    def test_lets_a_new_version_follow_the_old_one(self):
        old = rule_text(effective_to="2026-07-01")
        new = rule_text(version='"2"', effective_from="2026-07-01")

        pack = policy.load_pack(pack_text(new, old))

        assert [r.version for r in pack.rules if r.is_effective(datetime.date(2026, 6, 30))] == ["1"]
        assert [r.version for r in pack.rules if r.is_effective(datetime.date(2026, 7, 1))] == ["2"]

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("name = ", "not TOML"),
            ("version = 1\n" + rule_text(), "pack, key name"),
            ('name = "P"\nversion = true\n' + rule_text(), "pack, key version"),
            ('name = "P"\nversion = 1\n', "pack, key rule"),
            ('name = "P"\nversion = 1\nrules = 1\n' + rule_text(), "pack, key rules: unknown"),
            ('name = "P"\nversion = 1\n[facts]\nf = 1\n' + rule_text(), "pack, key facts.f"),
            (pack_text(rule_text(severity='"STOP"')), "rule R-1, key severity: 'STOP'"),
            (pack_text(rule_text(severty='"BLOCK"')), "rule R-1, key severty: unknown"),
            (pack_text(rule_text(citation=None)), "rule R-1, key citation: a text"),
            (pack_text(rule_text(id=None)), "rule number 1, key id"),
            (pack_text(rule_text(cure='"' + "x" * 301 + '"')), "rule R-1, key cure: longer than 300"),
            (pack_text(rule_text(effective_from='"2026-01-01"')), "rule R-1, key effective_from: a date"),
            (pack_text(rule_text(effective_to="2026-01-01")), "rule R-1, key effective_to: must lie after"),
            (pack_text(rule_text(overridable_by='["X"]')), "rule R-1, key overridable_by"),
            (pack_text(rule_text(severity='"OVERRIDE"')), "rule R-1, key overridable_by"),
            (pack_text(rule_text(acts='"work.issue"')), "rule R-1, key acts: a list"),
            (pack_text(rule_text(test=None)), "rule R-1, key test: a table"),
            (pack_text(rule_text(test='{ predicate = "near", fact = "f" }')), "key test.predicate: 'near'"),
            (pack_text(rule_text(test='{ predicate = "at_most", fact = "f" }')), "at_most needs the keys"),
            (
                pack_text(rule_text(test='{ predicate = "at_most", fact = "f", value = "x" }')),
                "key test.value: 'x' is not what at_most compares with",
            ),
            (
                pack_text(rule_text(test='{ predicate = "present", fact = "f", value = 1 }')),
                "present needs the keys",
            ),
            (pack_text(rule_text(test='{ predicate = "all_of", tests = [] }')), "key test.tests"),
            (
                pack_text(rule_text(test='{ predicate = "all_of", tests = [{ predicate = "x" }] }')),
                r"key test.tests\[0\].predicate",
            ),
            (pack_text(rule_text(), rule_text(version='"2"')), "version 2 begins before version 1 ends"),
        ],
    )
    def test_refuses_a_slip_and_names_rule_and_key(self, text, message):
        with pytest.raises(policy.BadPack, match=message):
            policy.load_pack(text)
