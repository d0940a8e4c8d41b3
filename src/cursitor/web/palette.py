"""The palette: places, and the objects a person may see, by what they type."""

from collections.abc import Callable, Iterable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from cursitor.lines.entry import queries as entry
from cursitor.lines.review import queries as review
from cursitor.spine.engagements import queries as engagements
from cursitor.spine.people import queries as people
from cursitor.spine.people.models import Person
from cursitor.spine.work import queries as work
from cursitor.web import frame

# (heading, icon, search); a search returns (words, note, address) of what the person may see, best first, few.
Search = Callable[[Person, str], Iterable[tuple[str, str, str]]]


def documents(person: Person, text: str) -> Iterable[tuple[str, str, str]]:
    """Return documents whose control number or digest begins with the text. Never their content or their name."""
    for each in review.find(person=person, text=text):
        yield (
            each.control_number,
            each.order.ref,
            reverse("review:document", args=[each.order.ref, each.control_number]),
        )


def records(person: Person, text: str) -> Iterable[tuple[str, str, str]]:
    """Return records of data entry by their name, alone or after their order's. Never a value."""
    for each in entry.find(person=person, text=text):
        yield each.name, each.order.ref, reverse("entry:record", args=[each.order.ref, each.number])


SEARCHES: tuple[tuple[str, str, Search], ...] = (
    ("Orders and questions", "stack-2", work.find),
    ("Matters", "briefcase", engagements.find),
    ("Documents", "file-text", documents),
    ("Records", "list-check", records),
    ("People", "user", people.find),
)
LEAST_LETTERS = 2


def palette(request: HttpRequest) -> HttpResponse:
    """Show what the typed text finds: as a fragment in the palette, as a page without script."""
    text = request.GET.get("q", "").strip()
    template = "web/palette.html#results" if request.htmx else "web/palette.html"
    return render(request, template, {"text": text, "groups": found(request.user, text, request.path)})


def found(person: Person, text: str, path: str = "") -> list[tuple[str, list[dict[str, str]]]]:
    """Return (heading, results) that are not empty. Short texts search places only; a hidden object is not found."""
    groups = [("Places", _places(person, text, path))]
    if len(text) >= LEAST_LETTERS:
        for heading, icon, search in SEARCHES:
            rows = [{"icon": icon, "words": w, "note": n, "url": url} for w, n, url in search(person, text)]
            groups.append((heading, rows))
    return [(heading, rows) for heading, rows in groups if rows]


def _places(person: Person, text: str, path: str) -> list[dict[str, str]]:
    entries = [entry for group in frame.side_bar(person, path) for entry in group["entries"]]
    entries += [frame.shown(entry) for entry in frame.OWN]
    return [
        {"icon": entry["icon"], "words": entry["name"], "note": entry["key"].upper(), "url": entry["url"]}
        for entry in entries
        if text.casefold() in entry["name"].casefold()
    ]
