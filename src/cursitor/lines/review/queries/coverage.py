"""How far a review has come, what stands in the way of delivery, and what may be billed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet, Sum
from django.urls import reverse

from cursitor.engines import sampling
from cursitor.engines.processing.walk import Reconciliation
from cursitor.lines.review import access, layouts
from cursitor.lines.review.choices import (
    HOT,
    NOT_RESPONSIVE,
    RESPONSIVE,
    RESPONSIVENESS,
    UNREADABLE,
    CollectionState,
    DocumentStatus,
    Stage,
)
from cursitor.lines.review.models import Coding, CollectedInput, Collection, Document, ElusionSample
from cursitor.spine.people.models import Person
from cursitor.spine.work.models import WorkOrder
from cursitor.spine.work.registry import Billable, Blocker, Progress


@dataclass(frozen=True)
class QueueState:
    """A stage of the review: how many families wait, are held now, and are done."""

    stage: Stage
    n_waiting: int
    n_held: int
    n_done: int


@dataclass(frozen=True)
class Found:
    """Counts of coded documents of an order, each a full count."""

    n_coded: int
    n_responsive: int
    n_not_responsive: int
    n_unreadable: int
    n_privileged: int
    n_hot: int


@dataclass(frozen=True)
class ElusionState:
    """An elusion sample and, once every document of it is read, what it says. estimate, recall: None before."""

    sample: ElusionSample
    n_read: int
    n_found: int
    estimate: sampling.Elusion | None
    recall: sampling.Recall | None

    @property
    def scale(self) -> float:
        """Return the share at the right end of the bar on which the elusion is drawn."""
        high = self.estimate.high if self.estimate else 1.0
        return next(scale for scale in (0.02, 0.05, 0.1, 0.25, 0.5, 1.0) if high <= scale)


def reconciliation(*, order: WorkOrder, collection: Collection | None = None) -> Reconciliation:
    """Return the counts of all that was read: inputs + children = published + duplicates + excluded + exceptions."""
    inputs = CollectedInput.objects.filter(collection__order=order).exclude(processed_at=None)
    documents = Document.objects.filter(order=order)
    if collection is not None:
        inputs, documents = inputs.filter(collection=collection), documents.filter(collection=collection)
    counts = documents.aggregate(
        children=Sum("n_children", default=0),
        **{str(status).lower(): Count("pk", filter=Q(status=status)) for status in DocumentStatus},
    )
    return Reconciliation(
        inputs=inputs.count(),
        children=counts["children"],
        published=counts["published"],
        duplicates=counts["duplicate"],
        excluded=counts["excluded"],
        exceptions=counts["exception"],
    )


def published(order: WorkOrder) -> QuerySet[Document]:
    """Return the documents that are to be read: published and numbered."""
    return order.documents.filter(status=DocumentStatus.PUBLISHED, family__isnull=False)


def progress(order: WorkOrder) -> Progress:
    return progress_by_order([order])[order.pk]


def progress_by_order(orders: list[WorkOrder]) -> dict[int, Progress]:
    """Return how many of the published documents are coded, by key of the order. One query."""
    found = Document.objects.filter(order__in=orders, status=DocumentStatus.PUBLISHED, family__isnull=False)
    rows = found.order_by().values("order").annotate(n=Count("pk"), n_coded=Count("coding"))
    counts = {row["order"]: (row["n_coded"], row["n"]) for row in rows}
    return {order.pk: Progress(*counts.get(order.pk, (0, 0)), "documents") for order in orders}


def queues(*, order: WorkOrder) -> tuple[QueueState, ...]:
    """Return the state of each stage's queue. A family counts for the second reading once it has been asked for."""
    families = order.families
    held = Q(leased_to__isnull=False)
    states = []
    for stage, of_stage, done in (
        (Stage.FIRST, Q(is_elusion=False), Q(first_done_at__isnull=False)),
        (Stage.PRIVILEGE, Q(needs_privilege=True), Q(privilege_done_at__isnull=False)),
        (Stage.ELUSION, Q(is_elusion=True), Q(first_done_at__isnull=False)),
    ):
        counts = families.filter(of_stage).aggregate(
            waiting=Count("pk", filter=~done),
            held=Count("pk", filter=~done & held & Q(stage=stage)),
            done=Count("pk", filter=done),
        )
        states.append(QueueState(stage, counts["waiting"], counts["held"], counts["done"]))
    return tuple(states)


