"""How right keyed data is: wrong fields over all fields with a Wilson interval; a whole table scored by the truth."""

import collections
import dataclasses
from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

from cursitor.engines.entry import dates, normal, numbers
from cursitor.engines.entry.definition import PLAIN, DateOrder, Field, FieldType, FormDefinition
from cursitor.engines.entry.normal import State
from cursitor.engines.entry.tables import Row, Table
from cursitor.engines.sampling import intervals

Group = TypeVar("Group", bound=Hashable)

PROOF_SHARE = 0.95


class TablesCannotBeScored(ValueError):
    """Raised when two tables cannot be set beside each other. The sentence names the file, the row and the column."""


@dataclasses.dataclass(frozen=True, slots=True)
class Rate:
    """
    Wrong fields over all fields.

    rate, low, high: shares in [0, 1]; the interval is Wilson's at 95 %. Of no fields nothing is known: rate is None and
    the interval everything from 0 to 1.
    """

    errors: int
    fields: int
    rate: float | None
    low: float
    high: float


@dataclasses.dataclass(frozen=True, slots=True)
class Difference:
    """One field that is wrong. `line` is where the record stands in the truth; `problem` says if it cannot be read."""

    record: str
    line: int
    field: str
    truth: str
    keyed: str
    problem: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Score:
    """
    A keyed table measured by the truth.

    records: in the truth. total: over every field of every record of the truth. by_field: the same for each field that
    was compared, in the order of the form. missing, extra: names of records only the truth, or only the keying, has.
    """

    records: int
    total: Rate
    by_field: Mapping[str, Rate]
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    differences: tuple[Difference, ...]
    key: str | None
    notes: tuple[str, ...]


def rate(*, errors: int, fields: int) -> Rate:
    """
    Return an error rate with its Wilson interval at 95 %.

    :raises ImpossibleCounts: unless 0 <= errors <= fields.

    >>> found = rate(errors=3, fields=300)
    >>> found.rate, round(found.low, 5), round(found.high, 5)
    (0.01, 0.00341, 0.02898)
    """
    if fields == 0 and errors == 0:
        return Rate(0, 0, None, 0.0, 1.0)
    limits = intervals.wilson(x=errors, n=fields)
    return Rate(errors, fields, errors / fields, limits.low, limits.high)


def grouped(fields: Iterable[tuple[Group, bool]]) -> dict[Group, Rate]:
    """
    Return the error rate of every group: keyer, field, schema, hour of shift, or several together as a tuple.

    fields: one pair for every field that was keyed: its group, and whether it was wrong. In order of appearance.

    >>> by_keyer = grouped([("ada", False), ("ada", True), ("ben", False)])
    >>> by_keyer["ada"].errors, by_keyer["ada"].fields, by_keyer["ben"].rate
    (1, 2, 0.0)
    """
    n_fields: collections.Counter[Group] = collections.Counter()
    n_errors: collections.Counter[Group] = collections.Counter()
    for group, is_error in fields:
        n_fields[group] += 1
        n_errors[group] += is_error
    return {group: rate(errors=n_errors[group], fields=n) for group, n in n_fields.items()}


def is_error(field: Field, truth: str, keyed: str, keyed_field: Field | None = None) -> bool:
    """
    Say whether a keyed value is wrong, by the type of its field; plain texts must be the same characters.

    Every other type may be written differently if it says the same; the currency beside an amount may be left out or be
    a sign instead of its code. What cannot be read is right only if it is the same characters.
    keyed_field: the field as the keyed table writes it, if that is another convention.
    """
    if truth == keyed:
        return False
    if field.type in PLAIN:
        return True
    right, told = normal.normalise(truth, field), normal.normalise(keyed, keyed_field or field)
    if right.state is State.EMPTY or told.state is State.EMPTY:
        return right.state is not told.state
    return not (normal.agree(field, right, told) or _are_one_amount(field, right, told))


def _are_one_amount(field: Field, right: normal.Reading, told: normal.Reading) -> bool:
    """Say whether two amounts are one, though one leaves its currency out or writes it as a sign."""
    if field.type is not FieldType.MONEY or not right.state is told.state is State.VALID:
        return False
    (amount, _, currency), (other, _, other_currency) = (reading.value.partition(" ") for reading in (right, told))
    is_possible = not currency or not other_currency or numbers.may_be_one(currency, other_currency)
    return amount == other and is_possible


