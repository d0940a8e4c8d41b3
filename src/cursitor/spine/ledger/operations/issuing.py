"""Give a draft its number, its PDF and its LEDES file, or make an issued invoice void."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction

from cursitor.plumbing.refusal import Invalid, NotVisible, Refusal
from cursitor.plumbing.series import operations as series
from cursitor.plumbing.vault import operations as vault
from cursitor.spine.audit import operations as audit
from cursitor.spine.ledger import access, papers, queries
from cursitor.spine.ledger.choices import InvoiceState
from cursitor.spine.ledger.models import BilledUnit, Invoice
from cursitor.spine.ledger.operations import notices
from cursitor.spine.people.models import Person


class NotADraft(Refusal):
    """Raised when an invoice that has been issued is asked to change."""


class NotPayable(Refusal):
    """Raised when an invoice is asked for a step that its state does not allow."""


def issue_invoice(*, invoice: Invoice, by: Person, at: datetime) -> Invoice:
    """
    Issue a draft: the next number of the provider without gaps, a due date, PDF and LEDES 1998B in the vault.

    If either paper cannot be made the number is not used. :raises papers.PaperRefused: naming line and field.
    """
    access.require(by, invoice=invoice, to="issue")
    with transaction.atomic():
        invoice = _locked(invoice)
        if invoice.state != InvoiceState.DRAFT:
            raise NotADraft(f"Invoice {invoice} has been issued.")
        if not invoice.lines.exists():
            raise Invalid("An invoice needs at least one line.")
        if invoice.total_amount < 0:
            raise NotPayable("The credits are more than what is billed. Discard the draft and bill a longer period.")
        year = at.year
        taken = series.take(name=f"invoice:{invoice.provider_id}:{year}")
        invoice.number = f"{year}-{taken:05d}"
        invoice.issued_at = at
        days = invoice.lines.order_by("position").first().order.terms.payment_days
        invoice.due_date = at.date() + timedelta(days=days)
        scope = invoice.matter.key
        invoice.ledes = vault.put(scope=scope, source=papers.ledes(invoice).encode("ascii"), at=at)
        invoice.pdf = vault.put(scope=scope, source=papers.pdf(invoice), at=at)
        invoice.state = InvoiceState.ISSUED
        invoice.save()
        data = {"number": invoice.number, "total": invoice.total_amount, "currency": invoice.currency}
        data |= {"pdf_sha256": invoice.pdf.sha256, "ledes_sha256": invoice.ledes.sha256}
        audit.record(
            event="ledger.invoice.issued", at=at, by=by, subject=invoice.key, matter=invoice.matter.key, data=data
        )
        notices.tell_payers(invoice=invoice, text=f"Invoice {invoice.number} waits for your approval", at=at)
    return invoice


def void_invoice(*, invoice: Invoice, reason: str, by: Person, at: datetime) -> Invoice:
    """
    Make an issued invoice void: its number stays used, and what it billed may be billed again.

    :raises NotPayable: once it is approved, or while a credit granted on one of its lines stands on another invoice.
    """
    access.require(by, invoice=invoice, to="issue")
    if not reason.strip():
        raise Invalid("Say why the invoice is void.", field="reason")
    with transaction.atomic():
        invoice = _locked(invoice)
        if invoice.state not in {InvoiceState.ISSUED, InvoiceState.DISPUTED}:
            raise NotPayable(f"Invoice {invoice} is {invoice.get_state_display().lower()} and cannot be made void.")
        credited = queries.credits_billed(invoice)
        if credited:
            raise NotPayable(f"A credit for {invoice} stands on {credited[0].invoice}, so {invoice} stays.")
        invoice.state, invoice.void_reason = InvoiceState.VOID, reason.strip()
        invoice.save(update_fields=["state", "void_reason"])
        invoice.lines.update(is_live=False)
        BilledUnit.objects.filter(line__invoice=invoice).update(is_live=False)
        data = {"number": invoice.number, "reason": reason.strip()}
        audit.record(
            event="ledger.invoice.voided", at=at, by=by, subject=invoice.key, matter=invoice.matter.key, data=data
        )
        notices.tell_payers(invoice=invoice, text=f"Invoice {invoice.number} has been made void", at=at)
    return invoice


def download_paper(*, invoice: Invoice, paper: str, by: Person, at: datetime) -> Iterator[bytes]:
    """Yield the bytes of an issued invoice's PDF or LEDES file and write to the log who took it. paper: pdf, ledes."""
    access.require(by, invoice=invoice, to="view")
    blob = {"pdf": invoice.pdf, "ledes": invoice.ledes}.get(paper)
    if blob is None:
        raise NotVisible
    data = {"paper": paper, "sha256": blob.sha256}
    with transaction.atomic():
        audit.record(
            event="ledger.invoice.downloaded", at=at, by=by, subject=invoice.key, matter=invoice.matter.key, data=data
        )
    return vault.chunks(blob)


def _locked(invoice: Invoice) -> Invoice:
    found = Invoice.objects.select_for_update(of=("self",))
    return found.select_related("matter__client", "engagement__client", "provider").get(pk=invoice.pk)
