"""The rules of a form on one record: each finding names its field, and doubt is no finding."""

import pytest

from cursitor.engines import entry
from cursitor.engines.entry import Choice, Field, FieldType, FormDefinition, Keyed, Severity, validation
from cursitor.engines.entry.validation import Code

FORM = FormDefinition(
    title="Filing",
    fields=(
        Field(key="who", label="Registrant", type=FieldType.NAME, is_required=True, n_characters_max=20),
        Field(key="signed", type=FieldType.DATE, minimum="1938-01-01"),
        Field(key="filed", type=FieldType.DATE, accepts_partial=True),
        Field(key="number", type=FieldType.IDENTIFIER, pattern="^[0-9]{4}$", n_characters_min=2),
        Field(key="kind", type=FieldType.CHOICE, choices=(Choice("AM", "Amendment"), Choice("SU"))),
        Field(key="reason"),
        *(Field(key=key, type=FieldType.MONEY, currency="USD") for key in ("net", "tax", "gross")),
        Field(key="copies", type=FieldType.INTEGER, maximum="9", choices=(Choice("1"), Choice("10"))),
    ),
    rules=(
        entry.FieldsCompare(left="signed", operator=entry.Operator.AT_MOST, right="filed"),
        entry.RequiredWhen(field="reason", when="kind", equals="AM", severity=Severity.WARNING, message="Say why."),
        entry.SumOf(parts=("net", "tax"), total="gross"),
    ),
)
RIGHT = {"who": "Foley Hoag LLP", "signed": "March 4, 1999", "filed": "1999-03-05", "net": "10", "gross": "$10.00"}


def found(**changed):
    return [(finding.field, finding.code) for finding in validation.validate(FORM, RIGHT | changed)]


class TestValidate:
    def test_finds_nothing_in_a_right_record(self):
        assert found() == []

    @pytest.mark.parametrize(
        ("changed", "field", "code"),
        [
            ({"who": " "}, "who", Code.REQUIRED),
            ({"who": Keyed("", is_unreadable=True)}, "who", Code.UNREADABLE),
            ({"who": "A" * 21}, "who", Code.TOO_LONG),
            ({"signed": "31/2/1999"}, "signed", Code.INVALID),
            ({"signed": "March 1999"}, "signed", Code.PARTIAL_DATE),
            ({"signed": "1937-12-31"}, "signed", Code.BELOW_MINIMUM),
            ({"signed": "1999-03-06"}, "signed", Code.RULE_COMPARE),
            ({"number": "1"}, "number", Code.TOO_SHORT),
            ({"number": "12a4"}, "number", Code.PATTERN),
            ({"kind": "XX"}, "kind", Code.NOT_IN_LIST),
            ({"copies": "3"}, "copies", Code.NOT_IN_LIST),
            ({"copies": "10"}, "copies", Code.ABOVE_MAXIMUM),
            ({"kind": "Amendment"}, "reason", Code.RULE_REQUIRED),
            ({"tax": "0.01"}, "gross", Code.RULE_SUM),
        ],
    )
    def test_names_field_and_fault(self, changed, field, code):
        assert (field, code) in found(**changed)

    def test_says_it_in_a_sentence_with_its_severity(self):
        (late,) = validation.validate(FORM, RIGHT | {"filed": "1999-03-01"})
        (why,) = validation.validate(FORM, RIGHT | {"kind": "AM"})

        assert late.sentence == "signed must not be after filed: March 4, 1999, 1999-03-01."
        assert (why.sentence, why.severity) == ("Say why.", Severity.WARNING)

    def test_is_silent_where_a_rule_may_hold(self):
        assert found(filed="March 1999") == []
        assert found(filed="February 1999") == [("signed", Code.RULE_COMPARE)]
        assert found(net="") == found(gross="") == found(signed="") == []
