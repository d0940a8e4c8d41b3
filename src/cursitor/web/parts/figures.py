"""Figures with their doubt: interval bars, money spent of a budget."""

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from cursitor.plumbing import wording

_MARGIN = 4


def interval(
    *,
    low: float,
    estimate: float,
    high: float,
    scale: float,
    limit: float | None = None,
    n: int | None = None,
    width: int = 108,
    words: bool = True,
    decided: bool = True,
) -> SafeString:
    """
    Return a sampled rate as a dot on its 95 % whisker, with the words "0.9 % (0.4 to 1.6)".

    low, estimate, high, limit: shares in [0, 1]; scale: the share at the right end, the same down a column.
    The dot is filled when the interval lies wholly inside the limit, open when it straddles it, red when beyond it.
    Until what it is about is decided, it is open wherever it lies.
    :raises ValueError: if the three are not in order or the scale is not positive.
    """
    if not low <= estimate <= high or scale <= 0:
        raise ValueError(f"an interval reads low <= estimate <= high on a positive scale, not {low, estimate, high}")
    said = f"{wording.per_cent(estimate)} ({wording.per_cent(low, unit=False)} to {wording.per_cent(high, unit=False)})"
    heard = f"{said}, 95 % interval"
    heard += f", n {n:,}" if n is not None else ""
    heard += f", limit {wording.per_cent(limit)}, {_standing(low, high, limit)}" if limit is not None else ""
    value, doubt = said.split(" (")
    text = format_html(
        ' <span class="interval-words" aria-hidden="true">{} <span class="i3">({}</span></span>', value, doubt
    )
    return format_html(
        '<span class="interval"><svg width="{w}" height="16" viewBox="0 0 {w} 16" role="img" aria-label="{label}">'
        "{drawing}</svg>{text}</span>",
        w=width,
        label=heard,
        drawing=_drawing(low, estimate, high, scale, limit, width, decided=decided),
        text=text if words else "",
    )


def spent(used: int, of: int, currency: str, *, planned: int = 0) -> SafeString:
    """Return "$61,480 of $86,000" over a bar: spent in ink, planned beyond it in grey. Minor units."""
    share = min(used / of, 1.0) if of else 0.0
    ahead = min((used + planned) / of, 1.0) if of else 0.0
    return format_html(
        '<span class="spent"><span>{} <span class="i3">of {}</span></span>'
        '<svg width="130" height="4" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="100" height="4" fill="var(--line)"/><rect width="{}" height="4" fill="var(--line-2)"/>'
        '<rect width="{}" height="4" fill="var({})"/></svg></span>',
        wording.money(used, currency, brief=True),
        wording.money(of, currency, brief=True),
        f"{ahead * 100:.1f}",
        f"{share * 100:.1f}",
        "--bad-fill" if used > of else "--ink-2",
    )


def _standing(low: float, high: float, limit: float) -> str:
    return "inside the limit" if high <= limit else "beyond the limit" if low > limit else "cannot tell yet"


def _drawing(
    low: float, estimate: float, high: float, scale: float, limit: float | None, width: int, *, decided: bool
) -> SafeString:
    def x(share: float) -> str:
        return f"{_MARGIN + min(share / scale, 1.0) * (width - 2 * _MARGIN):.1f}"

    standing = _standing(low, high, limit) if limit is not None else "inside the limit"
    hue = "var(--bad-fill)" if decided and standing == "beyond the limit" else "var(--ink)"
    is_open = not decided or standing == "cannot tell yet"
    tick = '<path d="M{} 1V15" stroke="var(--ink-3)" stroke-dasharray="2 1.5"/>'
    return format_html(
        '<path d="M{m} 8H{end}" stroke="var(--line)" stroke-width="2"/>{tick}'
        '<path d="M{low} 8H{high}" stroke="{hue}" stroke-width="3" stroke-opacity=".35"/>'
        '<path d="M{low} 4.5v7M{high} 4.5v7" stroke="{hue}" stroke-width="1.5"/>'
        '<circle cx="{at}" cy="8" r="3.5" fill="{fill}" stroke="{edge}" stroke-width="{stroke}"/>',
        m=_MARGIN,
        end=width - _MARGIN,
        tick=format_html(tick, x(limit)) if limit is not None else mark_safe(""),
        low=x(low),
        high=x(high),
        at=x(estimate),
        hue=hue,
        fill="var(--surface)" if is_open else hue,
        edge=hue if is_open else "var(--surface)",
        stroke="1.6" if is_open else "1.2",
    )
