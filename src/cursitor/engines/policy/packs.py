"""Packs of rules written in TOML, and what must be right in them before they are used."""

import dataclasses
import datetime
import decimal
import itertools
import tomllib
from collections.abc import Iterable, Mapping
from typing import cast

from cursitor.engines.policy import predicates, rules

_PACK_KEYS = {"name", "version", "facts", "rule"}
_RULE_TEXTS = ("id", "version", "title", "citation", "severity", "cure")
_RULE_KEYS = {*_RULE_TEXTS, "effective_from", "effective_to", "overridable_by", "acts", "when", "test"}
_TEST_KEYS = {"predicate", "fact", "value", "other", "tests"}
# The library takes the square of a name's points in time and memory.
_MOST_POINTS = 100
_LONGEST = {"title": 300, "citation": 300, "cure": 300}

Table = Mapping[str, object]


class BadPack(ValueError):
    """Raised when a pack cannot be used; the message names the rule and the key."""


@dataclasses.dataclass(frozen=True, slots=True)
class Pack:
    """A named, numbered set of rules. labels: the reader's name of each fact that has one."""

    name: str
    version: int
    labels: Mapping[str, str]
    rules: tuple[rules.Rule, ...]


def load_pack(text: str) -> Pack:
    """
    Return the pack written in TOML.

    Keys: name, version (number), table `facts` (fact = "label"), and `[[rule]]` tables with id, version, title,
    citation, severity, cure, effective_from, optional effective_to, acts, overridable_by, when, and test. A test
    has predicate, fact, and value or other; `all_of` and `any_of` have tests. Unknown keys are refused, so that
    a slip of the pen cannot switch a rule off.
    :raises BadPack: naming rule and key.
    """
    if any(part.count(".") > _MOST_POINTS for part in text.replace("\n", "=").split("=")):
        raise BadPack(f"a name has more than {_MOST_POINTS} points")
    try:
        return _loaded(tomllib.loads(text, parse_float=decimal.Decimal))
    except BadPack:
        raise
    except (ValueError, decimal.InvalidOperation) as error:
        raise BadPack(f"the pack is not TOML: {error}") from error
    except RecursionError as error:
        raise BadPack("the pack is nested too deeply") from error


def _loaded(table: Table) -> Pack:
    _refuse_unknown(table, _PACK_KEYS, "pack")
    name, version = table.get("name"), table.get("version")
    if not isinstance(name, str) or not name.strip():
        raise BadPack("pack, key name: a text is needed")
    if type(version) is not int or version < 1:
        raise BadPack("pack, key version: a whole number from 1 is needed")
    labels = _labels(table.get("facts", {}))
    tables = table.get("rule")
    if not isinstance(tables, list) or not tables:
        raise BadPack("pack, key rule: at least one [[rule]] is needed")
    loaded = tuple(_rule(each, number, labels) for number, each in enumerate(tables, start=1))
    _refuse_overlap(loaded)
    return Pack(name, version, labels, loaded)


