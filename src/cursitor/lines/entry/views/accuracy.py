"""How accurate keyers are: everybody's figures to those who measure, their own to everybody else."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from cursitor.lines.entry import access, queries
from cursitor.lines.entry.views import frame
from cursitor.plumbing import exchange
from cursitor.spine.work.models import WorkOrder

COLUMNS = ("Source", "By", "Group", "Fields", "Errors", "Rate", "Low, 95 %", "High, 95 %", "Flagged unreadable")


@require_safe
def accuracy(request: HttpRequest, ref: str) -> HttpResponse:
    shown = access.order_for(request.user, ref)
    return frame.page(request, shown, "accuracy", {"figures": queries.accuracy(order=shown, person=request.user)})


def accuracy_table(request: HttpRequest, shown: WorkOrder) -> exchange.Table:
    """Return the figures of the page as a table: rates with their intervals and what they rest on, pace, prefill."""
    figures = queries.accuracy(order=shown, person=request.user)
    return exchange.Table("Accuracy", COLUMNS, _rows(figures))


def _rows(figures: queries.Accuracy) -> Iterator[tuple[Any, ...]]:
    for source in figures.sources:
        groups = [("", queries.Group("All", source.total))]
        groups += [(name, group) for name, found in source.tables for group in found]
        for by, group in groups:
            rate = group.rate
            limits = map(_share, (rate.share, rate.low, rate.high)) if rate.n else (None, None, None)
            yield (source.name, by, group.name, rate.n, rate.errors, *limits, rate.n_flagged)
    for guessed in (figures.prefilled, *figures.prefilled_by_field):
        rate = None if guessed.corrected is None else _share(guessed.corrected)
        yield (
            "Prefilled, corrected",
            "Field",
            guessed.name,
            guessed.n_prefilled,
            guessed.n_corrected,
            rate,
            *[None] * 3,
        )


def _share(value: float) -> Decimal:
    return Decimal(f"{value:.6f}")
