"""The client's word on an issued invoice: line by line, approved or disputed with a reason."""

from datetime import datetime

from django.db import transaction

from cursitor.plumbing.refusal import Invalid, Refusal
from cursitor.spine.audit import operations as audit
from cursitor.spine.ledger import access, queries
from cursitor.spine.ledger.choices import InvoiceState, LineVerdict
from cursitor.spine.ledger.models import DisputeAnswer, Invoice, InvoiceLine
from cursitor.spine.ledger.operations import notices
from cursitor.spine.ledger.operations.issuing import NotPayable
from cursitor.spine.people.models import Person


class NotDisputed(Refusal):
    """Raised when a line is answered that nobody disputes."""


JUDGED = frozenset({InvoiceState.ISSUED, InvoiceState.DISPUTED})


def judge_line(*, line: InvoiceLine, verdict: str, reason: str, by: Person, at: datetime) -> InvoiceLine:
    """Approve or dispute one line; a dispute says why. The invoice is disputed while one of its lines is."""
    if verdict not in {LineVerdict.APPROVED, LineVerdict.DISPUTED}:
        raise Invalid(f'"{verdict}" is neither approved nor disputed.', field="verdict")
    if verdict == LineVerdict.DISPUTED and not reason.strip():
        raise Invalid("Say what is wrong with this line.", field="reason")
    with transaction.atomic():
        access.require(by, invoice=line.invoice, to="judge")
        invoice = _locked(line.invoice)
        line = InvoiceLine.objects.get(pk=line.pk)
        _judge(line, verdict, reason.strip(), by, at)
        _settle(invoice)
        data = {"line": line.position, "verdict": str(verdict), "reason": reason.strip()}
        audit.record(
            event="ledger.line.judged", at=at, by=by, subject=invoice.key, matter=invoice.matter.key, data=data
        )
        if verdict == LineVerdict.DISPUTED:
            text = f"Line {line.position} of invoice {invoice.number} is disputed"
            notices.tell(person=invoice.made_by, invoice=invoice, text=text, at=at)
    return line


def answer_dispute(*, line: InvoiceLine, text: str, by: Person, at: datetime, credit_amount: int = 0) -> DisputeAnswer:
    """
    Answer a disputed line, with or without a credit in minor units; the client then approves the line or does not.

    The issued invoice stays as it is: the credit becomes a line of the next draft of the same matter.
    """
    access.require(by, invoice=line.invoice, to="answer")
    if not text.strip():
        raise Invalid("Say what you answer.", field="text")
    with transaction.atomic():
        invoice = _locked(line.invoice)
        line = InvoiceLine.objects.select_related("order").get(pk=line.pk)
        if invoice.state != InvoiceState.DISPUTED or line.verdict != LineVerdict.DISPUTED:
            raise NotDisputed(f"Line {line.position} of invoice {invoice.number} is not disputed.")
        left = queries.creditable(line)
        if not 0 <= credit_amount <= left:
            raise Invalid("A credit cannot be more than what is left of the line.", field="credit_amount")
        answer = DisputeAnswer.objects.create(line=line, text=text.strip(), credit_amount=credit_amount, by=by, at=at)
        data = {"line": line.position, "answer": text.strip(), "credit": credit_amount}
        audit.record(
            event="ledger.dispute.answered", at=at, by=by, subject=invoice.key, matter=invoice.matter.key, data=data
        )
        text = f"Your dispute of line {line.position} of invoice {invoice.number} has been answered"
        notices.tell(person=line.verdict_by, invoice=invoice, text=text, at=at)
    return answer


def approve_invoice(*, invoice: Invoice, by: Person, at: datetime) -> Invoice:
    """Approve every line not decided yet, and with them the invoice. :raises NotPayable: while a line is disputed."""
    with transaction.atomic():
        access.require(by, invoice=invoice, to="judge")
        invoice = _locked(invoice)
        disputed = invoice.lines.filter(verdict=LineVerdict.DISPUTED).count()
        if disputed:
            which = "One line is" if disputed == 1 else f"{disputed} lines are"
            raise NotPayable(f"{which} disputed. Settle this first, then approve the invoice.")
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


def _locked(invoice: Invoice) -> Invoice:
    locked = Invoice.objects.select_for_update(of=("self",)).select_related("matter", "engagement").get(pk=invoice.pk)
    if locked.state not in JUDGED:
        raise NotPayable(f"Invoice {locked} is {locked.get_state_display().lower()}.")
    return locked
