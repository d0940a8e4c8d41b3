"""What the workbench shows: the family, the document with its hits, its thread, the protocol, the pace."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from cursitor.lines.review import layouts, texts
from cursitor.lines.review.choices import DocumentStatus, Stage
from cursitor.lines.review.models import Coding, CodingChange, CodingSave, Document, Family, Layout
from cursitor.lines.review.operations import coding, leasing
from cursitor.spine.people.models import Person
from cursitor.spine.work import leases
from cursitor.spine.work.models import Task

LEAST_FOR_PACE = 10
SAVES_FOR_PACE = 100
THREAD_SHOWN = 40


@dataclass(frozen=True)
class Member:
    """
    A document in a strip of the bench.

    mark: "R" responsive, "N" not responsive, "?" cannot be read, "P" privileged, "!" an exception, "" not decided.
    values: how it stands coded, empty before the first decision. stage: of the latest decision.
    """

    document: Document
    mark: str
    values: Mapping[str, Any]
    stage: str

    @property
    def can_be_coded(self) -> bool:
        return self.document.status == DocumentStatus.PUBLISHED


@dataclass(frozen=True)
class Pace:
    """Documents per hour of reading, of n documents; None below ten. low, high: the band of the layout, if any."""

    n_documents: int
    seconds: int
    per_hour: float | None
    low: int | None
    high: int | None


@dataclass(frozen=True)
class Bench:
    """
    Everything the workbench shows of one document of a leased family.

    documents: the family in its order, exceptions among them. current: the document shown. second_reader_follows:
    the family waits for, or is at, the second reading on privilege.
    """

    task: Task
    stage: Stage
    family: Family
    layout: Layout
    documents: tuple[Member, ...]
    current: Member
    view: texts.View
    thread: tuple[Member, ...]

    @property
    def second_reader_follows(self) -> bool:
        return self.family.needs_privilege or self.stage == Stage.PRIVILEGE

    @property
    def codable(self) -> tuple[Member, ...]:
        return tuple(member for member in self.documents if member.can_be_coded)

    @property
    def attachments(self) -> tuple[Member, ...]:
        return tuple(member for member in self.documents if member.document.parent_id == self.current.document.pk)

    @property
    def undecided(self) -> tuple[Member, ...]:
        """The other documents of the family that wait for a decision at this stage."""
        others = (member for member in self.codable if member is not self.current)
        return tuple(member for member in others if not _is_decided(member, self.stage))


@dataclass(frozen=True)
class Standing:
    """How far the reading of the task's stage has come, in families of the whole order, and the reader's pace."""

    n_done: int
    n_waiting: int
    pace: Pace

    @property
    def n_families(self) -> int:
        return self.n_done + self.n_waiting


def bench(
    *, task: Task, family: Family, by: Person, document: int | None = None, layout: Layout | None = None
) -> Bench:
    """
    Return what the workbench shows of a family that the person holds.

    document: key of the one to show; else the first that has not been decided at this stage, or the first. layout: the
    order's latest, where it is known already.
    :raises leases.LeaseLost: if the person does not hold the family.
    """
    stage = leasing.stage_of(task)
    if family.leased_to_id != by.pk or family.stage != stage:
        raise leases.LeaseLost
    current_layout = layout or coding.current_layout(task.order_id)
    members = members_of([family.pk]).get(family.pk, ())
    current = _current(members, stage, document)
    return Bench(
        task=task,
        stage=stage,
        family=family,
        layout=current_layout,
        documents=members,
        current=current,
        view=texts.view(current.document, current_layout.highlights),
        thread=thread(current.document),
    )


def standing(*, task: Task, layout: Layout, by: Person) -> Standing:
    """Return how far the reading has come, with the person's pace against the band of the layout."""
    n_waiting = leasing.waiting(task=task).order_by().count()
    return Standing(_n_done(task, leasing.stage_of(task)), n_waiting, pace(task=task, by=by, layout=layout))


def held(*, task: Task, by: Person) -> QuerySet[Family]:
    """Return the families the person holds in this task, the one being read first, then those leased ahead."""
    return leases.in_hand_first(leasing.held(task=task, by=by))


def held_family(*, task: Task, by: Person, pk: int) -> Family:
    """:raises leases.LeaseLost: if the person does not hold this family in this task any more."""
    stage = leasing.stage_of(task)
    family = Family.objects.filter(pk=pk, order=task.order_id, leased_to=by, stage=stage).first()
    if family is None:
        raise leases.LeaseLost
    return family


def codable(*, family: Family) -> list[int]:
    """Return the keys of the family's documents that can be coded, in their order."""
    found = family.documents.filter(status=DocumentStatus.PUBLISHED).order_by("position", "pk")
    return list(found.values_list("pk", flat=True))


def ahead(*, task: Task, family: Family, document: int, by: Person) -> tuple[tuple[Family, Member], ...]:
    """
    Return what the bench will show after a document, if no ranking comes between, each with its family.

    First the other undecided documents of its family, then the first document of each family leased ahead.
    """
    families = [family, *held(task=task, by=by).exclude(pk=family.pk)]
    members = members_of([each.pk for each in families])
    stage = leasing.stage_of(task)
    undecided = (each for each in members.get(family.pk, ()) if each.can_be_coded and not _is_decided(each, stage))
    siblings = [(family, each) for each in undecided if each.document.pk != document]
    firsts = [(each, _current(members[each.pk], stage, None)) for each in families[1:] if each.pk in members]
    return (*siblings, *firsts)


