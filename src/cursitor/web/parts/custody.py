"""The custody line: who carried what, from when to when, and where the receiver accepted."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

_HEAD, _ROW, _BAR = 100, 32, 22
_STEPS = (1, 2, 3, 6, 12, 24)
_EDGE = '<rect x="{}" y="{}" width="3" height="{}" rx="1.5" class="edge"/>'


@dataclass(frozen=True, slots=True)
class Stretch:
    """
    One holder for one stretch of time.

    end None: still runs. accepted_at: when the receiver took over, drawn as a diamond at the beginning. is_offered:
    dashed, not yet true. holder "" is a gap, drawn as a red hatched hole. side: the holder's party where it is not
    the lane's.
    """

    holder: str
    begin: datetime
    end: datetime | None = None
    accepted_at: datetime | None = None
    is_offered: bool = False
    side: str = ""


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane: its name ("Legal duty", "Work"), the party (ATTORNEY, PROVIDER, CLIENT), its stretches."""

    name: str
    side: str
    stretches: tuple[Stretch, ...]


def custody_line(
    lanes: Sequence[Lane], *, begin: datetime, end: datetime, now: datetime, zone: str, width: int = 760
) -> SafeString:
    """
    Return the drawing and, for those who listen, the same as a table: lane, holder, from, to, accepted at.

    Objects of any class with the fields of Lane and Stretch will do. Stretches are cut to begin..end; times are read
    in the order's governing zone.
    """
    height = _ROW * len(lanes) + 22
    axis = _Axis(begin, end, width)
    rows = [_lane(lane, _ROW * i + 4, axis, now) for i, lane in enumerate(lanes)]
    mark = format_html(
        '<path d="M{x} 0V{h}" stroke="var(--ink)" stroke-width="1.5"/>'
        '<circle cx="{x}" cy="2" r="2.5" fill="var(--ink)"/>',
        x=axis.x(now),
        h=height - 16,
    )
    return format_html(
        '<figure class="custody"><svg width="{w}" height="{h}" viewBox="0 0 {w} {h}" aria-hidden="true">'
        "{axis}{rows}{now}</svg>{table}</figure>",
        w=width,
        h=height,
        axis=_hours(axis, zone, height),
        rows=mark_safe("".join(rows)),  # noqa: S308 - rows are escaped
        now=mark if begin <= now <= end else "",
        table=_table(lanes, zone),
    )


@dataclass(frozen=True, slots=True)
class _Axis:
    begin: datetime
    end: datetime
    width: int

    def x(self, at: datetime) -> float:
        share = (at - self.begin) / (self.end - self.begin)
        return round(_HEAD + min(max(share, 0.0), 1.0) * (self.width - _HEAD - 1), 1)


def _lane(lane: Lane, y: int, axis: _Axis, now: datetime) -> SafeString:
    shown = (stretch for stretch in lane.stretches if _reaches(stretch, axis))
    bars = [_bar(stretch, (stretch.side or lane.side).lower(), y, axis, now) for stretch in shown]
    return format_html(
        '<text x="0" y="{}" class="k2">{}</text>{}',
        y + 15,
        lane.name,
        mark_safe("".join(bars)),  # noqa: S308 - bars are escaped
    )


def _reaches(stretch: Stretch, axis: _Axis) -> bool:
    return stretch.begin < axis.end and (stretch.end is None or stretch.end > axis.begin)


def _bar(stretch: Stretch, hue: str, y: int, axis: _Axis, now: datetime) -> SafeString:
    left = axis.x(stretch.begin)
    right = axis.x(stretch.end or (axis.end if stretch.is_offered else now))
    width = max(round(right - left - 1, 1), 2)
    if not stretch.holder:
        return format_html(
            '<rect class="gap" x="{}" y="{}" width="{}" height="{}" rx="3"/><text x="{}" y="{}" class="x">gap</text>',
            *(left, y, width, _BAR, left + 6, y + 15),
        )
    return format_html(
        '<g class="{} {}"><title>{}</title><rect x="{}" y="{}" width="{}" height="{}" rx="3" class="ground"/>{}'
        '<text x="{}" y="{}">{}</text>{}</g>',
        *("offered" if stretch.is_offered else "held", hue, stretch.holder, left, y, width, _BAR),
        "" if stretch.is_offered else format_html(_EDGE, left, y, _BAR),
        *(left + 10, y + 15, _cut(stretch.holder, room=int((width - 12) / 6.2))),
        format_html('<path d="M{} {}l5 5-5 5-5-5z" class="accepted"/>', left, y + 6) if stretch.accepted_at else "",
    )


def _cut(words: str, *, room: int) -> str:
    """Return as much of the words as a bar has room for, in letters; nothing rather than three."""
    if len(words) <= room:
        return words
    return f"{words[: room - 1]}…" if room > 3 else ""


def _hours(axis: _Axis, zone: str, height: int) -> SafeString:
    """Marks at round hours of the zone, as many as there is room for, the day named where it changes."""
    marks, before, free_from = [], None, 0.0
    for at in _round_hours(axis, ZoneInfo(zone)):
        x, words = axis.x(at), _hour(at, before, is_long=axis.end - axis.begin > timedelta(days=6))
        half = 3 * len(words)
        if x - half < free_from or x + half > axis.width:
            continue
        before, free_from = at.date(), x + half + 8
        marks.append(
            format_html(
                '<path class="grid" d="M{} 0V{}"/><text x="{}" y="{}" class="m">{}</text>',
                *(x, height - 18, x, height - 3, words),
            )
        )
    return mark_safe("".join(marks))  # noqa: S308 - marks are escaped


def _hour(at: datetime, before: date | None, *, is_long: bool) -> str:
    """Return "14:00", with the weekday where the day changes; days with their date on a line longer than a week."""
    if is_long:
        return f"{at:%a} {at.day} {at:%b}"
    return f"{at:%H:%M}" if at.date() == before else f"{at:%a %H:%M}"


def _round_hours(axis: _Axis, local: ZoneInfo) -> Iterator[datetime]:
    """Yield instants at multiples of the smallest step that leaves a mark 100 px, counted from local midnight."""
    most = max((axis.width - _HEAD) / 100, 1)
    hours = (axis.end - axis.begin) / timedelta(hours=1)
    step = next((each for each in _STEPS if hours / each <= most), 24 * math.ceil(hours / 24 / most))
    midnight = axis.begin.astimezone(local).replace(hour=0, minute=0, second=0, microsecond=0)
    at = midnight
    while at <= axis.end:
        if at >= axis.begin:
            yield at
        at = (at.replace(tzinfo=None) + timedelta(hours=step)).replace(tzinfo=local)


def _table(lanes: Iterable[Lane], zone: str) -> SafeString:
    local = ZoneInfo(zone)

    def said(at: datetime | None) -> str:
        return f"{at.astimezone(local):%a %d %b %Y %H:%M %Z}" if at else ""

    rows = [
        format_html(
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            lane.name,
            (stretch.holder or "nobody") + (" (offered)" if stretch.is_offered else ""),
            said(stretch.begin),
            said(stretch.end) or "now",
            said(stretch.accepted_at),
        )
        for lane in lanes
        for stretch in lane.stretches
    ]
    return format_html(
        '<table class="heard"><thead><tr><th scope="col">Lane</th><th scope="col">Holder</th><th scope="col">From</th>'
        '<th scope="col">To</th><th scope="col">Accepted at</th></tr></thead><tbody>{}</tbody></table>',
        mark_safe("".join(rows)),  # noqa: S308 - rows are escaped
    )
