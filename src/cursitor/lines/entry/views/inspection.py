"""What an inspector of quality sees of a record: its pages and an empty form, without any trace of what was keyed."""

from django.http import HttpRequest
from django.template.loader import render_to_string

from cursitor.lines.entry import queries
from cursitor.spine.work.models import WorkOrder


def inspection_page(request: HttpRequest, order: WorkOrder, unit_key: str) -> str:
    """Return the pages of a record and the form of the inspector's own keying; its fields are named reading-*."""
    record = queries.unit(order, unit_key)
    values = {
        "order": order,
        "record": record,
        "pages": queries.pages_of(record),
        "form": queries.definition(record.schema),
    }
    return render_to_string("entry/inspection.html", values, request=request)