def score(form: FormDefinition, truth: Table, keyed: Table, *, key: str | None = None) -> Score:
    """
    Return how right a keyed table is.

    Every field of the form that the truth has is one opportunity in every record of the truth. A record that was not
    keyed is wrong in every field that the truth fills; a column that was not keyed likewise. A record that the truth
    does not have is told as extra and is no opportunity. The matching column is none either: it cannot be wrong.
    key: the column that matches records; without it `id` if both tables have it, else the order of the rows.
    Dates whose order the form does not say are read as the column proves by its own values, then by those of the other
    table, then month first; two digits of a year lie in the hundred years up to the latest year of the truth.
    :raises TablesCannotBeScored: if a column or every field is missing, or a key is empty or there twice.
    """
    matching = _matching(form, truth, keyed, key)
    compared, notes = _compared(form, truth, keyed, matching)
    pairs, missing, extra = _paired(truth, keyed, matching)
    differences = _differences(compared, pairs)
    n_errors = collections.Counter(difference.field for difference in differences)
    by_field = {pair.field.key: rate(errors=n_errors[pair.field.key], fields=len(pairs)) for pair in compared}
    return Score(
        records=len(pairs),
        total=rate(errors=len(differences), fields=len(pairs) * len(compared)),
        by_field=by_field,
        missing=missing,
        extra=extra,
        differences=differences,
        key=matching.name if matching else None,
        notes=(*truth.notes, *keyed.notes, *notes),
    )


@dataclasses.dataclass(frozen=True, slots=True)
class _Matching:
    """The column that names records: its name and where it stands in either table."""

    name: str
    in_truth: int
    in_keyed: int
    field: Field


@dataclasses.dataclass(frozen=True, slots=True)
class _Pair:
    """One field in both tables: where it stands, and the convention each table writes it in."""

    field: Field
    in_truth: int
    in_keyed: int | None
    keyed_field: Field


def _matching(form: FormDefinition, truth: Table, keyed: Table, key: str | None) -> _Matching | None:
    wanted = Field(key="id" if key is None else key)
    wanted = next((field for field in form.fields if field.key == wanted.key), wanted)
    places = _column(truth, wanted), _column(keyed, wanted)
    for table, place in zip((truth, keyed), places, strict=True):
        if place is None and key is not None:
            has = ", ".join(table.columns)
            raise TablesCannotBeScored(f"{table.name}: there is no column {key!r} to match records by; it has {has}")
    if places[0] is None or places[1] is None:
        return None
    return _Matching(truth.columns[places[0]], places[0], places[1], wanted)


def _column(table: Table, field: Field) -> int | None:
    """Return where a field stands: under its key, else under its key or label in other case if that is one column."""
    if field.key in table.columns:
        return table.columns.index(field.key)
    names = {field.key.strip().casefold(), field.label.strip().casefold()} - {""}
    places = [place for place, column in enumerate(table.columns) if column.strip().casefold() in names]
    return places[0] if len(places) == 1 else None


def _compared(
    form: FormDefinition, truth: Table, keyed: Table, matching: _Matching | None
) -> tuple[list[_Pair], list[str]]:
    pairs, notes = [], []
    for field in form.fields:
        place, other = _column(truth, field), _column(keyed, field)
        if matching and place == matching.in_truth:
            notes.append(f"{field.key}: matches the records and is not counted")
        elif place is None:
            notes.append(f"{field.key}: is not in {truth.name}; not counted")
        else:
            if other is None:
                notes.append(f"{field.key}: is not in {keyed.name}; every value is wrong")
            pair, told = _with_conventions(_Pair(field, place, other, field), truth, keyed)
            pairs.append(pair)
            notes += told
    if not pairs:
        raise TablesCannotBeScored(f"{truth.name}: no field of the form is a column; it has {', '.join(truth.columns)}")
    if not truth.rows:
        raise TablesCannotBeScored(f"{truth.name}: there is no record")
    notes += _ignored(form, truth, matching) + _ignored(form, keyed, matching)
    if matching is None:
        notes.append("there is no common column `id` and no other was named: records are matched by the order of rows")
    return pairs, notes


def _ignored(form: FormDefinition, table: Table, matching: _Matching | None) -> list[str]:
    used = {_column(table, field) for field in form.fields}
    used |= {_column(table, matching.field)} if matching else set()
    names = [column for place, column in enumerate(table.columns) if place not in used and column]
    return [f"{table.name}: columns that are not in the form are not counted: {', '.join(names)}"] if names else []


