"""The small vocabulary in which rules are written: one fact, one comparison, one sentence about what was found."""

import dataclasses
import datetime
import decimal
from collections.abc import Callable, Collection, Mapping

Scalar = str | int | decimal.Decimal | datetime.date
Value = Scalar | Collection[str]
Facts = Mapping[str, object]
"""What is known, by dotted name: text, number, date, true or false, or a collection of texts. None is not known."""

ON_DATE = "on_date"
"""The name under which the day of the evaluation is a fact."""

NONE = "NONE"
ANY = "ANY"
NUMBER = "NUMBER"
DATE = "DATE"
TEXTS = "TEXTS"
TESTS = "TESTS"


class WrongFact(ValueError):
    """Raised when a fact is of a type that the predicate cannot compare; the message names the fact."""


@dataclasses.dataclass(frozen=True, slots=True)
class Test:
    """
    One test of a rule.

    predicate: a name in PREDICATES. fact: the fact tested; label: its name for the reader. The operand is either
    `value`, written in the rule, or the fact named `other`; `tests` for the predicates that combine tests.
    """

    predicate: str
    fact: str = ""
    label: str = ""
    value: Value | None = None
    other: str = ""
    tests: tuple["Test", ...] = ()

    # pytest collects classes of this name otherwise.
    __test__ = False


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """Whether a test is met, and a sentence about the fact that decided it."""

    is_met: bool
    sentence: str


@dataclasses.dataclass(frozen=True, slots=True)
class Predicate:
    """
    One comparison.

    operand: NONE, ANY, NUMBER, DATE, TEXTS or TESTS. fact: type of the fact, the same words, ANY for every type.
    is_met: (fact, operand) -> whether the test is met. relation: the words between fact and operand when it is
    met, and when it is not.
    """

    fact: str
    operand: str
    is_met: Callable[..., bool]
    relation: tuple[str, str]


PREDICATES: dict[str, Predicate] = {
    "present": Predicate(ANY, NONE, lambda fact: True, ("is", "is")),
    "absent": Predicate(ANY, NONE, lambda fact: False, ("is", "is")),
    "is_true": Predicate(ANY, NONE, lambda fact: fact is True, ("is", "is")),
    "is_false": Predicate(ANY, NONE, lambda fact: fact is False, ("is", "is")),
    "equals": Predicate(ANY, ANY, lambda fact, operand: fact == operand, ("is", "is not")),
    "differs": Predicate(ANY, ANY, lambda fact, operand: fact != operand, ("is not", "is")),
    "in_set": Predicate(ANY, TEXTS, lambda fact, texts: fact in texts, ("is among", "is not among")),
    "not_in_set": Predicate(ANY, TEXTS, lambda fact, texts: fact not in texts, ("is not among", "is among")),
    "contains_all": Predicate(TEXTS, TEXTS, lambda fact, texts: set(texts) <= set(fact), ("hold", "lack")),
    "contains_none": Predicate(TEXTS, TEXTS, lambda fact, texts: not set(texts) & set(fact), ("hold none of", "hold")),
    "is_empty": Predicate(TEXTS, NONE, lambda fact: not fact, ("is", "is")),
    "at_least": Predicate(NUMBER, NUMBER, lambda fact, least: fact >= least, ("is at least", "is below")),
    "at_most": Predicate(NUMBER, NUMBER, lambda fact, most: fact <= most, ("is at most", "is above")),
    "date_before": Predicate(DATE, DATE, lambda fact, day: fact < day, ("is before", "is not before")),
    "date_after": Predicate(DATE, DATE, lambda fact, day: fact > day, ("is after", "is not after")),
    "all_of": Predicate(ANY, TESTS, all, ("and", "and")),
    "any_of": Predicate(ANY, TESTS, any, ("or", "or")),
}


def check(test: Test, facts: Facts) -> Found:
    """
    Return whether a test is met by the facts, and what was found.

    A fact that is not known never meets a test, except `absent`.
    :raises WrongFact: if a fact is of a type the predicate cannot compare.
    """
    predicate = PREDICATES[test.predicate]
    if predicate.operand == TESTS:
        return _combined(test, predicate, facts)
    fact, label = facts.get(test.fact), test.label or test.fact
    if fact is None:
        return Found(test.predicate == "absent", f"{label}: not known")
    _require(predicate.fact, fact, test.fact)
    if predicate.operand == NONE:
        return Found(predicate.is_met(fact), f"{label}: {shown(fact)}")
    operand = facts.get(test.other) if test.other else test.value
    if operand is None:
        return Found(is_met=False, sentence=f"{test.other}: not known")
    _require(predicate.operand, operand, test.other or test.fact)
    is_met = predicate.is_met(fact, operand)
    return Found(is_met, _sentence(predicate, label, fact, operand, is_met=is_met))


def shown(value: object) -> str:
    """Return a fact as the reader sees it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, Collection) and not isinstance(value, str):
        return ", ".join(sorted(str(each) for each in value)) or "none"
    return str(value)


def is_of_type(kind: str, value: object) -> bool:
    """Return whether a value can stand where a predicate wants this kind of fact or operand."""
    if kind == NUMBER:
        return isinstance(value, int | decimal.Decimal) and not isinstance(value, bool)
    if kind == DATE:
        return isinstance(value, datetime.date) and not isinstance(value, datetime.datetime)
    if kind == TEXTS:
        is_collection = isinstance(value, Collection) and not isinstance(value, str | bytes | Mapping)
        return is_collection and all(isinstance(each, str) for each in value)  # type: ignore[attr-defined]
    return True


def _combined(test: Test, predicate: Predicate, facts: Facts) -> Found:
    found = [check(each, facts) for each in test.tests]
    is_met = predicate.is_met(each.is_met for each in found)
    # Of a met any_of only what met it matters, of a failed all_of only what failed.
    telling = [each.sentence for each in found if each.is_met == is_met] or [each.sentence for each in found]
    return Found(is_met, "; ".join(telling))


def _sentence(predicate: Predicate, label: str, fact: object, operand: object, *, is_met: bool) -> str:
    relation = predicate.relation[0 if is_met else 1]
    if isinstance(operand, Collection) and isinstance(fact, Collection) and not isinstance(fact, str):
        named = set(operand) - set(fact) if relation == "lack" else set(operand) & set(fact)
        return f"{label} {relation} {shown(named if named and not is_met else operand)}"
    if fact == operand:
        return f"{label}: {shown(fact)}"
    return f"{label}: {shown(fact)}, which {relation} {shown(operand)}"


def _require(kind: str, value: object, name: str) -> None:
    if not is_of_type(kind, value):
        words = {NUMBER: "a whole or decimal number", DATE: "a date", TEXTS: "a list of texts"}
        raise WrongFact(f"the fact {name!r} must be {words[kind]}, not {value!r}")
