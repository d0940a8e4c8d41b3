"""What a review knows of itself. One module per concern; callers use the names below."""

from cursitor.lines.review.queries.bench import (
    Bench,
    Member,
    Pace,
    bench,
    document_view,
    latest_values,
    layout,
    pace,
    upcoming,
)

__all__ = ["Bench", "Member", "Pace", "bench", "document_view", "latest_values", "layout", "pace", "upcoming"]
