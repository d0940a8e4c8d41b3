"""What an issued invoice looks like on paper and in the client's e-billing system."""

from datetime import timedelta
from decimal import Decimal

from cursitor.engines import money
from cursitor.engines.money import ledes as ledes_format
from cursitor.plumbing import pdf as printing
from cursitor.plumbing.pdf import documents
from cursitor.plumbing.refusal import Refusal
from cursitor.spine.ledger.choices import LineKind
from cursitor.spine.ledger.models import Invoice, InvoiceLine
from cursitor.spine.people.models import Organisation, Person

_DAY = timedelta(days=1)


class PaperRefused(Refusal):
    """Raised when an invoice cannot be written in a form that receivers take. Names line and field."""


def ledes(invoice: Invoice) -> str:
    """
    Return the invoice as LEDES 1998B (LEDES Oversight Committee, rev. 7/2014), checked as a receiver would.

    The provider stands where the format says law firm, its client where it says client.
    :raises PaperRefused: naming line and field.
    """
    try:
        text = ledes_format.write_1998b(_ledes_invoice(invoice))
    except ledes_format.LedesRefused as refused:
        raise PaperRefused(f"The LEDES file cannot be written: {refused}.") from refused
    errors = [
        finding
        for finding in ledes_format.validate_1998b(text, currency=invoice.currency)
        if finding.severity == ledes_format.ERROR
    ]
    if errors:
        raise PaperRefused(f"A receiver would refuse the LEDES file: {'; '.join(map(str, errors))}.")
    return text


def _ledes_invoice(invoice: Invoice) -> ledes_format.LedesInvoice:
    lines = [_ledes_line(line) for line in _lines(invoice)]
    matter = invoice.matter
    return ledes_format.LedesInvoice(
        number=invoice.number,
        date=invoice.issued_at.date(),
        currency=invoice.currency,
        client_id=matter.client.number,
        law_firm_matter_id=matter.number,
        law_firm_id=invoice.provider.tax_id or f"P{invoice.provider_id}",
        billing_start_date=min([invoice.period_from, *(line.date for line in lines)]),
        billing_end_date=invoice.period_to - _DAY,
        total_minor=invoice.total_amount,
        lines=tuple(lines),
        description=invoice.description,
        client_matter_id=matter.client_matter_id or matter.number,
    )


def pdf(invoice: Invoice) -> bytes:
    """Return the invoice as PDF/A, the same bytes for the same invoice."""
    return printing.render("invoice", _document(invoice))


def _document(invoice: Invoice) -> documents.Invoice:
    lines = _lines(invoice)
    currency, engagement = invoice.currency, invoice.engagement
    fees = sum(line.total_amount for line in lines if line.kind == LineKind.FEE)
    expenses = sum(line.total_amount for line in lines if line.kind == LineKind.EXPENSE)
    return documents.Invoice(
        frame=documents.Frame(
            issuer=invoice.provider.name,
            reference=invoice.number,
            title=f"Invoice {invoice.number}",
            created_at=invoice.issued_at,
            caption=invoice.matter.caption,
            subtitle=f"Matter {invoice.matter.number}, engagement {engagement.number}",
            foot="Days are counted in UTC.",
        ),
        seller=_party(invoice.provider),
        buyer=_party(engagement.client),
        facts=[
            documents.Fact("Number", invoice.number),
            documents.Fact("Date", f"{invoice.issued_at:%d %b %Y}"),
            documents.Fact("Period", f"{invoice.period_from:%d %b %Y} to {invoice.period_to - _DAY:%d %b %Y}"),
            documents.Fact("Client matter", invoice.matter.client_matter_id or invoice.matter.number),
        ],
        currency=currency,
        lines=[_printed_line(line, currency) for line in lines],
        totals=[
            documents.Total("Fees", _amount(fees, currency)),
            documents.Total("Expenses at cost", _amount(expenses, currency)),
            documents.Total("Total", _amount(invoice.total_amount, currency), is_final=True),
        ],
        payment=[f"Due {invoice.due_date:%d %b %Y}", f"Reference {invoice.number}"],
    )


def _lines(invoice: Invoice) -> list[InvoiceLine]:
    return list(invoice.lines.select_related("order", "timekeeper").order_by("position"))


def _ledes_line(line: InvoiceLine) -> ledes_format.LedesLine:
    is_fee = line.kind == LineKind.FEE
    return ledes_format.LedesLine(
        number=str(line.position),
        kind="F" if is_fee else "E",
        date=line.date,
        total_minor=line.total_amount,
        units=line.units,
        unit_cost_minor=line.unit_amount,
        adjustment_minor=line.adjustment_amount,
        description=f"{line.order.ref}: {line.description}",
        task_code=line.task_code,
        activity_code=line.activity_code,
        expense_code=line.expense_code,
        timekeeper_id=str(line.timekeeper_id or ""),
        timekeeper_name=_surname_first(line.timekeeper),
        timekeeper_classification=line.timekeeper_class,
    )


def _printed_line(line: InvoiceLine, currency: str) -> documents.InvoiceLine:
    who = f"{line.timekeeper.name}: " if line.timekeeper else ""
    less = f" (adjusted by {_amount(line.adjustment_amount, currency)}: {line.adjustment_reason})"
    return documents.InvoiceLine(
        date=f"{line.date:%d %b %Y}",
        work=f"{line.order.ref} {who}{line.description}{less if line.adjustment_amount else ''}",
        quantity=line.units_words + (" h" if line.minutes else ""),
        rate=_figures(line.unit_amount, currency),
        amount=_figures(line.total_amount, currency),
    )


def _party(organisation: Organisation) -> documents.Party:
    tax = [f"Tax number {organisation.tax_id}"] if organisation.tax_id else []
    return documents.Party(organisation.name, [*organisation.address.splitlines(), *tax])


def _surname_first(person: Person | None) -> str:
    if person is None:
        return ""
    first, _, surname = person.name.rpartition(" ")
    return f"{surname}, {first}"[:30] if first else surname


def _amount(minor: int, currency: str) -> str:
    return f"{_figures(minor, currency)} {currency}"


def _figures(minor: int, currency: str) -> str:
    return f"{Decimal(money.decimal_text(minor, currency)):,f}".replace("-", "\N{MINUS SIGN}")
