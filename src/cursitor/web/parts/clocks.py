"""The SLA clock: a ring or a track of time used, time left in words, due time with its zone."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from cursitor.plumbing import wording

STATES = ("RUNS", "WATCH", "RISK", "LATE", "PAUSED", "MET")
_AROUND = 39.27  # of the ring's circle, radius 6.25
_STROKES = {"RUNS": "--ink-2", "WATCH": "--ink", "RISK": "--warn-fill"}
_VOICES = {"RUNS": "", "WATCH": "b", "RISK": "b warn", "LATE": "b bad", "PAUSED": "i2", "MET": "i2"}


def clock(
    *,
    state: str,
    used: float,
    length: timedelta,
    due: datetime | None,
    zone: str,
    now: datetime,
    what: str = "",
    waits_for: str = "",
) -> SafeString:
    """
    Return the ring form.

    used: share of the allowed time, in [0, 1]. length: time left; when LATE the time past due, when PAUSED the time
    paused so far, when MET the time it took. The label says all of it in full.
    :raises ValueError: for a state that is not one of STATES.
    """
    if state not in STATES:
        raise ValueError(f"no clock is in the state {state!r}")
    said = _said(state, wording.span(length))
    after = f"waits for {waits_for}" if waits_for else wording.near(due, zone=zone, now=now) if due else ""
    heard = [what, _said(state, wording.span_in_full(length)).lower(), f"waits for {waits_for}" if waits_for else ""]
    if due and state != "MET":
        heard.append(f"due {wording.instant(due, zone=zone, now=now)} ({wording.offset(due, zone=zone)})")
    if state in ("RUNS", "WATCH", "RISK"):
        heard[1] += " left"
    label = ", ".join(part for part in heard if part)
    return format_html(
        '<span class="clock" role="img" aria-label="{}">{}<span class="{}">{}</span>{}</span>',
        label,
        ring(state, used),
        _VOICES[state],
        said,
        format_html(' <span class="i3 s">{}</span>', after) if after and state != "MET" else "",
    )


def ring(state: str, used: float) -> SafeString:
    """Return the 16 px drawing alone."""
    if state == "LATE":
        return mark_safe(
            '<svg width="16" height="16" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7.5" fill="var(--bad-fill)"/>'
            '<path d="M8 4.2v4.4M8 11.2v.4" stroke="#fff" stroke-width="1.8" stroke-linecap="round"/></svg>'
        )
    if state == "PAUSED":
        return mark_safe(
            '<svg width="16" height="16" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6.25" fill="none"'
            ' stroke="var(--line-2)" stroke-width="2.5" stroke-dasharray="2.4 2.5"/>'
            '<path d="M6.4 5.6v4.8M9.6 5.6v4.8" stroke="var(--ink-2)" stroke-width="1.6"/></svg>'
        )
    if state == "MET":
        return mark_safe(
            '<svg width="16" height="16" viewBox="0 0 16 16" fill="none" stroke="var(--ink-2)" stroke-width="1.2"'
            ' stroke-linecap="round" stroke-linejoin="round"><path d="M3.3 8l3.4 3.4L13.3 4.7"/></svg>'
        )
    return format_html(
        '<svg width="16" height="16" viewBox="0 0 16 16" fill="none" stroke-width="2.5"><circle cx="8" cy="8"'
        ' r="6.25" stroke="var(--line-2)"/><circle cx="8" cy="8" r="6.25" stroke="var({})"'
        ' stroke-dasharray="{} {}" transform="rotate(-90 8 8)"/></svg>',
        _STROKES[state],
        f"{min(max(used, 0.0), 1.0) * _AROUND:.1f}",
        _AROUND,
    )


def track(used: float, pauses: Iterable[tuple[float, float]] = (), *, width: int = 150) -> SafeString:
    """
    Return the track form: time used along a bar with ticks at 50, 75 and 90 %, pauses hatched.

    used: share of the track's whole length; pauses: (from, to) as shares of the same length.
    """
    filled = min(max(used, 0.0), 1.0) * width
    return format_html(
        '<svg class="track" width="{w}" height="14" viewBox="0 0 {w} 14" role="img" aria-label="{share} % used">'
        '<rect y="4" width="{w}" height="6" rx="1" fill="var(--line)"/>'
        '<rect y="4" width="{filled}" height="6" rx="1" fill="var(--ink-2)"/>{pauses}'
        '<path d="M{a} 2v10M{b} 2v10M{c} 2v10" stroke="var(--surface)" stroke-width="1.5"/></svg>',
        w=width,
        share=round(used * 100),
        filled=f"{filled:.1f}",
        pauses=mark_safe("".join(_hatching(begin * width, end * width) for begin, end in pauses)),  # noqa: S308
        a=f"{width * 0.5:.1f}",
        b=f"{width * 0.75:.1f}",
        c=f"{width * 0.9:.1f}",
    )


def _hatching(left: float, right: float) -> SafeString:
    strokes = ((f"{left + 1 + 3 * i:.1f}",) for i in range(int((right - left - 1) // 3) or 1))
    return format_html(
        '<rect x="{}" y="4" width="{}" height="6" fill="var(--surface)"/>{}',
        f"{left:.1f}",
        f"{max(right - left, 1):.1f}",
        format_html_join("", '<path d="M{} 10l3 -6" stroke="var(--ink-3)"/>', strokes),
    )


def _said(state: str, length: str) -> str:
    return {"LATE": f"{length} late", "PAUSED": f"Paused {length}", "MET": f"met in {length}"}.get(state, length)
