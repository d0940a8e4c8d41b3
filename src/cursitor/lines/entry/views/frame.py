"""What every page of data entry has: the tabs of its order, and who acts at what time."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from cursitor.lines.entry import access
from cursitor.spine.people.models import Person
from cursitor.spine.work.models import WorkOrder

PAGES = (
    ("order", "Data entry", "view"),
    ("definition", "Form definition", "view"),
    ("batches", "Batches", "view"),
    ("records", "Records", "view"),
    ("exceptions", "Exceptions", "view"),
    ("accuracy", "Accuracy", "view"),
    ("gold", "Gold", "gold"),
)
"""Tabs in their order: name of the address, words, and the verb whose holders it is shown to."""


def page(request: HttpRequest, shown: WorkOrder, key: str, values: dict[str, Any], template: str = "") -> HttpResponse:
    """
    Return a page of an order of this line, its tab marked as the current one.

    key: of PAGES. template: entry/<key>.html unless given; it extends entry/order_frame.html.
    """
    found = {"order": shown, "tabs": tabs(request.user, shown, key), **values}
    return render(request, template or f"entry/{key}.html", found)


def tabs(person: Person, shown: WorkOrder, current: str) -> list[tuple[str, str, bool]]:
    """Return (words, address, is the current one) of the pages of the order that the person may open."""
    found = []
    for key, words, verb in PAGES:
        if verb == "view" or access.may(person, order=shown, to=verb):
            found.append((words, reverse(f"entry:{key}", args=[shown.ref]), key == current))
    return found


def by(request: HttpRequest) -> dict[str, Any]:
    """Return who acts, and when, as operations take it."""
    return {"by": request.user, "at": timezone.now()}
