"""Small marks: icons, parties, avatars, chips, key-caps, stages."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

ICONS = Path(__file__).parent.parent / "static" / "vendor" / "tabler" / "icons"
PARTIES = {"CLIENT": "client", "PROVIDER": "provider", "ATTORNEY": "attorney"}
TONES = frozenset({"", "outline", "warn", "bad", "client", "provider", "attorney"})


class NoSuchIcon(LookupError):
    """Raised when a template names an icon that is not vendored."""


@cache
def drawing_of(name: str) -> str:
    """Return the inner elements of a vendored Tabler outline icon. :raises NoSuchIcon:"""
    path = ICONS / f"{name}.svg"
    if not path.is_file():
        raise NoSuchIcon(f"no icon {name!r} in static/vendor/tabler; add its file and its hash to vendor.toml")
    inner = re.search(r"<svg[^>]*>(.*)</svg>", path.read_text(), re.DOTALL)
    shapes = inner.group(1).replace('<path stroke="none" d="M0 0h24v24H0z" fill="none" />', "") if inner else ""
    return re.sub(r"\s*\n\s*", "", shapes)


def icon(name: str, *, size: int = 16, label: str = "") -> SafeString:
    """Return an icon, stroke 1.6. Without a label it is decoration and hidden from those who listen."""
    heard = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="icon" width="{}" height="{}" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
        ' stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" {}>{}</svg>',
        size,
        size,
        heard,
        mark_safe(drawing_of(name)),  # noqa: S308 - a vendored file whose hash is checked
    )


def brand() -> SafeString:
    return mark_safe(
        '<svg width="24" height="24" viewBox="0 0 24 24" aria-hidden="true"><rect width="24" height="24" rx="6"'
        ' fill="var(--ink)"/><path d="M17.2 8.1A6.4 6.4 0 1 0 17.2 15.9M11.6 12h7.6" fill="none"'
        ' stroke="var(--on-ink)" stroke-width="2" stroke-linecap="round"/></svg>'
    )


def party(side: str, words: str = "") -> SafeString:
    """Return the mark of a party (square, circle, diamond), followed by words, or named for those who listen."""
    name = PARTIES[side.upper()]
    if words:
        return format_html('<span class="party"><i class="mark {}"></i>{}</span>', name, words)
    return format_html('<i class="mark {}" role="img" aria-label="{}"></i>', name, name)


def avatar(name: str, side: str = "", *, initials: str = "") -> SafeString:
    """Return a person's initials on their party's soft ground. The name must stand beside it in text."""
    parts = name.split()
    letters = initials or "".join(part[0] for part in (parts[:1] + parts[1:][-1:])).upper()
    return format_html('<span class="avatar {}" aria-hidden="true">{}</span>', PARTIES.get(side.upper(), ""), letters)


def chip(words: str, tone: str = "") -> SafeString:
    """:raises ValueError: for a tone that the design language does not know."""
    if tone not in TONES:
        raise ValueError(f"no chip has the tone {tone!r}")
    return format_html('<span class="chip {}">{}</span>', tone, words)


def kbd(keys: str) -> SafeString:
    return format_html("<kbd>{}</kbd>", keys)


def stage_bar(stages: Iterable[tuple[str, str, float]]) -> SafeString:
    """
    Return the stages of an order or wizard as an ordered list.

    stages: label, note under it (a date, a count, or ""), share done in [0, 1] each. The first that is not wholly
    done and not later than a running one is the current step.
    """
    rows = list(stages)
    current = next((i for i, row in enumerate(rows) if row[2] < 1), None)
    items = [
        format_html(
            '<li class="{}" style="--share:{}%"{}><i></i><b>{}</b><span>{}</span></li>',
            "done" if share >= 1 else "now" if i == current else "later",
            round(share * 100),
            mark_safe(' aria-current="step"') if i == current else "",
            label,
            note,
        )
        for i, (label, note, share) in enumerate(rows)
    ]
    return format_html('<ol class="stages">{}</ol>', mark_safe("".join(items)))  # noqa: S308 - items are escaped


def mini_stages(done: int, of: int, name: str) -> SafeString:
    """Return the small bar of a table row: stages done, the one after them half filled, and its name."""
    steps = ["done"] * min(done, of) + ["now"] * (done < of) + ["later"] * (of - done - 1)
    return format_html(
        '<span class="mini" aria-hidden="true">{}</span><span class="mini-name">{}</span>',
        format_html_join("", '<i class="{}"></i>', ((step,) for step in steps)),
        name,
    )


def tiles(written: Iterable[str]) -> SafeString:
    """
    Return the five tiles of a hand-off, filled when written.

    written: keys of what is written: "severity", "state", "actions", "contingency", "restatement".
    """
    have = set(written)
    names = {
        "severity": "Illness severity and deadline",
        "state": "Patient summary: state of the work",
        "actions": "Action list",
        "contingency": "Situation awareness: what may come",
        "restatement": "Synthesis by the receiver",
    }
    rows = (
        (" on" if key in have else "", name, "written" if key in have else "missing", letter)
        for (key, name), letter in zip(names.items(), "IPASS", strict=True)
    )
    boxes = format_html_join("", '<i class="tile{}" title="{}, {}">{}</i>', rows)
    n_written = len(have & names.keys())
    return format_html('<span class="tiles" role="img" aria-label="{} of 5 written">{}</span>', n_written, boxes)
