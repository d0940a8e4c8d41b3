"""What every page's frame needs: who looks, their side bar, their zone and the time there."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from cursitor.plumbing import wording
from cursitor.spine.people import queries as people
from cursitor.spine.people.choices import Role
from cursitor.spine.people.models import Person
from cursitor.spine.work import queries as work
from cursitor.spine.work.queries import pages

Count = Callable[[Person], int]


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One line of the side bar.

    url: a url name; an entry whose url does not exist is left out. key: where `g` and a letter go. count: what waits
    for this person there (for work orders: what is open), said as count_words.
    """

    name: str
    icon: str
    url: str
    key: str = ""
    count: Count | None = None
    count_words: str = "wait for you"


ATTORNEY_HOME = Entry("Home", "home", "insight:home", "g h")
OVERVIEW = Entry("Overview", "chart-line", "insight:home", "g h")
OPERATIONS = Entry("Operations", "layout-dashboard", "insight:home", "g h")
MY_QUEUE = Entry("My queue", "inbox", "insight:home", "g h")
QUALITY_HOME = Entry("Quality", "target", "insight:home", "g h")
INVOICES_HOME = Entry("Overview", "receipt", "insight:home", "g h")
ADMINISTRATION = Entry("Home", "home", "insight:home", "g h")
SIGN_OFF = Entry("Sign-off", "rubber-stamp", "quality:sign_offs", "g s")
QUESTIONS = Entry(
    "Questions", "message-question", "work:questions", "g q", lambda person: _waiting(person)["questions"]
)
HAND_OFFS = Entry("Hand-offs", "arrows-exchange", "work:hand_offs", "g a", lambda person: _waiting(person)["hand_offs"])
TASKS = Entry("Tasks", "list-check", "work:tasks", "g t")
ORDERS = Entry("Work orders", "stack-2", "work:orders", "g o", pages.n_open, "open")
MATTERS = Entry("Matters", "briefcase", "engagements:matters", "g m")
ENGAGEMENTS = Entry("Engagements", "file-text", "engagements:engagements", "g e")
LOTS = Entry("Lots", "target", "quality:lots", "g l")
TIME = Entry("Time", "clock-hour-4", "ledger:time", "g i")
INVOICES = Entry("Invoices", "receipt", "ledger:invoices", "g b")
POLICY = Entry("Policy", "scale", "safeguards:policy", "g y")
PEOPLE = Entry("People", "users", "people:people", "g p")
ORGANISATIONS = Entry("Organisations", "building-community", "people:organisations", "g r")
WALLS = Entry("Walls", "wall", "engagements:walls", "g w")
LOG = Entry("Log", "shield-check", "audit:log", "g v")

NOTICES = Entry("Notices", "bell", "people:notices")
ACCOUNT = Entry("Account", "user", "people:account")
OWN = (NOTICES, ACCOUNT)

