"""Saving codes and taking them back. Every step is a row that the database refuses to change."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from cursitor.lines.review import layouts
from cursitor.lines.review.choices import DocumentStatus, Stage
from cursitor.lines.review.models import Coding, CodingChange, CodingSave, Document, Family, Layout
from cursitor.lines.review.operations import leasing
from cursitor.plumbing.outbox import operations as outbox
from cursitor.plumbing.refusal import Invalid, Refusal
from cursitor.spine.audit import operations as audit
from cursitor.spine.people.models import Person
from cursitor.spine.work import leases
from cursitor.spine.work.models import Task

RANK_DELAY = timedelta(seconds=2)
LONGEST_SECONDS = 4 * 3600


class SecondReaderMustDiffer(Refusal):
    """Raised when somebody would confirm their own call on privilege."""


class NothingToUndo(Refusal):
    """Raised when the person has no save left in this task that could be taken back."""


class SinceReadAgain(Refusal):
    """Raised when another person has decided on the family after the save that would be taken back."""


def save_family(
    *,
    task: Task,
    family: Family,
    values: Mapping[int, Mapping[str, Any]],
    seconds: int,
    by: Person,
    at: datetime,
) -> CodingSave:
    """
    Save the codes of documents of the family that the person holds, and return the save.

    values: key of a document -> all its values (field key -> value); a field left out is thereby emptied. Documents
    left out stay as they are. `save.family.is_done_at(stage)` tells whether every document is decided: then the lease
    ends; otherwise the person holds the family on. Codes equal to those before are saved too: a second reader who
    agrees has decided. seconds: time spent, 0 to 4 hours.

    :raises leases.LeaseLost: if the person does not hold the family any more.
    :raises layouts.CodingIncomplete: if a required field is empty or a value unknown; nothing is saved.
    :raises SecondReaderMustDiffer: if a first reader would be the second one too.
    """
    leases.require_open(task=task, by=by)
    stage = leasing.stage_of(task)
    with transaction.atomic():
        family = _held(family, stage, by)
        layout = current_layout(task.order_id)
        documents = _documents(family)
        _require_second_reader(family, stage, by)
        wanted = _normal(values, documents, layout)
        save = CodingSave.objects.create(
            order=task.order,
            task=task,
            family=family,
            layout=layout,
            stage=stage,
            by=by,
            at=at,
            seconds=min(max(int(seconds), 0), LONGEST_SECONDS),
            documents=sorted(wanted),
        )
        known = _codings(documents)
        _write_changes(save, {pk: (known[pk].values if pk in known else {}) for pk in wanted}, wanted)
        known |= _write_codings(save, wanted)
        _move_on(family, documents, known, save)
        save.family = family
        _log("review.family.coded", save, n_documents=len(wanted))
        outbox.post(topic="review.rank", key=f"order:{family.order_id}", at=at + RANK_DELAY, order=family.order_id)
    return save


def undo(*, task: Task, by: Person, at: datetime) -> CodingSave:
    """
    Take back the person's latest save of this task that still stands, and return the save that does so.

    May be called again and again, to the first save of the task. The person holds the family again.
    :raises NothingToUndo: if nothing is left.
    :raises SinceReadAgain: if somebody else has decided on the family since, or holds it now.
    """
    leases.require_open(task=task, by=by)
    with transaction.atomic():
        own = CodingSave.objects.filter(task=task, by=by, undoes=None, undone_by=None).order_by("-pk").first()
        if own is None:
            raise NothingToUndo("There is no save of yours left in this task to take back.")
        family = Family.objects.select_for_update().get(pk=own.family_id)
        _require_untouched(family, own, by, at)
        save = CodingSave.objects.create(
            order=task.order,
            task=task,
            family=family,
            layout_id=own.layout_id,
            stage=own.stage,
            by=by,
            at=at,
            seconds=0,
            documents=own.documents,
            undoes=own,
        )
        _restore(save, own)
        documents = _documents(family)
        family.leased_to, family.lease_until, family.stage = by, at + leases.LEASE, own.stage
        _move_on(family, documents, _codings(documents), save)
        save.family = family
        _log("review.family.undone", save, n_documents=len(own.documents))
    return save


def current_layout(order: int) -> Layout:
    """Return the latest version. :raises Invalid: when the order has none, which is before its first collection."""
    layout = Layout.objects.filter(order=order).order_by("-version").first()
    if layout is None:
        raise Invalid("This order has no coding layout yet; it is made with the first collection.")
    return layout


@dataclass(frozen=True)
class _Decision:
    """A document's values with the stage, person and time they were decided at."""

    values: layouts.Values
    save: CodingSave


def _held(family: Family, stage: Stage, by: Person) -> Family:
    locked = Family.objects.select_for_update().get(pk=family.pk)
    if locked.leased_to_id != by.pk or locked.stage != stage:
        raise leases.LeaseLost
    return locked


def _documents(family: Family) -> dict[int, Document]:
    found = Document.objects.filter(family=family.pk, status=DocumentStatus.PUBLISHED).order_by("position", "pk")
    return {document.pk: document for document in found.only("control_number", "has_privilege_terms")}


def _codings(documents: Iterable[int]) -> dict[int, Coding]:
    return {coding.document_id: coding for coding in Coding.objects.filter(document__in=list(documents))}


