"""Tell the people concerned with an invoice. A notice names the invoice, never what was done."""

from datetime import datetime

from django.urls import reverse

from cursitor.spine.ledger import access
from cursitor.spine.ledger.models import Invoice
from cursitor.spine.people import operations as people_operations
from cursitor.spine.people import queries as people
from cursitor.spine.people.choices import Role
from cursitor.spine.people.models import Person


def tell_payers(*, invoice: Invoice, text: str, at: datetime) -> None:
    """Leave a notice for the legal operations of the client who may see the invoice, and else for the attorney."""
    payers = people.members(organisation=invoice.engagement.client_id, roles={Role.LEGAL_OPERATIONS})
    for person in payers or [invoice.matter.supervising_attorney]:
        tell(person=person, invoice=invoice, text=text, at=at)


def tell(*, person: Person, invoice: Invoice, text: str, at: datetime) -> None:
    """Leave a notice for a person, unless a wall has come between them and the matter."""
    if access.invoices(person).filter(pk=invoice.pk).exists():
        people_operations.notify(person=person, text=text, link=reverse("ledger:invoice", args=[invoice.pk]), at=at)
