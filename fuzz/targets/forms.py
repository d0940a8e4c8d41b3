"""Data entry: definitions, values, tables, words of a recognised page, patterns."""

from __future__ import annotations

import json

from cursitor.engines.chronology import moments as chronology
from cursitor.engines.chronology import rows
from cursitor.engines.entry import (
    accuracy,
    comparison,
    dates,
    definition,
    names,
    normal,
    numbers,
    options,
    patterns,
    schemas,
    tables,
    validation,
    words,
)
from cursitor.engines.entry.definition import DateOrder, Field, FieldType
from fuzz.targets.table import json_of, target, text_of

SCHEMA = json.dumps(
    {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Filing",
        "type": "object",
        "required": ["filed"],
        "properties": {
            "filed": {"type": "string", "format": "date", "x-cursitor": {"critical": True, "date_order": "MDY"}},
            "n": {"type": ["integer", "null"], "minimum": 0, "maximum": 10},
            "fee": {"type": "number", "x-cursitor": {"type": "AMOUNT", "currency": "USD"}},
            "kind": {"enum": ["a", "b"]},
            "who": {"$ref": "#/$defs/person"},
            "list": {"type": "array", "items": {"type": "string"}},
            "code": {"type": "string", "pattern": "^[A-Z]{2}$", "maxLength": 2},
        },
        "$defs": {
            "person": {"type": "object", "properties": {"name": {"type": "string"}, "boss": {"$ref": "#/$defs/person"}}}
        },
        "x-cursitor": {"rules": [{"rule": "required_when", "field": "n", "when": "kind", "equals": "a"}]},
    }
)
NATIVE = json.dumps(
    {
        "title": "F",
        "fields": [{"key": "a", "type": "DATE"}, {"key": "b", "type": "CHOICE", "choices": ["x", {"value": "y"}]}],
        "rules": [{"rule": "compare", "left": "a", "operator": "LESS", "right": "b"}],
    }
)
FIELDS = tuple(
    Field(
        key=type_.name.lower(),
        type=type_,
        date_order=order,
        latest_year=year,
        decimal_mark=mark,
        currency=currency,
        choices=(definition.Choice("x", "Ex"), definition.Choice("y")) if type_ is FieldType.CHOICE else (),
    )
    for type_ in FieldType
    for order, year, mark, currency in ((None, None, ".", ""), (DateOrder("DMY"), 2026, ",", "USD"))
)


@target(
    SCHEMA,
    NATIVE,
    '{"properties": {"a": {"allOf": [{"$ref": "#"}]}}}',
    "[]",
    words='"properties" "type" "fields" "key" "$ref" "#/$defs/ "x-cursitor" "rules" "enum" "oneOf" "allOf" "items" '
    '"minimum" "pattern" "title" "critical" null true [] {} 1e400 -1 "string" "object" "array" "format" "date" "AMOUNT"',
    longest=3000,
    pumped=65_536,
)
def json_schema(data: bytes) -> None:
    """A definition is read or faulty; what is written of it is read back, to the last option."""
    try:
        document = json.loads(text_of(data))
    except (ValueError, RecursionError):
        return
    try:
        imported = schemas.read(document)
    except definition.DefinitionFaulty as refusal:
        assert refusal.faults
        return
    form = imported.definition
    assert schemas.from_json_schema(json.loads(json.dumps(schemas.to_json_schema(form)))) == form
    record = {field.key: "4" for field in form.fields}
    validation.validate(form, record)
    comparison.compare_records(form, record, record)
    options.snake(form.title)


