"""What waits for a person, with the address and the verb of the act that ends the wait."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cursitor.spine.people.models import Person
from cursitor.spine.quality import queries as quality
from cursitor.spine.work import queries as work

SHOWN = 12
VERBS = {
    "accept": _("Acknowledge"),
    "resume": _("Take up"),
    "to_sign_off": _("Look at the lots"),
    "deliver": _("Review and sign"),
    "approve": _("Look and accept"),
    "answer": _("Answer"),
    "hand_off": _("Read and restate"),
    "task": _("Open"),
}


@dataclass(frozen=True)
class Wait:
    """One thing that waits. is_first: the most urgent signature, which alone may be sealed in claret."""

    item: work.Waiting
    verb: str
    address: str
    is_first: bool


@dataclass(frozen=True)
class Waits:
    """All that waits, of which the first are shown; by the reader's own clock."""

    shown: tuple[Wait, ...]
    n: int


def waits(person: Person, now: datetime) -> Waits:
    """Return what waits for the person, the clock that runs out first on top."""
    items = work.waiting_for(person, now)
    is_signing = any(item.kind == "deliver" for item in items)
    releases = {release.order_id: release for release in quality.to_sign(person)} if is_signing else {}
    shown, is_sealed = [], False
    for item in items[:SHOWN]:
        address = reverse(item.page, args=item.args)
        if item.kind == "deliver" and (release := releases.get(item.order.pk)):
            address = reverse("quality:sign_off", args=[item.order.ref, release.version])
        elif item.kind == "to_sign_off":
            address = reverse("quality:order", args=[item.order.ref])
        is_first = item.kind == "deliver" and not is_sealed
        is_sealed |= is_first
        shown.append(Wait(item, str(VERBS.get(item.kind, _("Open"))), address, is_first))
    return Waits(tuple(shown), len(items))
