"""Forms as data: read from strangers' schemas and our own, written back whole, refused with every fault named."""

import dataclasses
import json

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cursitor.engines import entry
from cursitor.engines.entry import (
    Choice,
    DateOrder,
    Field,
    FieldsCompare,
    FieldType,
    FormDefinition,
    Operator,
    patterns,
)

FULL = FormDefinition(
    title="Registration",
    fields=(
        Field(
            key="who", label="Registrant", type=FieldType.NAME, is_required=True, is_critical=True, is_double_keyed=True
        ),
        Field(
            key="filed",
            type=FieldType.DATE,
            date_order=DateOrder.MDY,
            latest_year=2026,
            minimum="1938-01-01",
            accepts_partial=True,
            anchors=("Received", "Filed"),
        ),
        Field(key="fee", type=FieldType.MONEY, currency="USD", decimal_mark=",", minimum="0", maximum="10.50"),
        Field(key="kind", type=FieldType.CHOICE, choices=(Choice("AM", "Amendment"), Choice("SU"))),
        Field(key="pages", type=FieldType.INTEGER, minimum="1", choices=(Choice("1"), Choice("2"))),
        Field(key="share", type=FieldType.DECIMAL, maximum="0.1"),
        Field(key="number", type=FieldType.IDENTIFIER, pattern="^[0-9]+$", n_characters_min=1, n_characters_max=9),
        Field(key="note", type=FieldType.LONG_TEXT, help="As it stands.", is_double_keyed=True),
        Field(key="is_final", type=FieldType.BOOLEAN),
        Field(key="signed", type=FieldType.DATE),
        Field(key="Remarks, if any"),
    ),
    rules=(
        FieldsCompare(left="signed", operator=Operator.AT_MOST, right="filed", message="Signed after it was filed."),
        entry.RequiredWhen(field="note", when="kind", equals="AM", severity=entry.Severity.WARNING),
        entry.RequiredWhen(field="number", when="who"),
        entry.SumOf(parts=("pages",), total="share"),
    ),
)
PLAIN = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Filing",
    "type": "object",
    "$defs": {
        "Kind": {"title": "Kind", "type": "string", "enum": ["A", "B"]},
        "Address": {"type": "object", "properties": {"city": {"type": "string"}, "next": {"$ref": "#/$defs/Address"}}},
    },
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 80},
        "filed": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}], "default": None},
        "amount": {"type": "number", "minimum": 0},
        "n": {"type": ["integer", "null"]},
        "ok": {"type": "boolean"},
        "kind": {"$ref": "#/$defs/Kind"},
        "address": {"$ref": "#/$defs/Address"},
        "lines": {"type": "array", "items": {"type": "string"}},
        "fee": {"type": "number", "format": "money"},
        "odd": {"type": "string", "pattern": "(?=x)x"},
        "decimal": {"anyOf": [{"type": "number"}, {"type": "string", "pattern": "^[0-9.]+$"}, {"type": "null"}]},
    },
    "required": ["name"],
    "dependentRequired": {"amount": ["kind"]},
    "additionalProperties": False,
}

WORDS = """
type properties items enum const $ref anyOf allOf required title fields key rules kind parts choices minimum x-cursitor
format pattern dependentRequired
"""
KEYWORDS = st.sampled_from([*WORDS.split(), "#"])
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["#", "#/properties", "string"])
DOCUMENTS = st.recursive(
    LEAVES | st.text(max_size=5) | KEYWORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYWORDS | st.text(max_size=3), inner, max_size=4),
    max_leaves=14,
)


class TestPlainSchema:
    def test_reads_as_its_types_say(self):
        form = entry.from_json_schema(PLAIN)

        assert {field.key: field.type.value for field in form.fields} == {
            "name": "TEXT",
            "filed": "DATE",
            "amount": "DECIMAL",
            "n": "INTEGER",
            "ok": "BOOLEAN",
            "kind": "CHOICE",
            "address.city": "TEXT",
            "fee": "MONEY",
            "odd": "TEXT",
            "decimal": "DECIMAL",
        }
        assert form.field("name").is_required
        assert form.field("name").n_characters_max == 80
        assert form.rules == (entry.RequiredWhen(field="kind", when="amount"),)

    def test_tells_what_was_left_out(self):
        told = " | ".join(entry.read(PLAIN).warnings)

        for words in ("'additionalProperties'", "'default'", "address.next", "lines", "look-around"):
            assert words in told

    def test_may_describe_a_list_of_records(self):
        many = {"type": "array", "items": PLAIN, "$defs": PLAIN["$defs"]}

        assert entry.from_json_schema(many) == entry.from_json_schema(PLAIN)

    def test_never_guesses_money_from_a_name(self):
        form = entry.from_json_schema({"properties": {"total_price": {"type": "number"}, "fee": {"type": "string"}}})

        assert [field.type for field in form.fields] == [FieldType.DECIMAL, FieldType.TEXT]