def layout(*, order: int) -> Layout:
    """Return the order's latest layout. :raises plumbing.refusal.Invalid: before the first collection."""
    return coding.current_layout(order)


def document_view(*, document: Document, query: str = "") -> texts.View:
    """
    Return a document with the hits of a query, or of the layout's highlight sets where no query is given.

    :raises searching.QueryNotUnderstood: if the query has a mistake. :raises searching.QueryTooBroad.
    """
    if query.strip():
        return texts.view_of_query(document, query)
    return texts.view(document, layout(order=document.order_id).highlights)


def latest_values(*, task: Task, by: Person) -> dict[str, Any]:
    """Return the values of the head in the person's latest save of this task ("same as last"); {} before the first."""
    save = CodingSave.objects.filter(task=task, by=by, undoes=None, undone_by=None).order_by("-pk").first()
    if save is None:
        return {}
    decided = Coding.objects.filter(document__in=save.documents).order_by("document__position", "document")
    return next(iter(decided.values_list("values", flat=True)), {})


def pace(*, task: Task, by: Person, layout: Layout) -> Pace:
    """Return how fast the person has read in this task, by the latest hundred saves that still stand."""
    saves = CodingSave.objects.filter(task=task, by=by, undoes=None, undone_by=None).order_by("-pk")
    n_documents = seconds = 0
    for documents, spent in saves.values_list("documents", "seconds")[:SAVES_FOR_PACE]:
        n_documents += len(documents)
        seconds += spent
    known = n_documents >= LEAST_FOR_PACE and seconds > 0
    per_hour = n_documents * 3600 / seconds if known else None
    return Pace(n_documents, seconds, per_hour, layout.pace.get("low"), layout.pace.get("high"))


@dataclass(frozen=True)
class Change:
    """A step of a document's coding in the layout's words; before, after: "" where nothing was set."""

    label: str
    before: str
    after: str
    by: Person
    at: datetime
    seconds: int


def changes(*, document: Document, n: int = 50) -> tuple[Change, ...]:
    """Return the latest steps of a document's coding, latest first, each in the words of the layout it was made by."""
    rows = document.changes.select_related("save_of__by", "save_of__layout").order_by("-pk")[:n]
    return tuple(_change(row) for row in rows)


def _change(row: CodingChange) -> Change:
    save, fields = row.save_of, row.save_of.layout.fields
    label = next((field["label"] for field in fields if field["key"] == row.field), row.field)
    before, after = (layouts.words(fields, row.field, value) for value in (row.from_value, row.to_value))
    return Change(label, before, after, save.by, save.at, save.seconds)


def thread(document: Document) -> tuple[Member, ...]:
    """Return the messages of the document's thread, latest first; none if it stands alone."""
    if not document.thread:
        return ()
    found = _with_coding(Document.objects.filter(order=document.order_id, thread=document.thread))
    found = found.filter(status=DocumentStatus.PUBLISHED).order_by("-sent_at", "-pk")[:THREAD_SHOWN]
    members = tuple(_member(other) for other in found)
    return members if len(members) > 1 else ()


def members_of(families: Sequence[int]) -> dict[int, tuple[Member, ...]]:
    """Return the documents of families in their order, exceptions among them, by the family's key."""
    shown = [DocumentStatus.PUBLISHED, DocumentStatus.EXCEPTION]
    documents = _with_coding(Document.objects.filter(family__in=families, status__in=shown))
    grouped: dict[int, list[Member]] = {}
    for document in documents.order_by("family", "position", "pk"):
        grouped.setdefault(document.family_id, []).append(_member(document))
    return {family: tuple(members) for family, members in grouped.items()}


def mark_of(values: Mapping[str, Any]) -> str:
    """Return the one letter a decision is shown by."""
    if layouts.is_privileged(dict(values)):
        return "P"
    return {"RESPONSIVE": "R", "NOT_RESPONSIVE": "N", "UNREADABLE": "?"}.get(values.get("responsiveness", ""), "")


def _with_coding(documents):
    return documents.select_related("coding", "text")


def _member(document: Document) -> Member:
    decided = getattr(document, "coding", None)
    if document.status == DocumentStatus.EXCEPTION:
        return Member(document, "!", {}, "")
    if decided is None:
        return Member(document, "", {}, "")
    return Member(document, mark_of(decided.values), decided.values, decided.stage)


def _current(members: Sequence[Member], stage: Stage, document: int | None) -> Member:
    readable = [member for member in members if member.can_be_coded]
    if document is not None:
        for member in members:
            if member.document.pk == document:
                return member
    undecided = (member for member in readable if not _is_decided(member, stage))
    return next(undecided, readable[0] if readable else members[0])


def _is_decided(member: Member, stage: Stage) -> bool:
    return member.stage == Stage.PRIVILEGE if stage == Stage.PRIVILEGE else bool(member.stage)


def _n_done(task: Task, stage: Stage) -> int:
    families = Family.objects.filter(order=task.order_id)
    if stage == Stage.PRIVILEGE:
        return families.exclude(privilege_done_at=None).count()
    return families.filter(is_elusion=stage == Stage.ELUSION).exclude(first_done_at=None).count()