def _labels(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise BadPack("pack, key facts: a table is needed")
    labels = dict(_flat(value, ""))
    for fact, label in labels.items():
        if not isinstance(label, str) or not label.strip():
            raise BadPack(f"pack, key facts.{fact}: a text is needed")
    return cast("dict[str, str]", labels)


def _flat(table: Table, prefix: str) -> Iterable[tuple[str, object]]:
    """Yield dotted names: TOML reads `person.role = "x"` as a table in a table."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _rule(table: object, number: int, labels: Mapping[str, str]) -> rules.Rule:
    if not isinstance(table, dict):
        raise BadPack(f"rule number {number}: a table is needed")
    where = f"rule {table.get('id') or f'number {number}'}"
    _refuse_unknown(table, _RULE_KEYS, where)
    texts = {key: _text(table, key, where) for key in _RULE_TEXTS}
    if texts["severity"] not in rules.SEVERITIES:
        raise BadPack(f"{where}, key severity: {texts['severity']!r} is none of {', '.join(rules.SEVERITIES)}")
    effective_from = _day(table.get("effective_from"), where, "effective_from")
    effective_to = None
    if "effective_to" in table:
        effective_to = _day(table["effective_to"], where, "effective_to")
        if effective_to <= effective_from:
            raise BadPack(f"{where}, key effective_to: must lie after effective_from")
    overridable_by = _texts(table.get("overridable_by", []), where, "overridable_by")
    if bool(overridable_by) != (texts["severity"] == rules.OVERRIDE):
        raise BadPack(f"{where}, key overridable_by: roles are named for severity OVERRIDE, and only for it")
    return rules.Rule(
        **texts,
        effective_from=effective_from,
        effective_to=effective_to,
        overridable_by=overridable_by,
        acts=_texts(table.get("acts", []), where, "acts"),
        when=_test(table["when"], where, "when", labels) if "when" in table else None,
        test=_test(table.get("test"), where, "test", labels),
    )


def _test(table: object, where: str, key: str, labels: Mapping[str, str]) -> predicates.Test:
    if not isinstance(table, dict):
        raise BadPack(f"{where}, key {key}: a table is needed")
    _refuse_unknown(table, _TEST_KEYS, f"{where}, key {key}")
    name = table.get("predicate")
    if not isinstance(name, str) or name not in predicates.PREDICATES:
        raise BadPack(f"{where}, key {key}.predicate: {name!r} is none of {', '.join(predicates.PREDICATES)}")
    operand = predicates.PREDICATES[name].operand
    needed = _needed_keys(operand, table)
    if set(table) != needed:
        raise BadPack(f"{where}, key {key}: {name} needs the keys {', '.join(sorted(needed))}")
    if operand == predicates.TESTS:
        tests = table["tests"]
        if not isinstance(tests, list) or not tests:
            raise BadPack(f"{where}, key {key}.tests: a list of tests is needed")
        parts = (_test(each, where, f"{key}.tests[{n}]", labels) for n, each in enumerate(tests))
        return predicates.Test(name, tests=tuple(parts))
    fact = _text(table, "fact", f"{where}, key {key}")
    other = _text(table, "other", f"{where}, key {key}") if "other" in table else ""
    value = table.get("value")
    if "value" in table and not predicates.is_of_type(operand, value):
        raise BadPack(f"{where}, key {key}.value: {value!r} is not what {name} compares with")
    if isinstance(value, list):
        value = frozenset(value)
    return predicates.Test(name, fact, labels.get(fact, fact), cast("predicates.Value | None", value), other)


def _needed_keys(operand: str, table: Table) -> set[str]:
    if operand == predicates.TESTS:
        return {"predicate", "tests"}
    if operand == predicates.NONE:
        return {"predicate", "fact"}
    return {"predicate", "fact", "other" if "other" in table else "value"}


def _text(table: Table, key: str, where: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise BadPack(f"{where}, key {key}: a text is needed")
    if len(value) > _LONGEST.get(key, 80):
        raise BadPack(f"{where}, key {key}: longer than {_LONGEST.get(key, 80)} characters")
    return value


def _texts(value: object, where: str, key: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
        raise BadPack(f"{where}, key {key}: a list of texts is needed")
    return tuple(value)


def _day(value: object, where: str, key: str) -> datetime.date:
    if not isinstance(value, datetime.date) or isinstance(value, datetime.datetime):
        raise BadPack(f"{where}, key {key}: a date such as 2026-11-01 is needed")
    return value


def _refuse_unknown(table: Table, known: set[str], where: str) -> None:
    unknown = sorted(set(table) - known)
    if unknown:
        raise BadPack(f"{where}, key {unknown[0]}: unknown; known are {', '.join(sorted(known))}")


def _refuse_overlap(loaded: Iterable[rules.Rule]) -> None:
    """Two versions of one rule must not be in force on the same day."""
    ordered = sorted(loaded, key=lambda rule: (rule.id, rule.effective_from))
    for earlier, later in itertools.pairwise(ordered):
        if earlier.id == later.id and (earlier.effective_to is None or later.effective_from < earlier.effective_to):
            raise BadPack(
                f"rule {later.id}, key effective_from: version {later.version} begins before version "
                f"{earlier.version} ends"
            )
