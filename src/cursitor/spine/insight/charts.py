"""Drawings of the home pages: the same values give the same picture."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from cursitor.plumbing import wording

_WIDTH, _LEFT, _ROW = 1080, 150, 27
_DAY = timedelta(days=1)


def shifts(rows: Sequence, *, begin: datetime, now: datetime, zone: str) -> SafeString:
    """
    Return the opening hours of sites on one axis of 24 hours from `begin`, each site with its own clock.

    rows: site, n_people and spans (pairs of instants within the axis) each. zone: of the axis, IANA.
    """
    height = 22 + _ROW * len(rows)
    ticks = [begin + timedelta(hours=hours) for hours in range(0, 25, 3)]
    return format_html(
        '<svg class="shifts" viewBox="0 0 {w} {h}" role="img" aria-label="{label}">{grid}{rows}{now}</svg>',
        w=_WIDTH,
        h=height,
        label="; ".join(_heard(row, zone) for row in rows),
        grid=format_html_join("", '<path class="grid" d="M{} 18V{}"/><text x="{}" y="11">{}</text>', (
            (_x(tick, begin), height, _x(tick, begin), _hour(tick, zone)) for tick in ticks[:-1]
        )),
        rows=mark_safe("".join(_lane(row, place, begin, now) for place, row in enumerate(rows))),  # noqa: S308
        now=format_html('<path d="M{x} 14V{h}" stroke="var(--ink)" stroke-width="1.5"/>', x=_x(now, begin), h=height),
    )  # fmt: skip


def p_chart(lots: Sequence, *, width: int = 540, height: int = 190) -> SafeString:
    """
    Return the chart of defect rates by lot with limits that move with n; a lot beyond its limits is red and named.

    lots: name and point (value, centre, low, high as shares) each, oldest first.
    """
    top = max(0.05, *(max(lot.point.value, lot.point.high) for lot in lots)) * 1.1
    step = (width - 116) / max(len(lots), 1)

    def y(share: float) -> float:
        return round(height - 24 - share / top * (height - 44), 1)

    def x(place: float) -> float:
        return round(44 + place * step, 1)

    centre = lots[0].point.centre
    limit = "".join(f"{'M' if i == 0 else 'L'}{x(i)} {y(p)}H{x(i + 1)}" for i, p in enumerate(_highs(lots)))
    line = "".join(f"{'L' if i else 'M'}{x(i + 0.5)} {y(lot.point.value)}" for i, lot in enumerate(lots))
    return format_html(
        '<svg class="chart" viewBox="0 0 {w} {h}" role="img" aria-label="{label}">{grid}'
        '<path d="{limit}" fill="none" stroke="var(--s5)" stroke-dasharray="3 2"/>'
        '<path d="M44 {c}H{end}" stroke="var(--s5)"/><text x="{words}" y="{cw}">mean {mean}</text>'
        '<text x="{words}" y="{lw}">limit</text>'
        '<path d="{line}" fill="none" stroke="var(--ink-2)" stroke-width="1.2"/>{dots}</svg>',
        w=width,
        h=height,
        label=_chart_heard(lots),
        grid=format_html_join("", '<path class="grid" d="M44 {}H{}"/><text x="0" y="{}">{}</text>', (
            (y(share), width - 72, y(share) + 4, wording.per_cent(share, decimals=0)) for share in _ticks(top)
        )),
        limit=limit,
        c=y(centre),
        end=width - 72,
        words=width - 68,
        cw=y(centre) + 4,
        lw=y(lots[-1].point.high) + 4,
        mean=wording.per_cent(centre, unit=False),
        line=line,
        dots=format_html_join("", "{}", ((_dot(lot, x(i + 0.5), y(lot.point.value)),) for i, lot in enumerate(lots))),
    )  # fmt: skip


def _x(at: datetime, begin: datetime) -> float:
    return round(_LEFT + (at - begin) / _DAY * (_WIDTH - _LEFT), 1)


def _hour(at: datetime, zone: str) -> str:
    return wording.near(at, zone=zone, now=at)


def _lane(row, place: int, begin: datetime, now: datetime) -> SafeString:
    top = 20 + place * _ROW
    clock = wording.near(now, zone=row.site.zone, now=now)
    people = f"{row.n_people} {'person' if row.n_people == 1 else 'people'}"
    bars = format_html_join(
        "",
        '<g class="{}"><rect x="{}" y="{}" width="{}" height="20" rx="3"/><text x="{}" y="{}">{}</text></g>',
        (
            (
                "open" if start <= now < end else "later",
                _x(start, begin),
                top,
                max(round(_x(end, begin) - _x(start, begin), 1), 2),
                _x(start, begin) + 7,
                top + 14,
                people if _x(end, begin) - _x(start, begin) > 70 else "",
            )
            for start, end in row.spans
        ),
    )
    name = format_html('<text class="name" x="0" y="{y}">{name}</text>', y=top + 14, name=row.site.name)
    return format_html('{}<text x="72" y="{}">{}</text>{}', name, top + 14, clock, bars)


def _heard(row, zone: str) -> str:
    spans = " and ".join(f"{_hour(start, zone)} to {_hour(end, zone)}" for start, end in row.spans) or "closed"
    return f"{row.site.name}, {row.n_people} people, open {spans}"


def _highs(lots: Sequence) -> list[float]:
    return [lot.point.high for lot in lots]


def _ticks(top: float) -> list[float]:
    step = next(step for step in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if top / step <= 5)
    return [round(step * i, 4) for i in range(int(top / step) + 1)]


def _dot(lot, x: float, y: float) -> SafeString:
    if not lot.point.is_signal:
        return format_html(
            '<circle cx="{}" cy="{}" r="2.6" fill="var(--ink)"><title>{}</title></circle>', x, y, lot.name
        )
    drawn = '<circle cx="{}" cy="{}" r="4" fill="var(--bad-fill)"/><text class="bad" x="{}" y="{}">lot {}</text>'
    return format_html(drawn, x, y, x - 20, y - 8, lot.name)


def _chart_heard(lots: Sequence) -> str:
    return "Defect rate by lot: " + "; ".join(f"lot {lot.name} {wording.per_cent(lot.point.value)}" for lot in lots)
