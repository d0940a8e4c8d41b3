"""The printed parts of a release: the privilege log and the review report."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from cursitor.engines.production import privilege_log
from cursitor.lines.review import queries
from cursitor.lines.review.choices import DocumentStatus
from cursitor.lines.review.package import Package
from cursitor.plumbing import wording
from cursitor.plumbing.pdf import documents, rendering
from cursitor.spine.work.models import WorkOrder

LOG_COLUMNS = ("Log no.", "Begin", "Date", "Type", "From", "To", "CC", "Description", "Basis", "Custodian", "Reviewer")
PRINTED_LOG_ROWS = 2000


def log_pdf(package: Package, at: datetime) -> bytes:
    """Return the privilege log as PDF; of more than 2,000 entries the first, with a note that points to the XLSX."""
    places = [privilege_log.COLUMNS.index(name) for name in LOG_COLUMNS]
    entries = privilege_log.rows(package.log_entries())
    note = "* attorney. Times in UTC."
    if len(entries) > PRINTED_LOG_ROWS:
        note += f" The first {PRINTED_LOG_ROWS:,} of {len(entries):,} entries; all stand in privilege-log.xlsx."
    wide = {"From": 1.2, "To": 1.6, "CC": 1.2, "Description": 2.2, "Basis": 1.2}
    data = documents.PrivilegeLog(
        frame=_frame(package, "Privilege log", at),
        columns=[documents.Column(name, share=wide.get(name)) for name in LOG_COLUMNS],
        rows=[[entry[place] for place in places] for entry in entries[:PRINTED_LOG_ROWS]],
        facts=[
            documents.Fact("Matter", package.order.matter.caption),
            documents.Fact("Withheld", f"{len(package.withheld):,} of {len(package.leaving):,} numbered documents"),
        ],
        note=note,
    )
    return rendering.render("privilege_log", data)


def report_pdf(package: Package, at: datetime) -> bytes:
    """Return the review report: what was collected, excluded, reviewed, found and sampled, each with its counts."""
    order = package.order
    sections = (_collected(order), _exceptions(order), _reviewed(order), _found(package), _sampled(order))
    data = documents.ReviewReport(
        frame=_frame(package, "Review report", at),
        sections=[section for section in sections if section is not None],
    )
    return rendering.render("review_report", data)


def _frame(package: Package, title: str, at: datetime) -> documents.Frame:
    order = package.order
    return documents.Frame(
        issuer=order.provider.name,
        reference=order.ref,
        title=title,
        caption=order.matter.caption,
        subtitle=f"{order.title}. For {order.matter.organisation.name}.",
        created_at=at,
        foot="Times in UTC.",
        digest=package.digest,
    )


def _table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> documents.PrintedTable:
    columns = [documents.Column(names[0], share=1), *(documents.Column(name, align="right") for name in names[1:])]
    return documents.PrintedTable(columns, rows)


def _collected(order: WorkOrder) -> documents.Section:
    rows = []
    for collection in order.collections.order_by("number"):
        counts = queries.reconciliation(order=order, collection=collection)
        rows.append([f"{collection.number}. {collection.label}, {collection.custodian}", *_figures(counts)])
    total = queries.reconciliation(order=order)
    if len(rows) > 1:
        rows.append(["Together", *_figures(total)])
    says = "account for" if total.balanced else "do not account for"
    paragraph = (
        "Every item is counted once: files collected and what came out of them equal what was published, suppressed as "
        f"a copy, excluded (archives and mailboxes, whose content is their children) or listed as an exception. "
        f"The counts {says} every item."
    )
    names = ("Collection", "Files", "Children", "Published", "Copies", "Excluded", "Exceptions")
    return documents.Section("Collected", paragraphs=[paragraph], table=_table(names, rows))


def _figures(counts) -> list[str]:
    columns = ("inputs", "children", "published", "duplicates", "excluded", "exceptions")
    return [f"{getattr(counts, name):,}" for name in columns]


def _exceptions(order: WorkOrder) -> documents.Section | None:
    found = order.documents.filter(status=DocumentStatus.EXCEPTION)
    counts = Counter(found.values_list("exception_class", "disposition_note"))
    if not counts:
        return None
    rows = [[f"{name}: {note or 'not settled'}", f"{n:,}"] for (name, note), n in sorted(counts.items())]
    return documents.Section("Exceptions", table=_table(("Class and how it was settled", "Documents"), rows))


def _reviewed(order: WorkOrder) -> documents.Section:
    progress = queries.progress(order)
    facts = [documents.Fact("Read", f"{progress.done:,} of {progress.total:,} published documents")]
    for state in queries.queues(order=order):
        if state.n_done or state.n_waiting:
            words = f"{state.n_done:,} families read, {state.n_waiting:,} not"
            facts.append(documents.Fact(str(state.stage.label), words))
    latest = order.rankings.order_by("-pk").first()
    if latest is not None:
        words = f"ranking {latest.algorithm}, learnt last from {latest.n_labels:,} documents"
        facts.append(documents.Fact("Order of reading", words))
    return documents.Section("Reviewed", facts=facts)


def _found(package: Package) -> documents.Section:
    counts = queries.found(order=package.order)
    facts = [
        documents.Fact("Responsive", f"{counts.n_responsive:,} documents"),
        documents.Fact("Not responsive", f"{counts.n_not_responsive:,} documents"),
        documents.Fact("Cannot be read", f"{counts.n_unreadable:,} documents"),
        documents.Fact("Privileged", f"{counts.n_privileged:,} documents"),
        documents.Fact("Produced", f"{len(package.produced):,} documents"),
        documents.Fact("Withheld", f"{len(package.withheld):,} documents, each in the privilege log"),
    ]
    rule = "A family goes out whole when one of its members is responsive; its privileged members are withheld."
    return documents.Section("Found", paragraphs=[rule], facts=facts)


def _sampled(order: WorkOrder) -> documents.Section | None:
    state = queries.elusion(order=order)
    if state is None or state.estimate is None or state.recall is None:
        return None
    estimate, recall = state.estimate, state.recall
    population = f"{estimate.sampled:,} of {estimate.population:,} documents that had not been read"
    share = f"{estimate.found:,} of {estimate.sampled:,}; {_span(estimate.low, estimate.high)}"
    recall_words = f"{wording.per_cent(recall.estimate)}; {_span(recall.low, recall.high)}; n = {estimate.sampled:,}"
    intervals = [
        documents.Interval("Elusion", share, estimate.low, estimate.rate, estimate.high, scale=state.scale),
        documents.Interval("Recall", recall_words, recall.low, recall.estimate, recall.high, scale=1.0),
    ]
    facts = [
        documents.Fact("Sample", population),
        documents.Fact("Seed", bytes(state.sample.seed).hex()),
        documents.Fact(
            "Left behind",
            f"{estimate.remaining_low:,} to {estimate.remaining_high:,} responsive documents at 95 % confidence",
        ),
    ]
    return documents.Section("Sampled", facts=facts, intervals=intervals)


def _span(low: float, high: float) -> str:
    return f"{wording.per_cent(low, unit=False)} to {wording.per_cent(high)} at 95 %"
