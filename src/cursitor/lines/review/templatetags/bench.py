"""
Parts of the workbench that are made in one go, because a document has hundreds of lines.

    {% segments row.segments %}          text with its hits marked
    {% document_lines view %}            numbered lines, gaps without a hit folded
    {% hit_strip view.places %}          where in the text hits lie
    {% pace_band standing.pace %}        the band of the layout and where the reader stands, for those who look
"""

from collections.abc import Iterable, Sequence

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from cursitor.lines.review.queries import Pace
from cursitor.lines.review.texts import FoldedLines, Segment, TextLine, View

register = template.Library()

MARKS = {"TERM": "term", "PRIVILEGE": "priv", "NAME": "name"}


@register.simple_tag
def segments(found: Iterable[Segment]) -> SafeString:
    """Return text with its hits marked; a hit of the text itself carries its number."""
    return mark_safe("".join(map(_segment, found)))  # noqa: S308 - each piece is escaped


@register.simple_tag
def document_lines(view: View) -> SafeString:
    """Return the lines of a document; each gap between excerpts is a closed <details> that holds its lines."""
    pieces = [_fold(part, view.lines) if isinstance(part, FoldedLines) else _line(part) for part in view.excerpts]
    return mark_safe("".join(pieces))  # noqa: S308 - each piece is escaped


@register.simple_tag
def hit_strip(places: Sequence[tuple[float, str]]) -> SafeString:
    """Return the 12 px strip beside the text, one mark per hit at its share. Decoration: the hits are listed too."""
    rows = "".join(
        f'<rect class="{MARKS[style]}" x="2" y="{share * 100:.2f}%" width="8" height="3"/>' for share, style in places
    )
    return mark_safe(  # noqa: S308 - numbers and known names alone
        f'<svg class="hit-strip" width="12" aria-hidden="true"><rect class="seen" width="12" height="0"/>{rows}</svg>'
    )


@register.simple_tag
def pace_band(pace: Pace) -> SafeString:
    """Return the band between the layout's two ends with a dot at the reader's pace, cut off at the drawing's edges."""
    if pace.per_hour is None or pace.low is None or pace.high is None:
        return SafeString("")
    x = 28 + 64 * (pace.per_hour - pace.low) / (pace.high - pace.low)
    return mark_safe(  # noqa: S308 - numbers alone
        '<svg width="120" height="18" viewBox="0 0 120 18" aria-hidden="true">'
        '<rect x="28" y="5" width="64" height="8" rx="1" fill="var(--line)"/>'
        '<path d="M28 3v12M92 3v12" stroke="var(--ink-3)"/>'
        f'<circle cx="{min(max(x, 5), 115):.1f}" cy="9" r="4" fill="var(--ink)" stroke="var(--surface)"'
        ' stroke-width="1.5"/></svg>'
    )


def _fold(fold: FoldedLines, lines: Sequence[TextLine]) -> str:
    hidden = "".join(map(_line, lines[fold.number - 1 : fold.number - 1 + fold.n_lines]))
    count = "1 line" if fold.n_lines == 1 else f"{fold.n_lines} lines"
    return f'<details class="gap"><summary><kbd>Space</kbd> {count} folded, no hit</summary>{hidden}</details>'


def _line(line: TextLine) -> str:
    return f'<div class="line" data-n="{line.number}">{"".join(map(_segment, line.segments))}</div>'


def _segment(segment: Segment) -> str:
    if not segment.style:
        return str(escape(segment.text))
    hit = f' data-hit="{segment.number}"' if segment.number else ""
    return f'<mark class="{MARKS[segment.style]}"{hit} title="{escape(segment.name)}">{escape(segment.text)}</mark>'