def _with_conventions(pair: _Pair, truth: Table, keyed: Table) -> tuple[_Pair, list[str]]:
    """Return the pair with the order of dates and the century that the tables themselves prove, and a note of it."""
    field = pair.field
    if field.type is not FieldType.DATE:
        return pair, []
    of_truth = [row.cells[pair.in_truth] for row in truth.rows]
    of_keyed = [row.cells[pair.in_keyed] for row in keyed.rows] if pair.in_keyed is not None else []
    latest = field.latest_year or _latest_year(of_truth)
    orders = _proved_order(of_truth), _proved_order(of_keyed)
    chosen = [field.date_order or own or other or DateOrder.MDY for own, other in (orders, orders[::-1])]
    fields = [dataclasses.replace(field, date_order=order, latest_year=latest) for order in chosen]
    notes = []
    for table, values, order in ((truth, of_truth, chosen[0]), (keyed, of_keyed, chosen[1])):
        if field.date_order is None and any(_needs_order(value, field) for value in values):
            notes.append(f"{field.key}: no order of dates is given; {table.name} is read as {order}")
    return _Pair(fields[0], pair.in_truth, pair.in_keyed, fields[1]), notes


def _needs_order(value: str, field: Field) -> bool:
    reading = normal.normalise(value, field)
    return (
        reading.state is State.INVALID
        and normal.normalise(value, dataclasses.replace(field, date_order=DateOrder.MDY, latest_year=2000)).state
        is State.VALID
    )


def _proved_order(values: Iterable[str]) -> DateOrder | None:
    """Return the order that (nearly) all values prove which prove one; a slip of the keyer may prove the other."""
    proofs = collections.Counter(filter(None, map(dates.order_told_by, values)))
    for order, n in proofs.items():
        if n >= PROOF_SHARE * proofs.total():
            return order
    return None


def _latest_year(values: Iterable[str]) -> int | None:
    plain = Field(key="date", type=FieldType.DATE, date_order=DateOrder.MDY)
    readings = [normal.normalise(value, plain) for value in values]
    return max((int(reading.value[:4]) for reading in readings if reading.state is State.VALID), default=None)


def _paired(
    truth: Table, keyed: Table, matching: _Matching | None
) -> tuple[list[tuple[str, Row, Row | None]], tuple[str, ...], tuple[str, ...]]:
    """Return every record of the truth with its keying, the names of those without one, and of those that are extra."""
    of_truth, nameless_truth = _by_key(truth, matching.in_truth if matching else None, matching)
    of_keyed, nameless = _by_key(keyed, matching.in_keyed if matching else None, matching)
    if matching and nameless_truth:
        line = nameless_truth[0].line
        raise TablesCannotBeScored(f"{truth.name}, row on line {line}: the column {matching.name!r} is empty")
    pairs = [(name, row, of_keyed.get(name)) for name, row in of_truth.items()]
    missing = tuple(name for name in of_truth if name not in of_keyed)
    extra = [name for name in of_keyed if name not in of_truth]
    return pairs, missing, (*extra, *(f"line {row.line} (without {matching.name})" for row in nameless if matching))


def _by_key(table: Table, place: int | None, matching: _Matching | None) -> tuple[dict[str, Row], list[Row]]:
    if place is None or matching is None:
        return {f"row {number}": row for number, row in enumerate(table.rows, 1)}, []
    found: dict[str, Row] = {}
    nameless = []
    for row in table.rows:
        reading = normal.normalise(row.cells[place].strip(), matching.field)
        name = reading.value or reading.raw
        if not name:
            nameless.append(row)
        elif name in found:
            lines = f"lines {found[name].line} and {row.line}"
            raise TablesCannotBeScored(f"{table.name}, {lines}: {matching.name} {name!r} is there twice")
        else:
            found[name] = row
    return found, nameless


def _differences(compared: Iterable[_Pair], pairs: Iterable[tuple[str, Row, Row | None]]) -> tuple[Difference, ...]:
    found = []
    columns = tuple(compared)
    for name, row, other in pairs:
        for pair in columns:
            truth = row.cells[pair.in_truth]
            keyed = other.cells[pair.in_keyed] if other and pair.in_keyed is not None else ""
            if is_error(pair.field, truth, keyed, pair.keyed_field):
                problem = normal.normalise(keyed, pair.keyed_field).problem
                found.append(Difference(name, row.line, pair.field.key, truth, keyed, problem))
    return tuple(found)
