"""
The parts of the design language as template tags: each returns escaped markup made from values alone.

Builtin in every template, nothing to load. Shares are numbers in [0, 1]; lengths of time are timedelta; instants are
aware; money is integer minor units. `zone` and `now` come from the frame (the reader's own zone, the request's time)
unless given; on shared objects give the governing zone of the order.

    {% again "title" %}                                              what the page wrote into a block, a second time
    {% icon "home" %}  {% icon "ban" size=14 label="Block" %}        Tabler outline icon, 16 px unless said
    {% brand %}                                                      the mark
    {% party "CLIENT" %}  {% party "PROVIDER" "Quillfield, Pune" %}  square, circle or diamond (ATTORNEY), with words
    {% avatar "Kavya Rindani" "PROVIDER" %}                          initials on the party's ground; initials="KR"
    {% chip "2 short" %}  {% chip "Risk" "warn" %}           tones: outline warn bad client provider attorney
    {% kbd "Ctrl K" %}                                               key-cap
    {% stage_bar stages %}       stages: (label, note, share) each; share 1 is done, 0 is later, between is the current
    {% mini_stages 4 8 "In work" %}                                  stages done, of how many, name of the current one
    {% clock state used left due=at what="Sign release 2, attorney" waits_for="client" %}
                                 state RUNS, WATCH, RISK, LATE, PAUSED, MET; left, or past due, or paused for
    {% clock_track used pauses %}                                    pauses: (from share, to share) each
    {% interval low estimate high limit=0.02 scale=0.05 n=400 %}     95 % interval bar and its words; all shares
    {% interval low estimate high scale=0.05 decided=False %}        the same while nothing is decided: an open dot
    {% custody_line lanes begin end zone=zone %}                     lanes: see custody.py beside this file
    {% spent 6148000 8600000 "USD" %}                                "$61,480 of $86,000" over a bar
    {% key_values pairs %}                                           (name, value) each, as a description list
    {% money 6148000 "USD" %}  {% money 6148000 "USD" brief=True %}
    {% when at %}  {% when at "near" %}  {% when day %}  zone=...    <time>; a date has no zone
    {% ago at %}                                                     "18 m ago" with the instant as title
    {{ length|duration }}                                            timedelta as "1 d 4 h"
    {{ value|per_cent }}  {{ value|bytes_size }}                     0.009 as "0.9 %"; 18000 as "18 kB"
    {% digest "8f2c..." %}  {% digest value groups=0 %}              start of a digest (0: all of it), copyable title
    {% empty_state "inbox" "No questions wait" "New ones appear here." %}   url= and action= add the one action
    {% pagination page %}                                            a django Page; keeps the other query parameters
    {% sorted_by "due" "Due" %}                                      head of a column: link that sets ?sort=due / -due
    {% address page=2 sort=None %}                                   this address, query parameters changed or dropped
    {% field form.name %}                                            label, control, help and errors of a bound field
    {% form_errors form %}                                           linked list of errors, for the top of a form
    {% tiles written %}                                              the five hand-off tiles; keys: see marks.tiles
    {% verdict item %}           kind BLOCK, OVERRIDE, WARNING, PASSED; sentence, found, rule, citation, ...
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django import forms, template
from django.template import Context
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from cursitor.plumbing import wording
from cursitor.web.parts import clocks, custody, figures, marks

register = template.Library()

register.simple_tag(marks.icon)
register.simple_tag(marks.brand)
register.simple_tag(marks.party)
register.simple_tag(marks.avatar)
register.simple_tag(marks.chip)
register.simple_tag(marks.kbd)
register.simple_tag(marks.stage_bar)
register.simple_tag(marks.mini_stages)
register.simple_tag(marks.tiles)
register.simple_tag(clocks.track, name="clock_track")
register.simple_tag(figures.interval)
register.simple_tag(figures.spent)
register.simple_tag(wording.money)
register.filter("duration", wording.span)
register.filter("per_cent", wording.per_cent)
register.filter("bytes_size", wording.size)


@register.simple_tag(takes_context=True)
def again(context: Context, name: str) -> SafeString:
    """Return a block's content a second time, so that a page writes its title once for the tab and for the h1."""
    return context.render_context[BLOCK_CONTEXT_KEY].get_block(name).render(context)


@register.simple_tag(takes_context=True)
def clock(
    context: Context,
    state: str,
    used: float,
    length: timedelta,
    due: datetime | None = None,
    what: str = "",
    waits_for: str = "",
    zone: str = "",
) -> SafeString:
    """Return the ring form of the SLA clock. See clocks.clock."""
    return clocks.clock(
        state=state,
        used=used,
        length=length,
        due=due,
        zone=zone or _zone(context),
        now=_now(context),
        what=what,
        waits_for=waits_for,
    )


@register.simple_tag(takes_context=True)
def custody_line(
    context: Context, lanes: list[custody.Lane], begin: datetime, end: datetime, zone: str = "", width: int = 760
) -> SafeString:
    """Return the custody line. See custody.custody_line."""
    return custody.custody_line(
        lanes, begin=begin, end=end, now=_now(context), zone=zone or _zone(context), width=width
    )


