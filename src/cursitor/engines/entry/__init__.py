"""
Data entry: forms as data, what a keyed value says, two keyings compared, accuracy, and forms read by machine.

Callers use the modules named below (`accuracy`, `comparison` and so on) and take everything else from the package.
 See docs/algorithms/entry.md.
"""

from cursitor.engines.entry import accuracy, alignment, comparison, normal, patterns, tables, validation, words
from cursitor.engines.entry.definition import (
    Choice,
    DateOrder,
    DefinitionFaulty,
    Fault,
    Field,
    FieldsCompare,
    FieldType,
    FormDefinition,
    Operator,
    RequiredWhen,
    Rule,
    Severity,
    SumOf,
    check,
    faults,
)
from cursitor.engines.entry.normal import Keyed, Reading, State
from cursitor.engines.entry.schemas import Imported, from_json_schema, read, to_json_schema

__all__ = [
    "Choice",
    "DateOrder",
    "DefinitionFaulty",
    "Fault",
    "Field",
    "FieldType",
    "FieldsCompare",
    "FormDefinition",
    "Imported",
    "Keyed",
    "Operator",
    "Reading",
    "RequiredWhen",
    "Rule",
    "Severity",
    "State",
    "SumOf",
    "accuracy",
    "alignment",
    "check",
    "comparison",
    "faults",
    "from_json_schema",
    "normal",
    "patterns",
    "read",
    "tables",
    "to_json_schema",
    "validation",
    "words",
]