def found(*, order: WorkOrder) -> Found:
    """Return what was coded, counted over documents."""
    return _count(Coding.objects.filter(document__order=order))


def _count(codings: QuerySet[Coding]) -> Found:
    counts: Counter[str] = Counter()
    for values in codings.values_list("values", flat=True).iterator():
        counts["coded"] += 1
        counts[values.get(RESPONSIVENESS, "")] += 1
        counts["privileged"] += layouts.is_privileged(values)
        counts["hot"] += bool(values.get(HOT))
    return Found(
        n_coded=counts["coded"],
        n_responsive=counts[RESPONSIVE],
        n_not_responsive=counts[NOT_RESPONSIVE],
        n_unreadable=counts[UNREADABLE],
        n_privileged=counts["privileged"],
        n_hot=counts["hot"],
    )


def elusion(*, order: WorkOrder) -> ElusionState | None:
    """Return the latest elusion sample with its estimate, or None where none was drawn."""
    sample = order.elusion_samples.order_by("-pk").first()
    if sample is None:
        return None
    coded = Coding.objects.filter(document__in=sample.documents).values_list("values", flat=True)
    values = list(coded)
    n_found = sum(map(layouts.is_responsive, values))
    if len(values) < sample.n_sampled:
        return ElusionState(sample, len(values), n_found, None, None)
    counts = {"found": n_found, "sampled": sample.n_sampled, "population": sample.n_null_set}
    # What was found by the sample stands for the rest of the null set already.
    n_relevant = _count(Coding.objects.filter(document__order=order, document__family__is_elusion=False)).n_responsive
    return ElusionState(
        sample,
        len(values),
        n_found,
        sampling.elusion(**counts),
        sampling.recall_from_elusion(relevant_found=n_relevant, **counts),
    )


def unread(*, order: WorkOrder) -> QuerySet[Document]:
    """
    Return the published documents that somebody must still read, those of families opened again among them.

    Before an elusion sample that is all of them. After one, what was not reviewed when it was drawn may stay unread,
    and what is published later may not.
    """
    open_again = Q(family__first_done_at=None, coding__isnull=False)
    waiting = published(order).filter(Q(coding=None) | open_again)
    sample = order.elusion_samples.order_by("-pk").first()
    if sample is None:
        return waiting
    required = Q(pk__in=sample.documents) | Q(pk__gt=sample.latest_document) | Q(family__is_elusion=True)
    return waiting.filter(required | open_again)


def blockers(order: WorkOrder) -> tuple[Blocker, ...]:
    """Return what stands in the way of delivery, each with where to mend it."""
    counts = reconciliation(order=order)
    queue = reverse("review:order", args=[order.ref])
    collections = reverse("review:collections", args=[order.ref])
    checks = (
        ("REVIEW_NOTHING_PUBLISHED", "No document has been published.", int(counts.published == 0), collections),
        ("REVIEW_COLLECTION_RUNS", "{n} collections are still being read.", _n_running(order), collections),
        (
            "REVIEW_COUNTS_OFF",
            "The counts of the collections do not account for every item.",
            int(not counts.balanced),
            collections,
        ),
        (
            "REVIEW_EXCEPTIONS_OPEN",
            "{n} exceptions wait to be settled.",
            order.documents.filter(status=DocumentStatus.EXCEPTION, disposition="").count(),
            reverse("review:exceptions", args=[order.ref]),
        ),
        ("REVIEW_UNCODED", "{n} documents are still to be read.", unread(order=order).count(), queue),
        (
            "REVIEW_PRIVILEGE_NOT_SECOND_READ",
            "{n} families wait for the second reading on privilege.",
            order.families.filter(needs_privilege=True, privilege_done_at=None).count(),
            queue,
        ),
        (
            "REVIEW_COPIES_CODED_APART",
            "{n} documents with the same bytes are coded differently.",
            len(conflicts(order=order)),
            reverse("review:search", args=[order.ref]) + "?coded=conflict",
        ),
    )
    return tuple(Blocker(code, _counted(sentence, n), link) for code, sentence, n, link in checks if n)


