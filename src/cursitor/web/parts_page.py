"""The page that shows every part of the design language, in both themes side by side."""

from datetime import UTC, datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cursitor.web.parts.custody import Lane, Stretch

NOW = datetime(2026, 11, 24, 14, 12, tzinfo=UTC)
ZONE = "America/Chicago"


@require_safe
def parts(request: HttpRequest) -> HttpResponse:
    """Show the parts with invented values. The hour stands still, so that pictures can be compared."""
    return render(request, "web/parts.html", {"themes": ("light", "dark"), "shown": values()})


def values() -> dict[str, object]:
    """Return what the parts are shown with."""
    return {
        "now": NOW,
        "zone": ZONE,
        "stages": [
            ("Scoped", "16 Nov", 1.0),
            ("Planned", "18 Nov", 1.0),
            ("In work", "71 % coded", 0.6),
            ("Quality", "", 0.0),
            ("Sign-off", "", 0.0),
            ("Delivered", "", 0.0),
        ],
        "clocks": [
            ("RUNS", 0.3, timedelta(days=1, hours=4), "runs, under 75 %"),
            ("WATCH", 0.78, timedelta(hours=6, minutes=10), "from 75 %, or risk from 20 %"),
            ("RISK", 0.93, timedelta(hours=1, minutes=48), "from 90 %, or risk from 35 %"),
            ("LATE", 1.0, timedelta(minutes=40), "past due"),
            ("PAUSED", 0.4, timedelta(days=2), "waits for another party"),
            ("MET", 0.5, timedelta(minutes=22), "met"),
        ],
        "pauses": [(0.22, 0.27), (0.51, 0.58)],
        "intervals": [
            (0.004, 0.009, 0.016, "inside"),
            (0.002, 0.012, 0.05, "cannot tell yet"),
            (0.03, 0.045, 0.058, "beyond"),
        ],
        "lanes": _lanes(),
        "begin": NOW - timedelta(hours=24),
        "end": NOW + timedelta(hours=12),
        "verdicts": _verdicts(),
        "pairs": [("Work", "Prior-art search"), ("Estimate", "$9,200 to 11,400"), ("Due", "Fri 25 Dec, 18:00 CST")],
        "due": NOW + timedelta(hours=10),
        "written": {"severity", "state", "actions", "contingency"},
        "digest": "8f2c19a0d41b7e63b5a90c7d2e4f6a8810325476998badcfe0f1d2c3b4a59687",
    }


def _lanes() -> list[Lane]:
    tulsa = NOW - timedelta(hours=10)
    offer = Stretch("Cebu", NOW, is_offered=True)
    return [
        Lane("Legal duty", "ATTORNEY", (Stretch("Nora Kessling", NOW - timedelta(hours=24)),)),
        Lane(
            "Work",
            "PROVIDER",
            (
                Stretch("Pune", NOW - timedelta(hours=24), tulsa),
                Stretch("Tulsa", tulsa, NOW, tulsa),
                offer,
            ),
        ),
    ]


def _verdicts() -> list[dict[str, str]]:
    return [
        {
            "kind": "BLOCK",
            "sentence": "Client consent does not cover this work",
            "found": "consent 38, version 1, covers administrative filing in the US.",
            "rule": "A client should agree before confidential information goes to an outside provider.",
            "citation": "CON-1, version 5; ABA Formal Opinion 08-451",
            "who": "The client may consent. No override.",
            "url": "#verdicts",
            "action": "Ask the client",
        },
        {
            "kind": "OVERRIDE",
            "sentence": "The provider's report has one exception nobody has read",
            "citation": "VET-2, version 4; Ill. Rule 5.3",
            "who": "Supervising attorney, with a reason.",
            "url": "#verdicts",
            "action": "Read exception",
        },
        {"kind": "WARNING", "sentence": "The due date falls on a closed day", "citation": "Calendar 2026-3"},
        {"kind": "PASSED", "sentence": "Personal data may be read in IN", "citation": "GEO-1, version 2"},
    ]
