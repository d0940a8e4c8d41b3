"""Gold records: drawn and committed to before anybody keys them, revealed when nobody can be influenced any more."""

from datetime import datetime
from typing import Any

from django.db import transaction

from cursitor.engines import sampling
from cursitor.lines.entry import access
from cursitor.lines.entry.choices import Stage
from cursitor.lines.entry.models import GoldSet, Record
from cursitor.lines.entry.queries import gold as gold_sets
from cursitor.plumbing.refusal import Invalid, Refusal
from cursitor.plumbing.vault import operations as vault
from cursitor.spine.audit import operations as audit
from cursitor.spine.people.models import Person
from cursitor.spine.work import leases
from cursitor.spine.work.choices import OrderState
from cursitor.spine.work.models import WorkOrder


class NotToBeRevealed(Refusal):
    """Raised when a gold set has been revealed, or its records are not all keyed. Says how many wait for what."""


def commit(*, order: WorkOrder, n: int, seed: bytes, by: Person, at: datetime) -> GoldSet:
    """
    Draw n gold records by the seed from those that nobody has keyed or holds, and commit to them.

    Only QC leads may. seed: at least 16 random bytes; it is sealed until the set is revealed. The commitment goes to
    the log; which records they are does not.
    :raises Invalid: if fewer than n records are left. :raises leases.OrderNotOpen: unless the order is in progress.
    """
    with transaction.atomic():
        order = WorkOrder.objects.select_for_update(of=("self",)).select_related("matter").get(pk=order.pk)
        access.require(by, order=order, to="gold")
        if order.state != OrderState.IN_PROGRESS:
            raise leases.OrderNotOpen(
                f"{order.ref} is not in progress; gold records are drawn while records are keyed."
            )
        found = list(gold_sets.drawable(order=order, at=at))
        if not found:
            raise Invalid("No record is left that nobody has keyed or drawn.", field="n")
        if not 1 <= n <= len(found):
            raise Invalid(f"Choose 1 to {len(found)} records: so many have not been keyed by anybody.", field="n")
        drawn = set(sampling.draw(seed=seed, keys=[record.name for record in found], n=n))
        chosen = [record for record in found if record.name in drawn]
        numbers = [record.number for record in chosen]
        made = GoldSet(order=order, number=order.gold_sets.count() + 1, n_drawn=n, n_from=len(found))
        made.latest_record = order.records.order_by("-number").values_list("number", flat=True)[0]
        made.commitment, made.seed = (
            gold_sets.commitment(seed, numbers),
            vault.seal(seed, scope=gold_sets.seal_scope(made)),
        )
        made.made_by, made.made_at = by, at
        made.save(force_insert=True)
        Record.objects.filter(pk__in=[record.pk for record in chosen]).update(gold_set=made)
        data = {"set": made.number, "n": n, "from": made.n_from, "commitment": made.commitment}
        _log("entry.gold.committed", made, by, at, data)
    return made


def reveal(*, gold_set: GoldSet, by: Person, at: datetime) -> GoldSet:
    """
    Reveal which records were gold, with the seed, once keyers and truth are both down; from now on they are scored.

    :raises NotToBeRevealed: while a record of the set waits for a keyer or for its true values.
    """
    with transaction.atomic():
        found = GoldSet.objects.select_for_update(of=("self",)).select_related("order__matter").get(pk=gold_set.pk)
        access.require(by, order=found.order, to="gold")
        if found.revealed_at is not None:
            raise NotToBeRevealed(f"{found} has been revealed.")
        if waiting := found.records.filter(stage__in=[Stage.FIRST, Stage.SECOND]).count():
            raise NotToBeRevealed(
                f"{waiting} of its records wait to be keyed; whoever keys them must not know of them."
            )
        if untold := gold_sets.gold_waiting(gold_set=found).count():
            raise NotToBeRevealed(f"{untold} of its records have no true values yet.")
        found.revealed_at = at
        found.save(update_fields=["revealed_at"])
        seed = gold_sets.seed_of(found)
        data = {"set": found.number, "seed": seed.hex(), "records": list(gold_sets.numbers_of(found))}
        _log("entry.gold.revealed", found, by, at, data)
    return found


def _log(event: str, gold_set: GoldSet, by: Person, at: datetime, data: dict[str, Any]) -> None:
    order = gold_set.order
    audit.record(event=event, at=at, by=by, subject=order.key, matter=order.matter.key, data=data)