class TestOwnForm:
    def test_reads_fields_and_rules(self):
        form = entry.from_json_schema(
            {
                "title": "Invoice",
                "fields": [
                    {"key": "total", "label": "Total", "type": "money", "currency": "EUR", "critical": True},
                    {"key": "due", "type": "date", "dateOrder": "dmy", "double_keyed": True},
                    {"key": "paid", "type": "date", "required": True},
                ],
                "rules": [{"kind": "compare", "left": "paid", "operator": "not_after", "right": "due"}],
            }
        )

        assert form.field("total").is_double_keyed
        assert form.field("due").date_order is DateOrder.DMY
        assert form.rules[0].operator is Operator.AT_MOST


class TestWritten:
    def test_comes_back_to_the_last_option(self):
        written = json.loads(json.dumps(entry.to_json_schema(FULL)))

        assert entry.read(written) == entry.Imported(FULL, ())

    def test_is_a_schema_by_the_standard(self):
        jsonschema.Draft202012Validator.check_schema(entry.to_json_schema(FULL))

    @given(st.sampled_from(FULL.fields), st.booleans(), st.booleans(), st.text(max_size=8), st.integers(1, 99))
    @settings(max_examples=60)
    def test_comes_back_with_any_option_changed(self, field, critical, required, label, most):
        changed = dataclasses.replace(
            field, is_critical=critical, is_double_keyed=critical or required, is_required=required, label=label
        )
        form = FormDefinition(title=label, fields=(dataclasses.replace(changed, n_characters_max=most + 1),))

        assert entry.from_json_schema(entry.to_json_schema(form)) == form


class TestFaults:
    @pytest.mark.parametrize(
        ("document", "named"),
        [
            ([], "JSON object"),
            ({}, "neither"),
            ({"properties": {}}, "at least one field"),
            ({"properties": {"a": {"type": "zap"}}}, "a: 'zap'"),
            ({"properties": {"a": {"type": "string", "x-cursitor": 5}}}, "a: `x-cursitor`"),
            ({"properties": {"a": {"minLength": "many"}}}, "a: the option 'minLength'"),
            ({"fields": []}, "at least one field"),
            ({"fields": [{"key": "a"}, {"key": "a"}]}, "a: the key is used twice"),
            ({"fields": [{"key": ""}]}, "1 to 200 characters"),
            ({"fields": [{"key": "a", "type": "choice"}]}, "a: a list needs"),
            ({"fields": [{"key": "a", "critical": True, "double_keyed": False}]}, "a: a critical field"),
            ({"fields": [{"key": "a", "pattern": "("}]}, "a: the pattern"),
            ({"fields": [{"key": "a", "type": "date", "minimum": "soon"}]}, "a: the bound 'soon'"),
            ({"fields": [{"key": "a", "type": "integer", "minimum": 5, "maximum": 4}]}, "a: the minimum"),
            ({"fields": [{"key": "a", "type": "money", "currency": "ZZZ"}]}, "a: 'ZZZ'"),
            ({"fields": [{"key": "a"}], "rules": [{"kind": "sum", "parts": ["a"], "total": "b"}]}, "b: rule 1"),
            ({"fields": [{"key": "a"}], "rules": [{"kind": "magic"}]}, "rule 1 has the kind"),
            ({"fields": [{"key": "a"}], "rules": 5}, "not a list"),
            ({"$ref": "#"}, "without end"),
        ],
    )
    def test_are_named_with_their_field(self, document, named):
        with pytest.raises(entry.DefinitionFaulty) as refused:
            entry.read(document)

        assert named in str(refused.value)
        assert refused.value.faults

    def test_are_told_all_at_once(self):
        with pytest.raises(entry.DefinitionFaulty) as refused:
            entry.read({"fields": [{"key": "a", "type": "choice"}, {"key": "b", "currency": "ZZZ"}]})

        assert [fault.field for fault in refused.value.faults] == ["a", "b"]

    @given(st.dictionaries(KEYWORDS, DOCUMENTS, max_size=5))
    @settings(max_examples=400)
    def test_never_crash_the_reader(self, document):
        try:
            form = entry.read(document).definition
        except entry.DefinitionFaulty as refused:
            faults = refused.faults
        else:
            faults = entry.from_json_schema(entry.to_json_schema(form)) == form

        assert faults


class TestPatterns:
    @pytest.mark.parametrize("pattern", ["^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "(x+x+)+y"])
    def test_cannot_be_made_to_explode(self, pattern):
        assert not patterns.matches(pattern, "a" * 9_999 + "!")

    @pytest.mark.parametrize("pattern", ["(?=a)a", r"(a)\1", "(a{999}){999}", "(", "[", "a" * 501])
    def test_that_need_more_are_refused(self, pattern):
        with pytest.raises(patterns.PatternRefused):
            patterns.compiled(pattern)

    def test_match_nothing_in_endless_texts(self):
        assert not patterns.matches("a", "a" * 10_001)