@register.simple_tag(takes_context=True)
def when(context: Context, at: date | datetime | None, form: str = "full", zone: str = "") -> SafeString | str:
    """
    Return an instant or a day as a <time>, its offset in the title. None gives an empty string.

    form: "full" (Tue 24 Nov, 18:00 CST) or "near" (18:00 CST today, Fri 18:00 CST within six days).
    """
    if at is None:
        return ""
    zone, now = zone or _zone(context), _now(context)
    if not isinstance(at, datetime):
        return format_html('<time datetime="{}">{}</time>', at.isoformat(), wording.day(at, today=now.date()))
    words = wording.near(at, zone=zone, now=now) if form == "near" else wording.instant(at, zone=zone, now=now)
    title = f"{wording.instant(at, zone=zone)}, {zone}, {wording.offset(at, zone=zone)}"
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), title, words)


@register.simple_tag(takes_context=True)
def ago(context: Context, at: datetime) -> SafeString:
    """Return how long ago an instant was, the instant itself in the title."""
    title = wording.instant(at, zone=_zone(context))
    words = wording.span(_now(context) - at)
    return format_html('<time datetime="{}" title="{}">{} ago</time>', at.isoformat(), title, words)


@register.simple_tag
def digest(value: str | bytes, groups: int = 2) -> SafeString:
    """Return the start of a digest in the machine's voice, all of it in the title. groups=0 shows all."""
    whole = value.hex() if isinstance(value, bytes) else value
    return format_html('<code class="digest" title="{}">{}</code>', whole, wording.digest(whole, groups=groups))


@register.simple_tag
def key_values(pairs: Iterable[tuple[str, Any]]) -> SafeString:
    """Return (name, value) pairs as a description list."""
    return format_html('<dl class="key-values">{}</dl>', format_html_join("", "<dt>{}</dt><dd>{}</dd>", pairs))


@register.simple_tag
def empty_state(name: str, absent: str, fills: str = "", url: str = "", action: str = "") -> SafeString:
    """Return what is absent, why that is normal and what fills it, with one action at most."""
    link = format_html('<a class="button small" href="{}">{}</a>', url, action) if url else ""
    return format_html(
        '<div class="empty">{}<div class="b">{}</div><div class="s i2">{}</div>{}</div>',
        marks.icon(name),
        absent,
        fills,
        link,
    )


@register.simple_tag(takes_context=True)
def address(context: Context, **changes: object) -> str:
    """Return "?..." of this page with query parameters changed, or dropped where the value is None or empty."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value not in (None, ""):
            query[name] = str(value)
    return f"?{query.urlencode()}"


@register.simple_tag(takes_context=True)
def sorted_by(context: Context, key: str, words: str) -> SafeString:
    """Return the words of a column's head as a link that sorts by it, and the other way round the second time."""
    current = context["request"].GET.get("sort", "")
    sign = {key: "chevron-up", f"-{key}": "chevron-down"}.get(current)
    target = address(context, sort=f"-{key}" if current == key else key, page=None)
    mark = marks.icon(sign, size=12, label="ascending" if current == key else "descending") if sign else ""
    return format_html('<a class="sort" href="{}">{}{}</a>', target, words, mark)


@register.inclusion_tag("web/parts/pagination.html", takes_context=True)
def pagination(context: Context, page: Any) -> dict[str, Any]:
    """Return "41 to 60 of 312" with links to the pages before and after. Nothing when there is one page."""
    return {
        "page": page,
        "before": address(context, page=page.previous_page_number()) if page.has_previous() else "",
        "after": address(context, page=page.next_page_number()) if page.has_next() else "",
    }


@register.inclusion_tag("web/parts/field.html")
def field(bound: forms.BoundField, label: str = "") -> dict[str, Any]:
    """Return label, control, help and errors of a bound field, tied together for those who listen."""
    widget = bound.field.widget
    is_tick = isinstance(widget, forms.CheckboxInput)
    is_group = isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple)
    return {"field": bound, "label": label or bound.label, "is_tick": is_tick, "is_group": is_group}


@register.inclusion_tag("web/parts/form_errors.html")
def form_errors(form: forms.BaseForm) -> dict[str, Any]:
    """Return the errors of a form as a linked list, for its top."""
    linked = [(bound.id_for_label, bound.label, error) for bound in form.visible_fields() for error in bound.errors]
    hidden = [error for bound in form.hidden_fields() for error in bound.errors]
    return {"linked": linked, "general": [*form.non_field_errors(), *hidden]}


@register.inclusion_tag("web/parts/verdict.html")
def verdict(item: Mapping[str, Any] | object) -> dict[str, Any]:
    """
    Return a policy verdict.

    item: kind (BLOCK, OVERRIDE, WARNING, PASSED), sentence (what is not allowed), found (the fact), rule (its text),
    citation (id, version, source), who (may override), url and action (the cure): all but kind and sentence may be "".
    """
    icons = {"BLOCK": "ban", "OVERRIDE": "lock", "WARNING": "alert-triangle", "PASSED": "circle-check"}
    kind = str(item["kind"] if isinstance(item, Mapping) else getattr(item, "kind", ""))
    return {"item": item, "kind": kind, "icon_name": icons[kind]}


def _zone(context: Context) -> str:
    return context.get("zone") or "UTC"


def _now(context: Context) -> datetime:
    return context.get("now") or timezone.now()