@target(
    "March 4, 1999",
    "3/4/1999",
    "(1,234.50)",
    "USD 1.234,50-",
    "1,234.5",
    "yes",
    "O'Neil, Dr. J. Ph. D.",
    "CF-00 42",
    "$ 12",
    "12.\u0663",
    "the 4th day of March, A.D. 1999",
    words="USD $ \u20ac ( ) - . , / Mar 1999 th of Dr. Jr. Inc. \u00a0",
    longest=200,
    pumped=65_536,
)
def keyed_value(data: bytes) -> None:
    """A value is read under every type without raising; its canonical form reads as itself and equals it."""
    text = text_of(data)
    for field in FIELDS:
        reading = normal.normalise(text, field)
        list(validation.findings(field, reading))
        assert comparison.compare(field, text, text).is_equal or reading.state is normal.State.INVALID
        if reading.state is normal.State.VALID and field.type is FieldType.DATE:
            earliest, latest = normal.days(reading)
            assert earliest <= latest
            assert normal.normalise(reading.value, field).value == reading.value
        if reading.state is normal.State.VALID and field.type in definition.NUMBERS:
            assert normal.number(reading).is_finite()
    names.are_addressed_apart(text, text[::-1])
    assert names.canonical(names.canonical(text)) is not None


@target(
    "before 4 March 1999",
    "about May 2001",
    "1999-03-04 to 1999-05",
    "3/4/99",
    "4 Mar 2001 9:07 pm",
    "2001-03-04T09:07:00+01:00",
    "between 1 and 3 March 2001",
    words="before after about between to until - \u2013 am pm T Z +01:00 Mar 1999 circa early",
    longest=200,
    pumped=65_536,
)
def written_moment(data: bytes) -> None:
    """A moment or a date is read or unclear."""
    text = text_of(data)
    for order, year in ((None, None), (DateOrder("MDY"), 2026)):
        try:
            assert chronology.parse(text, order=order, latest_year=year) is not None
        except chronology.MomentUnclear:
            pass
        try:
            first, last = dates.span(dates.read(text, order=order, latest_year=year))
            assert first <= last
        except dates.DateUnclear:
            pass
        for mark in ".,":
            try:
                numbers.read(text, decimal_mark=mark)
            except numbers.NumberUnclear:
                pass


@target(
    '{"date": "4 March 1999", "fact": "x", "people": "a; b", "source": "A-1", "disputed": "yes"}',
    '{"fact": 1, "date": null}',
    words='"date" "fact" "people" [] null "who" "page"',
)
def fact_row(data: bytes) -> None:
    """A row is a fact or unclear."""
    row = json_of(data)
    if row is None:
        return
    try:
        assert rows.read(row, name="x").text
    except rows.FactUnclear:
        return


@target(
    "a,b\n1,2\n",
    'a;b\r\n"x\ny";2\n',
    "a\tb\n1\n",
    "a|b\n1|2".encode("utf-16"),
    words='" , ; | \\r \\n \\t',
    pumped=65_536,
)
def table(data: bytes) -> None:
    """A table is rectangular or unreadable, and scored against itself has no error."""
    try:
        read = tables.read(data, name="x.csv")
    except tables.TableUnreadable:
        return
    assert all(len(row.cells) == len(read.columns) for row in read.rows)
    columns = [column for column in read.columns if column][:5]
    form = definition.FormDefinition(title="x", fields=tuple(Field(key=column) for column in columns), rules=())
    try:
        assert accuracy.score(form, read, read).total.errors == 0
    except accuracy.TablesCannotBeScored:
        return


@target(
    "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n"
    "1\t1\t0\t0\t0\t0\t0\t0\t100\t200\t-1\t\n5\t1\t1\t1\t1\t1\t10\t10\t20\t5\t96.5\tword....\n",
    words="\t 5 1 -1 nan inf ____ ....",
)
def recognised_words(data: bytes) -> None:
    """Tesseract's table gives words on the page, or is unreadable."""
    try:
        found = words.words_from_tsv(text_of(data))
    except words.RecognitionUnreadable:
        return
    words.lines(found)


@target(
    "^[A-Z]{2}-[0-9]+$\nCF-42",
    "(a+)+$\naaaaaaaaaaaaaaaaaaaaaa!",
    "\\p{L}{1,99}{1,99}\nx",
    words="\\p{ (?i) (?= \\1 {1,999} [^ ] \\b",
    longest=512,
)
def form_pattern(data: bytes) -> None:
    """A pattern is matched in linear time or refused."""
    expression, _, text = text_of(data).partition("\n")
    try:
        patterns.matches(expression, text)
    except patterns.PatternRefused:
        return
