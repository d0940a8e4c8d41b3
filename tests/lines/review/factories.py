"""Rows of a review, made directly so that a test arranges only what it is about."""

import json
from datetime import timedelta

from cursitor.lines.review import layouts, tasks
from cursitor.lines.review.choices import CollectionState, DocumentStatus, SourceKind, TaskKind
from cursitor.lines.review.models import CollectedInput, Collection, Document, Family, Layout
from cursitor.plumbing.outbox import worker
from cursitor.plumbing.outbox.models import Message
from cursitor.plumbing.vault import operations as vault
from cursitor.spine.people.models import Person
from cursitor.spine.work.choices import Lane, OrderState
from cursitor.spine.work.models import Custody, Task, WorkOrder
from tests.factories import NOW, World
from tests.factories import order as work_order

TOPICS = frozenset(f"review.{topic}" for topic in ("gather", "process", "publish", "retry", "index", "rank"))
LONG_AGO = NOW - timedelta(days=3650)
assert tasks, json

RESPONSIVE = {"responsiveness": "RESPONSIVE", "privilege": "NOT_PRIVILEGED"}
NOT_RESPONSIVE = {"responsiveness": "NOT_RESPONSIVE"}
PRIVILEGED = {"responsiveness": "RESPONSIVE", "privilege": "ATTORNEY_CLIENT"}


def order(world: World, **changes: object) -> WorkOrder:
    """An order in progress with a default layout."""
    made = work_order(
        world,
        **{
            "state": OrderState.IN_PROGRESS,
            "issued_at": NOW - timedelta(days=2),
            "holder": world.delivery_manager,
            "brief": {"prefix": "CF"},
            **changes,
        },
    )
    layout(made)
    return made


def layout(of: WorkOrder, **changes: object) -> Layout:
    version = of.layouts.count() + 1
    return Layout.objects.create(
        **{
            "order": of,
            "version": version,
            "fields": layouts.default_fields(["Notice", "Damages"]),
            "guidance": "Code what the protocol says.",
            "highlights": [{"name": "counsel", "style": "PRIVILEGE", "query": "counsel OR advice"}],
            "pace": {"low": 40, "high": 95},
            "made_by": of.holder,
            "made_at": NOW,
            **changes,
        }
    )


def task(of: WorkOrder, holder: Person, kind: str = TaskKind.FIRST) -> Task:
    made = Task.objects.create(
        order=of,
        number=of.tasks.count() + 1,
        kind=kind,
        title=str(TaskKind(kind).label),
        holder=holder,
        is_assigned=True,
        made_at=NOW,
    )
    Custody.objects.create(order=of, task=made, lane=Lane.WORK, number=1, holder=holder, from_at=NOW, reason="assigned")
    return made


def collection(of: WorkOrder, custodian: str = "Pella Ostrander") -> Collection:
    return Collection.objects.create(
        order=of,
        number=of.collections.count() + 1,
        label=f"Mailbox of {custodian}",
        custodian=custodian,
        kind=SourceKind.UPLOAD,
        state=CollectionState.PUBLISHED,
        made_by=of.holder,
        made_at=NOW,
    )


def family(of: Collection, *texts: str, **changes: object) -> Family:
    """A published family: the first text is the head, the others are attached to it."""
    made = Family.objects.create(order=of.order, number=of.order.families.count() + 1, n_documents=len(texts))
    source = CollectedInput.objects.create(
        collection=of, position=of.inputs.count() + 1, path=f"mail/{made.number}.eml", processed_at=NOW
    )
    parent = None
    for position, text in enumerate(texts):
        document = Document.objects.create(
            **{
                "order": of.order,
                "collection": of,
                "source": source,
                "walk": "1" if position == 0 else f"1.{position}",
                "family_walk": "1",
                "family": made,
                "parent": parent,
                "position": position,
                "depth": min(position, 1),
                "n_children": len(texts) - 1 if position == 0 else 0,
                "control_number": f"CF-{of.order.documents.count() + 1:06d}",
                "status": DocumentStatus.PUBLISHED,
                "custodian": of.custodian,
                "path": source.path,
                "name": f"{made.number}.eml" if position == 0 else f"attachment-{position}.txt",
                "kind": "mail" if position == 0 else "text",
                "text": vault.put(scope=of.order.matter.key, source=text.encode(), at=NOW),
                "subject": text.partition(".")[0] if position == 0 else "",
                **changes,
            }
        )
        parent = parent or document
    return made


def drain() -> int:
    """Let a worker do everything of a review that is due, now or a little later, and return how many messages."""
    Message.objects.filter(topic__startswith="review.", done_at=None).update(due_at=LONG_AGO)
    done = 0
    while worker.run_once(TOPICS):
        Message.objects.filter(topic__startswith="review.", done_at=None, lease_until=None).update(due_at=LONG_AGO)
        done += 1
    return done


def values(of: Family, coded: dict) -> dict:
    """The same values for every document of a family."""
    return {pk: dict(coded) for pk in of.documents.values_list("pk", flat=True)}
