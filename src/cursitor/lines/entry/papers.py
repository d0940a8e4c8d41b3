"""The printed part of a delivery: how accurate the data are, by which measure, and what was left out."""

from datetime import datetime

from django.db.models import Count

from cursitor.lines.entry import queries
from cursitor.lines.entry.choices import How, Stage
from cursitor.lines.entry.models import Value
from cursitor.lines.entry.package import Package
from cursitor.plumbing import wording
from cursitor.plumbing.pdf import documents, rendering


def statement_pdf(package: Package, at: datetime) -> bytes:
    """Return the accuracy statement: what was keyed, how it was settled, how often keyers erred, each with its n."""
    order, figures = package.order, queries.overall(order=package.order)
    frame = documents.Frame(
        issuer=order.provider.name,
        reference=order.ref,
        title="Accuracy statement",
        caption=order.matter.caption,
        subtitle=f"{order.title}. For {order.matter.organisation.name}.",
        created_at=at,
        foot="Times in UTC.",
        digest=package.digest,
    )
    sections = (_keyed(package), _settled(package), *map(_measured, figures.sources), _recognised(figures))
    return rendering.render(
        "review_report", documents.ReviewReport(frame=frame, sections=[one for one in sections if one])
    )


def _keyed(package: Package) -> documents.Section:
    counts = queries.reconciliation(order=package.order)
    says = "account for" if counts.balanced else "do not account for"
    facts = [
        documents.Fact(
            "Files",
            f"{counts.files:,}: {counts.rendered:,} rendered, {counts.opened:,} opened, "
            f"{counts.exceptions:,} listed as exceptions",
        ),
        documents.Fact(
            "Records", f"{counts.records:,}: {counts.done:,} settled, {counts.set_aside:,} could not be keyed"
        ),
    ]
    paragraph = f"Every file and every record is counted once. The counts {says} every one."
    return documents.Section("Keyed", paragraphs=[paragraph], facts=facts)


def _settled(package: Package) -> documents.Section:
    found = Value.objects.filter(record__order=package.order, record__stage=Stage.DONE).order_by()
    counts = {row["how"]: row["n"] for row in found.values("how").annotate(n=Count("pk"))}
    n = sum(counts.values())
    facts = [documents.Fact(str(how.label), f"{counts[how]:,} of {n:,} fields") for how in How if how in counts]
    n_flagged = found.filter(is_unreadable=True).count()
    rule = (
        "Two keyers worked without seeing each other; where they differ a third person decided. "
        "No machine settled a difference."
    )
    return documents.Section(
        "Settled", paragraphs=[rule], facts=[*facts, documents.Fact("Unreadable on the page", f"{n_flagged:,} fields")]
    )


def _measured(source: queries.Source) -> documents.Section | None:
    if not source.total.n:
        return None
    groups = [queries.Group("All fields", source.total), *source.groups[queries.FIELD]]
    bars = [_interval(group, source.scale) for group in groups]
    return documents.Section(source.name, paragraphs=[source.about], intervals=bars)


def _interval(group: queries.Group, scale: float) -> documents.Interval:
    rate = group.rate
    span = f"{wording.per_cent(rate.low, unit=False)} to {wording.per_cent(rate.high)} at 95 %"
    words = f"{rate.errors:,} of {rate.n:,}; {span}"
    return documents.Interval(group.name[:60], words, rate.low, rate.share, rate.high, scale=scale)


def _recognised(figures: queries.Accuracy) -> documents.Section | None:
    guessed = figures.prefilled
    if not guessed.n_prefilled:
        return None
    facts = [
        documents.Fact("Filled in by recognition", f"{guessed.n_prefilled:,} of {guessed.n:,} fields"),
        documents.Fact("Changed by the first keyer", f"{guessed.n_corrected:,} of {guessed.n_prefilled:,}"),
    ]
    rule = "Recognition only prepared the first keying. Every field was looked at by a person."
    return documents.Section("Recognition", paragraphs=[rule], facts=facts)
