"""The client's word on an issued invoice: line by line, approved or disputed with a reason."""

from datetime import datetime

from django.db import transaction

from cursitor.plumbing.refusal import Invalid
from cursitor.spine.audit import operations as audit
from cursitor.spine.ledger import access
from cursitor.spine.ledger.choices import InvoiceState, LineVerdict
from cursitor.spine.ledger.models import Invoice, InvoiceLine
from cursitor.spine.ledger.operations.issuing import NotPayable
from cursitor.spine.people.models import Person

JUDGED = frozenset({InvoiceState.ISSUED, InvoiceState.DISPUTED})


def judge_line(*, line: InvoiceLine, verdict: str, reason: str, by: Person, at: datetime) -> InvoiceLine:
    """Approve or dispute one line; a dispute says why. The invoice is disputed while one of its lines is."""
    if verdict not in LineVerdict.values:
        raise Invalid(f'"{verdict}" is neither approved nor disputed.', field="verdict")
    if verdict == LineVerdict.DISPUTED and not reason.strip():
        raise Invalid("Say what is wrong with this line.", field="reason")
    with transaction.atomic():
        invoice = _locked(line.invoice, by)
        line = InvoiceLine.objects.get(pk=line.pk)
        _judge(line, verdict, reason.strip(), by, at)
        _settle(invoice)
        data = {"line": line.position, "verdict": str(verdict), "reason": reason.strip()}
        audit.record(
            event="ledger.line.judged", at=at, by=by, subject=invoice.key, matter=invoice.matter.key, data=data
        )
    return line


def approve_invoice(*, invoice: Invoice, by: Person, at: datetime) -> Invoice:
    """Approve every line not decided yet, and with them the invoice. :raises NotPayable: while a line is disputed."""
    with transaction.atomic():
        invoice = _locked(invoice, by)
        disputed = invoice.lines.filter(verdict=LineVerdict.DISPUTED).count()
        if disputed:
            raise NotPayable(f"{disputed} lines are disputed. Settle them, then approve the invoice.")
        for line in invoice.lines.filter(verdict=LineVerdict.PENDING):
            _judge(line, LineVerdict.APPROVED, "", by, at)
        _settle(invoice)
        audit.record(
            event="ledger.invoice.approved", at=at, by=by, subject=invoice.key, matter=invoice.matter.key,
            data={"number": invoice.number, "total": invoice.total_amount},
        )  # fmt: skip
    return invoice


def _judge(line: InvoiceLine, verdict: str, reason: str, by: Person, at: datetime) -> None:
    line.verdict, line.verdict_reason, line.verdict_by, line.verdict_at = verdict, reason, by, at
    line.save(update_fields=["verdict", "verdict_reason", "verdict_by", "verdict_at"])


def _settle(invoice: Invoice) -> None:
    verdicts = set(invoice.lines.values_list("verdict", flat=True))
    if LineVerdict.DISPUTED in verdicts:
        invoice.state = InvoiceState.DISPUTED
    elif verdicts == {LineVerdict.APPROVED}:
        invoice.state = InvoiceState.APPROVED
    else:
        invoice.state = InvoiceState.ISSUED
    invoice.save(update_fields=["state"])


def _locked(invoice: Invoice, by: Person) -> Invoice:
    access.require(by, invoice=invoice, to="judge")
    locked = Invoice.objects.select_for_update(of=("self",)).select_related("matter", "engagement").get(pk=invoice.pk)
    if locked.state not in JUDGED:
        raise NotPayable(f"Invoice {locked} is {locked.get_state_display().lower()}.")
    return locked