# One tuple of groups (name, entries) per role, in the order of the design; the first entry is where the role lands.
SIDE: dict[str, tuple[tuple[str, tuple[Entry, ...]], ...]] = {
    Role.SUPERVISING_ATTORNEY: (
        ("", (ATTORNEY_HOME, SIGN_OFF, QUESTIONS)),
        ("", (MATTERS, ORDERS, ENGAGEMENTS)),
        ("Supervision", (POLICY, INVOICES, PEOPLE, LOG)),
    ),
    Role.LEGAL_OPERATIONS: (
        ("", (OVERVIEW, ORDERS, QUESTIONS)),
        ("", (MATTERS, ENGAGEMENTS, INVOICES, POLICY)),
        ("Records", (PEOPLE, LOG)),
    ),
    Role.DELIVERY_MANAGER: (
        ("", (OPERATIONS, ORDERS, HAND_OFFS, QUESTIONS)),
        ("", (PEOPLE, MATTERS, LOTS)),
        ("Commercial", (ENGAGEMENTS, TIME, INVOICES)),
        ("Records", (LOG,)),
    ),
    Role.SPECIALIST: (("", (MY_QUEUE, TASKS, HAND_OFFS, QUESTIONS)), ("", (ORDERS, TIME))),
    Role.QC_LEAD: (("", (QUALITY_HOME, LOTS)), ("", (ORDERS, QUESTIONS, PEOPLE))),
    Role.PROVIDER_FINANCE: (("", (INVOICES_HOME, TIME, INVOICES)), ("", (ENGAGEMENTS, ORDERS))),
    Role.ADMINISTRATOR: (("", (ADMINISTRATION, PEOPLE, ORGANISATIONS, WALLS)), ("Records", (POLICY, LOG))),
}
MOST_ENTRIES = 12


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the variables of the frame. Without a signed-in person: the theme of the system and UTC."""
    now = timezone.now()
    person = getattr(request, "user", None)
    if person is None or not person.is_authenticated:
        return {"now": now, "zone": "UTC", "theme": "system", "single_keys": True}
    return {
        "now": now,
        "zone": person.zone,
        "local_time": f"{timezone.localtime(now, people.zone_of(person)):%H:%M} "
        + wording.abbreviation(now, zone=person.zone),
        "theme": person.theme.lower(),
        "single_keys": person.has_single_keys,
        "side": SimpleLazyObject(lambda: side_bar(person, request.path)),
        "n_notices": SimpleLazyObject(lambda: people.unread_notices(person=person)),
        "place": SimpleLazyObject(lambda: _place(person)),
        "organisation_name": SimpleLazyObject(lambda: _organisation(person, "name")),
        "side_of_reader": SimpleLazyObject(lambda: _organisation(person, "kind")),
    }


def side_bar(person: Person, path: str) -> list[dict[str, Any]]:
    """Return the groups of entries for the roles held, each entry once, at most twelve, with what waits in each."""
    seen: set[str] = set()
    groups: list[dict[str, Any]] = []
    for name, entries in _groups(person):
        made = [made for entry in entries if (made := _new(entry, person, seen))]
        if made:
            groups.append({"name": name, "entries": made})
    _mark_current(groups, path)
    return groups


def _waiting(person: Person) -> dict[str, int]:
    """Return what waits for the person on their orders, counted once per request."""
    if "_waiting" not in person.__dict__:
        person.__dict__["_waiting"] = work.n_waiting(person)
    return person.__dict__["_waiting"]


def _groups(person: Person) -> Iterable[tuple[str, tuple[Entry, ...]]]:
    held = frozenset().union(*person.roles_by_organisation.values())
    for role in SIDE:
        if role in held:
            yield from SIDE[role]


def shown(entry: Entry, count: int = 0) -> dict[str, Any]:
    """Return what the templates need of an entry. :raises NoReverseMatch: if its place does not exist."""
    return {
        "name": entry.name,
        "icon": entry.icon,
        "url": reverse(entry.url),
        "key": entry.key,
        "count": count,
        "count_words": entry.count_words,
    }


def _new(entry: Entry, person: Person, seen: set[str]) -> dict[str, Any] | None:
    """Return an entry that exists and has not been seen, while there is room for it."""
    if len(seen) >= MOST_ENTRIES:
        return None
    try:
        made = shown(entry)
    except NoReverseMatch:
        return None
    if made["url"] in seen:
        return None
    seen.add(made["url"])
    made["count"] = entry.count(person) if entry.count else 0
    return made


def _mark_current(groups: list[dict[str, Any]], path: str) -> None:
    """The entry whose address is the longest beginning of this one is where the reader is."""
    entries = [entry for group in groups for entry in group["entries"]]
    fitting = [
        entry for entry in entries if path == entry["url"] or (entry["url"] != "/" and path.startswith(entry["url"]))
    ]
    if fitting:
        max(fitting, key=lambda entry: len(entry["url"]))["is_current"] = True


def _place(person: Person) -> str:
    membership = people.main_membership(person=person)
    return membership.site.name if membership and membership.site.zone == person.zone else ""


def _organisation(person: Person, field: str) -> str:
    membership = people.main_membership(person=person)
    return getattr(membership.organisation, field) if membership else ""
