"""Making the release, and opening again what must be decided anew."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from cursitor.lines.review import access, papers
from cursitor.lines.review.models import Family
from cursitor.lines.review.operations import coding
from cursitor.lines.review.package import Package
from cursitor.plumbing.refusal import Invalid, Refusal
from cursitor.spine.audit import operations as audit
from cursitor.spine.people.models import Person
from cursitor.spine.work import leases
from cursitor.spine.work import operations as work
from cursitor.spine.work.choices import OrderState
from cursitor.spine.work.models import Deliverable, WorkOrder


class GateShut(Refusal):
    """Raised when the release gates find something in the package that must not leave so. Names each with its count."""


def deliver(order: WorkOrder, by: Person, at: datetime) -> Deliverable:
    """
    Make the release from how the documents stand now; the same state gives the version there already is.

    Files: natives and texts under begin numbers, DAT and CSV load files with coding, the coding and the exceptions as
    lists, the privilege log as XLSX and PDF, the review report as PDF, and a manifest with the SHA-256 of each.
    :raises GateShut: naming what stands in the way.
    """
    package = Package(order, coding.current_layout(order.pk))
    if shut := package.blockers():
        raise GateShut(" ".join(blocker.sentence for blocker in shut))
    return work.add_deliverable(
        order=order,
        files=_files(package, at),
        inputs_digest=package.digest,
        summary={
            "documents": len(package.documents),
            "produced": len(package.produced),
            "withheld": len(package.withheld),
            "excluded": len(package.documents) - len(package.leaving),
        },
        by=by,
        at=at,
    )


def reopen(*, order: WorkOrder, families: Iterable[int], reason: str, by: Person, at: datetime) -> int:
    """
    Put families back into their queues, codes and all, to be decided anew; return how many.

    families: numbers of families whose first reading is done. reason: why, for the log.
    """
    if not reason.strip():
        raise Invalid("Say why these families must be read again.", field="reason")
    with transaction.atomic():
        order = WorkOrder.objects.select_for_update().get(pk=order.pk)
        access.require(by, order=order, to="draw")
        if order.state != OrderState.IN_PROGRESS:
            raise leases.OrderNotOpen(f"{order.ref} is not in progress; send it back to work first.")
        done = Family.objects.filter(order=order, number__in=list(families)).exclude(first_done_at=None)
        numbers = sorted(done.values_list("number", flat=True))
        done.update(first_done_at=None, first_doer=None, privilege_done_at=None, needs_privilege=False, rank=1)
        if numbers:
            data = {"families": numbers, "reason": reason.strip()[:300]}
            audit.record(
                event="review.family.reopened", at=at, by=by, subject=order.key, matter=order.matter.key, data=data
            )
    return len(numbers)


def _files(package: Package, at: datetime):
    printed = [("review-report.pdf", papers.report_pdf(package, at), "application/pdf")]
    if package.withheld:
        printed.append(("privilege-log.pdf", papers.log_pdf(package, at), "application/pdf"))
    yield from package.files(printed)
