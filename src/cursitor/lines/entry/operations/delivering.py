"""Making the deliverable from settled records."""

from collections.abc import Iterator
from datetime import datetime

from cursitor.lines.entry import papers
from cursitor.lines.entry.package import File, Package
from cursitor.plumbing.refusal import Refusal
from cursitor.spine.people.models import Person
from cursitor.spine.work import operations as work
from cursitor.spine.work.models import Deliverable, WorkOrder


class NothingSettled(Refusal):
    """Raised when a deliverable would hold no record."""


def deliver(order: WorkOrder, by: Person, at: datetime) -> Deliverable:
    """
    Make the deliverable from how the records stand now; the same state gives the version there already is.

    Files: records as CSV, XLSX and JSON (one table for each version of the form), as keyed too; the forms; lineage of
    every value; what the rules of the form found; exceptions; the accuracy statement as PDF; a manifest with the
    SHA-256 of each.
    :raises NothingSettled: if no record is settled.
    """
    package = Package(order)
    if not package.settled:
        raise NothingSettled("No record is settled; there is nothing to deliver.")
    counts = {
        "records": len(package.settled),
        "fields": sum(len(one.values) for one in package.settled),
        "not_keyable": order.records.exclude(confirmed_by=None).count(),
    }
    return work.add_deliverable(
        order=order, files=_files(package, at), inputs_digest=package.digest, summary=counts, by=by, at=at
    )


def _files(package: Package, at: datetime) -> Iterator[File]:
    yield from package.files([("accuracy.pdf", papers.statement_pdf(package, at), "application/pdf")])