def conflicts(*, order: WorkOrder) -> tuple[int, ...]:
    """Return the keys of documents with the same bytes whose responsiveness or privilege differs."""
    shared = published(order).exclude(sha256="").values("sha256").annotate(n=Count("pk")).filter(n__gt=1)
    twins = published(order).filter(sha256__in=shared.values("sha256"), coding__isnull=False)
    calls: dict[str, dict[int, tuple[object, bool]]] = {}
    for pk, sha256, values in twins.values_list("pk", "sha256", "coding__values"):
        call = (values.get(RESPONSIVENESS), layouts.is_privileged(values))
        calls.setdefault(sha256, {})[pk] = call
    apart = (group for group in calls.values() if len(set(group.values())) > 1)
    return tuple(sorted(pk for group in apart for pk in group))


def billables(order: WorkOrder) -> tuple[Billable, ...]:
    """Return a unit for every document of a family whose first reading is done. The key is the document's own."""
    read = published(order).filter(coding__isnull=False, family__first_done_at__isnull=False)
    rows = read.order_by("control_number").values_list(
        "pk", "control_number", "family__first_done_at", "family__first_doer"
    )
    return tuple(
        Billable(f"review:document:{pk}", order.work_kind, 1, at, f"person:{doer}", number)
        for pk, number, at, doer in rows
    )


def n_billables(orders: list[WorkOrder]) -> dict[int, dict[str, int]]:
    """Return how many units each order would bill, by key of the order and work kind. One query."""
    read = Document.objects.filter(order__in=orders, status=DocumentStatus.PUBLISHED, coding__isnull=False)
    rows = read.filter(family__first_done_at__isnull=False).values("order").annotate(n=Count("pk")).order_by("order")
    kinds = {order.pk: order.work_kind for order in orders}
    return {row["order"]: {kinds[row["order"]]: row["n"]} for row in rows}


def exceptions(*, order: WorkOrder, is_open: bool | None = None) -> QuerySet[Document]:
    """Return the exceptions in the order of their numbers; is_open: only those not settled, or only the settled."""
    rows = order.documents.filter(status=DocumentStatus.EXCEPTION)
    if is_open is not None:
        rows = rows.filter(disposition="") if is_open else rows.exclude(disposition="")
    return rows.select_related("collection", "disposed_by", "native").order_by("control_number", "pk")


def find(*, person: Person, text: str, n: int = 8) -> Sequence[Document]:
    """Return documents the person may read whose control number or digest begins with the text, at least six long."""
    text = text.strip()
    if len(text) < 6:
        return ()
    by_name = Q(control_number__istartswith=text) | Q(sha256__startswith=text.lower())
    return tuple(access.documents(person).filter(by_name).select_related("order").order_by("control_number")[:n])


def _n_running(order: WorkOrder) -> int:
    return order.collections.exclude(state=CollectionState.PUBLISHED).count()


def _counted(sentence: str, n: int) -> str:
    text = sentence.format(n=f"{n:,}")
    if n != 1:
        return text
    for many, one in ((" have", " has"), (" are", " is"), (" wait", " waits")):
        text = text.replace(many, one, 1)
    return text.replace("documents", "document").replace("families", "family").replace("exceptions", "exception")
