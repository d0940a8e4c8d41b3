"""What quality draws from a review and compares: one unit per coded document."""

from collections.abc import Mapping
from typing import Any

from cursitor.lines.review import layouts
from cursitor.lines.review.choices import CONFIDENTIALITY, HOT, ISSUES, NOTES, PRIVILEGE, RESPONSIVENESS, FieldKind
from cursitor.lines.review.models import Document
from cursitor.lines.review.operations import coding
from cursitor.lines.review.queries import coverage
from cursitor.plumbing.refusal import NotVisible
from cursitor.spine.work.models import WorkOrder
from cursitor.spine.work.registry import DefectKind, DefectList, Finding, InspectionUnit

DEFECTS = DefectList(
    version="review-2026.1",
    kinds=(
        DefectKind("PRIVILEGE_MISSED", "Privileged document coded not privileged", "CRITICAL"),
        DefectKind("RESPONSIVE_MISSED", "Responsive document coded not responsive", "MAJOR"),
        DefectKind("RESPONSIVE_EXCESS", "Document that is not responsive coded responsive", "MAJOR"),
        DefectKind("PRIVILEGE_EXCESS", "Document that is not privileged coded privileged", "MAJOR"),
        DefectKind("PRIVILEGE_BASIS", "Another basis of privilege", "MINOR"),
        DefectKind("CONFIDENTIALITY", "Another designation of confidentiality", "MINOR"),
        DefectKind("ISSUES", "Other issues", "MINOR"),
        DefectKind("HOT", "Hot or not hot", "MINOR"),
        DefectKind("OTHER_FIELD", "Another value of a field of the layout", "MINOR"),
    ),
)
_MINOR = {CONFIDENTIALITY: "CONFIDENTIALITY", ISSUES: "ISSUES", HOT: "HOT"}


def units(order: WorkOrder) -> tuple[InspectionUnit, ...]:
    """
    Return a unit for every coded document, in the order of control numbers.

    The doer is who decided last. stratum: responsive, privileged or the rest. Opportunities are the layout's fields
    apart from the notes.
    """
    fields = [field for field in coding.current_layout(order.pk).fields if field["key"] != NOTES]
    rows = coverage.published(order).filter(coding__isnull=False).order_by("control_number")
    return tuple(
        InspectionUnit(number, f"person:{coder}", _stratum(values), len(fields))
        for number, coder, values in rows.values_list("control_number", "coding__coder", "coding__values")
    )


def unit(order: WorkOrder, key: str) -> Document:
    """Return the document of a unit. :raises NotVisible: if the order has none of this number."""
    document = order.documents.select_related("coding", "family", "native").filter(control_number=key).first()
    if document is None:
        raise NotVisible
    return document


def judge(order: WorkOrder, unit_key: str, reading: dict[str, Any]) -> tuple[Finding, ...]:
    """
    Return the differences between an inspector's own reading and the decision, one finding a field.

    reading: field key -> value, or list of values, as the form of `inspection_page` sends them.
    :raises layouts.CodingIncomplete: if the reading is not a complete coding by the layout.
    """
    document = unit(order, unit_key)
    fields = coding.current_layout(order.pk).fields
    own = _reading(fields, reading)
    layouts.require_complete(fields, own, name=document.control_number)
    first = document.coding.values
    keys = [field["key"] for field in fields if field["key"] != NOTES]
    found = []
    for key in keys:
        if own.get(key) != first.get(key) and (defect := _defect(key, own, first)):
            said = [layouts.words(fields, key, values.get(key)) or "nothing" for values in (first, own)]
            label = next(field["label"] for field in fields if field["key"] == key)
            found.append(Finding(defect, f"{label}: {said[0]}, read as {said[1]}"))
    return tuple(found)


def _reading(fields: list[dict[str, Any]], submitted: Mapping[str, Any]) -> layouts.Values:
    """Return normal values from a submitted form, in which a value may stand alone or in a list."""
    kinds = {field["key"]: field["kind"] for field in fields}
    values: dict[str, Any] = {}
    for name, value in submitted.items():
        key = name.removeprefix("reading-")
        several = list(value) if isinstance(value, list | tuple) else [value]
        match kinds.get(key):
            case FieldKind.MULTIPLE:
                values[key] = [one for one in several if one]
            case FieldKind.FLAG:
                values[key] = any(several)
            case _:
                values[key] = several[0] if several else ""
    return layouts.normal(values)


def _stratum(values: dict[str, Any]) -> str:
    if layouts.is_privileged(values):
        return "privileged"
    return "responsive" if layouts.is_responsive(values) else "not responsive"


def _defect(key: str, own: layouts.Values, first: layouts.Values) -> str:
    if key == RESPONSIVENESS:
        return "RESPONSIVE_MISSED" if layouts.is_responsive(own) else "RESPONSIVE_EXCESS"
    if key != PRIVILEGE:
        return _MINOR.get(key, "OTHER_FIELD")
    calls = layouts.is_privileged(own), layouts.is_privileged(first)
    # "Not privileged" and no call at all, as on what is not responsive, are the same answer.
    names = {(True, False): "PRIVILEGE_MISSED", (False, True): "PRIVILEGE_EXCESS", (True, True): "PRIVILEGE_BASIS"}
    return names.get(calls, "")
