"""Gold sets: from what they may be drawn, what they wait for, and once revealed how anybody checks the draw."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from cursitor.lines.entry.choices import Pass, Stage
from cursitor.lines.entry.models import GoldSet, Keying, Record
from cursitor.plumbing.refusal import Refusal
from cursitor.plumbing.vault import operations as vault
from cursitor.spine.work import leases
from cursitor.spine.work.models import WorkOrder


class StillSealed(Refusal):
    """Raised when the seed of a gold set is asked for before the set is revealed."""


@dataclass(frozen=True)
class GoldState:
    """
    A gold set and what it waits for.

    n_untold: records whose true values nobody has keyed. n_waiting: records that wait for a keyer. Once it is revealed
    numbers are its records and text is what was committed to; before, both are empty.
    """

    gold_set: GoldSet
    n_untold: int
    n_waiting: int
    numbers: tuple[int, ...] = ()
    text: str = ""

    @property
    def shell(self) -> str:
        """Return one line for a shell that prints the commitment from what was revealed."""
        return f"printf '%s' '{self.text}' | sha256sum" if self.text else ""


def gold_states(*, order: WorkOrder) -> tuple[GoldState, ...]:
    """Return the gold sets of an order, latest first."""
    waiting = Count("records", filter=Q(records__stage__in=[Stage.FIRST, Stage.SECOND]))
    found = order.gold_sets.select_related("made_by", "order").annotate(n_waiting=waiting).order_by("-number")
    return tuple(_state(one) for one in found)


def _state(gold_set: GoldSet) -> GoldState:
    n_untold = gold_waiting(gold_set=gold_set).count()
    if gold_set.revealed_at is None:
        return GoldState(gold_set, n_untold, gold_set.n_waiting)
    numbers = numbers_of(gold_set)
    return GoldState(gold_set, n_untold, gold_set.n_waiting, numbers, committed_text(seed_of(gold_set), numbers))


def drawable(*, order: WorkOrder, at: datetime) -> QuerySet[Record]:
    """Return the records of which gold ones may be drawn: nobody has keyed them or holds them, and no set has them."""
    keyed = Keying.objects.filter(record=OuterRef("pk"))
    free = order.records.filter(leases.not_held(at), ~Exists(keyed), stage=Stage.FIRST, gold_set=None)
    return free.order_by("number")


def gold_waiting(*, gold_set: GoldSet) -> QuerySet[Record]:
    """Return the records of a gold set whose true values nobody has keyed yet, those set aside left out."""
    told = Keying.objects.filter(record=OuterRef("pk"), of_pass=Pass.GOLD, undoes=None, undone_by=None)
    return gold_set.records.filter(~Exists(told)).exclude(stage=Stage.SET_ASIDE).order_by("number")


def numbers_of(gold_set: GoldSet) -> tuple[int, ...]:
    """Return the numbers of its records, ascending."""
    return tuple(gold_set.records.order_by("number").values_list("number", flat=True))


def seed_of(gold_set: GoldSet) -> bytes:
    """Return the seed of a revealed set. :raises StillSealed: before."""
    if gold_set.revealed_at is None:
        raise StillSealed(f"{gold_set} is sealed.")
    return vault.unseal(bytes(gold_set.seed), scope=seal_scope(gold_set))


def seal_scope(gold_set: GoldSet) -> str:
    """Return under which name the seed is sealed."""
    return f"gold:{gold_set.order.ref}/{gold_set.number}"


def commitment(seed: bytes, numbers: Iterable[int]) -> str:
    """
    Return what is published when gold records are drawn: SHA-256 in hex over "<seed in hex>:<numbers>".

    Numbers are ascending, in decimal, with commas between them and nothing else.

    >>> commitment(bytes(16), [11, 3])
    '7a824cf928f92885d571936614a820b4ea0301e9aa491356d493c3860b66ab0a'
    """
    return hashlib.sha256(committed_text(seed, numbers).encode()).hexdigest()


def committed_text(seed: bytes, numbers: Iterable[int]) -> str:
    return f"{seed.hex()}:{','.join(str(number) for number in sorted(numbers))}"