def _require_second_reader(family: Family, stage: Stage, by: Person) -> None:
    if stage != Stage.PRIVILEGE:
        return
    if CodingSave.objects.filter(family=family, by=by).exclude(stage=Stage.PRIVILEGE).exists():
        raise SecondReaderMustDiffer("You read this family first. Another person must confirm the call on privilege.")


def _normal(
    values: Mapping[int, Mapping[str, Any]], documents: Mapping[int, Document], layout: Layout
) -> dict[int, layouts.Values]:
    if not values or (strange := set(values) - documents.keys()):
        raise Invalid(f"These are not documents of the family: {strange or 'none'}.")
    wanted = {}
    for pk, given in values.items():
        wanted[pk] = layouts.normal(given)
        layouts.require_complete(layout.fields, wanted[pk], name=documents[pk].control_number)
    return wanted


def _write_changes(save: CodingSave, before: Mapping[int, layouts.Values], after: Mapping[int, layouts.Values]) -> None:
    CodingChange.objects.bulk_create(
        CodingChange(
            save_of=save,
            document_id=pk,
            field=field,
            from_value=before[pk].get(field),
            to_value=after[pk].get(field),
        )
        for pk in after
        for field in sorted(before[pk].keys() | after[pk].keys())
        if before[pk].get(field) != after[pk].get(field)
    )


def _write_codings(save: CodingSave, wanted: Mapping[int, layouts.Values]) -> dict[int, Coding]:
    codings = {
        pk: Coding(document_id=pk, values=values, stage=save.stage, coder_id=save.by_id, coded_at=save.at)
        for pk, values in wanted.items()
    }
    Coding.objects.bulk_create(
        codings.values(),
        update_conflicts=True,
        unique_fields=["document"],
        update_fields=["values", "stage", "coder", "coded_at"],
    )
    return codings


def _move_on(
    family: Family, documents: Mapping[int, Document], codings: Mapping[int, Coding], save: CodingSave
) -> None:
    """Bring the family's own columns into line with how its documents stand coded."""
    coded = [codings[pk] for pk in documents if pk in codings]
    is_read = len(coded) == len(documents)
    if save.stage == Stage.PRIVILEGE:
        is_second = is_read and all(coding.stage == Stage.PRIVILEGE for coding in coded)
        family.privilege_done_at = save.at if is_second else None
        is_done = is_second
    else:
        family.first_done_at, family.first_doer_id = (save.at, save.by_id) if is_read else (None, None)
        family.needs_privilege = is_read and needs_second_reading(save.order.work_kind, documents, coded)
        is_done = is_read
    if is_done:
        family.leased_to, family.lease_until, family.stage = None, None, ""
    family.save(
        update_fields=[
            "first_done_at", "first_doer", "needs_privilege", "privilege_done_at", "leased_to", "lease_until", "stage",
        ]
    )  # fmt: skip


def needs_second_reading(work_kind: str, documents: Mapping[int, Document], coded: Sequence[Coding]) -> bool:
    """
    Tell whether a family waits for the second reader: a basis was named, or responsive text hits privilege terms.

    In a privilege review every family does.
    """
    if work_kind == "review.privilege" or any(layouts.is_privileged(coding.values) for coding in coded):
        return True
    has_terms = any(document.has_privilege_terms for document in documents.values())
    return has_terms and any(layouts.is_responsive(coding.values) for coding in coded)


def _require_untouched(family: Family, own: CodingSave, by: Person, at: datetime) -> None:
    later = CodingSave.objects.filter(family=family, pk__gt=own.pk, undone_by=None, undoes=None).exclude(by=by)
    if later.exists():
        raise SinceReadAgain("Another person has decided on this family since; your save can no longer be taken back.")
    is_held = family.leased_to_id not in (None, by.pk) and family.lease_until and family.lease_until >= at
    if is_held:
        raise SinceReadAgain("Another person reads this family now; your save can no longer be taken back.")


def _restore(save: CodingSave, own: CodingSave) -> None:
    changes = list(own.changes.all())
    CodingChange.objects.bulk_create(
        CodingChange(
            save_of=save,
            document_id=change.document_id,
            field=change.field,
            from_value=change.to_value,
            to_value=change.from_value,
        )
        for change in changes
    )
    known = _codings(own.documents)
    before = {pk: dict(known[pk].values) for pk in own.documents}
    for change in changes:
        before[change.document_id][change.field] = change.from_value
    decided = _deciding_saves(own)
    for pk in own.documents:
        _restore_one(pk, layouts.normal(before[pk]), decided.get(pk))


def _deciding_saves(own: CodingSave) -> dict[int, CodingSave]:
    """Return, for each document of a save, the latest earlier save that stands and decided on it."""
    earlier = CodingSave.objects.filter(family=own.family_id, pk__lt=own.pk, undoes=None, undone_by=None)
    return {pk: save for save in earlier.order_by("pk") for pk in save.documents}


def _restore_one(pk: int, values: layouts.Values, decided: CodingSave | None) -> None:
    if decided is None:
        Coding.objects.filter(document=pk).delete()
        return
    Coding.objects.filter(document=pk).update(
        values=values, stage=decided.stage, coder=decided.by_id, coded_at=decided.at
    )


def _log(event: str, save: CodingSave, *, n_documents: int) -> None:
    order = save.order
    audit.record(
        event=event,
        at=save.at,
        by=save.by,
        subject=order.key,
        matter=order.matter.key,
        data={
            "family": save.family.number,
            "stage": save.stage,
            "documents": n_documents,
            "seconds": save.seconds,
            "save": save.pk,
        },
    )
