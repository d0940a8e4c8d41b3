"""Who sees time, expenses and invoices: each party its own side of an engagement, people their own time."""

from django.db.models import Q, QuerySet

from cursitor.plumbing.refusal import NotPermitted, NotVisible
from cursitor.spine.engagements import access as engagement_access
from cursitor.spine.engagements.models import Engagement
from cursitor.spine.ledger.choices import TIMED_STATES, InvoiceState
from cursitor.spine.ledger.models import Expense, Invoice, InvoiceLine, TimeEntry
from cursitor.spine.people import access as people_access
from cursitor.spine.people.choices import Role
from cursitor.spine.people.models import Person
from cursitor.spine.work import access as work_access
from cursitor.spine.work.models import WorkOrder

BILLING = frozenset({Role.PROVIDER_FINANCE, Role.DELIVERY_MANAGER})
ISSUING = frozenset({Role.PROVIDER_FINANCE})
PAYING = frozenset({Role.LEGAL_OPERATIONS, Role.SUPERVISING_ATTORNEY})
PROVIDER_VERBS = {
    "edit": (BILLING, "change a draft"),
    "issue": (ISSUING, "issue or void an invoice"),
    "answer": (ISSUING, "answer a disputed line"),
}


def invoices(person: Person) -> QuerySet[Invoice]:
    """Return the provider's invoices to its finance and managers, and to the client those that have been issued."""
    provider = people_access.organisations_with_role(person, BILLING)
    client = people_access.organisations_with_role(person, PAYING)
    seen = Q(provider__in=provider) | (Q(engagement__client__in=client) & ~Q(issued_at=None))
    return Invoice.objects.filter(seen, matter__in=engagement_access.matters(person).values("pk"))


def invoices_to_judge(person: Person) -> QuerySet[Invoice]:
    """Return the issued invoices on which the client's word is this person's."""
    client = people_access.organisations_with_role(person, PAYING)
    return invoices(person).filter(engagement__client__in=client)


def invoices_to_answer(person: Person) -> QuerySet[Invoice]:
    """Return the provider's invoices that this person issues and answers for."""
    provider = people_access.organisations_with_role(person, ISSUING)
    return invoices(person).filter(provider__in=provider)


def invoice_for(person: Person, pk: int, to: str = "view") -> Invoice:
    """
    Return an invoice for a verb: view, edit (a draft), issue (or make void), answer (a dispute), judge.

    :raises NotVisible: when the person may not see it. :raises NotPermitted: when the verb is not theirs.
    """
    found = invoices(person).filter(pk=pk).select_related("engagement", "matter__client", "provider").first()
    if found is None:
        raise NotVisible
    require(person, invoice=found, to=to)
    return found


def may(person: Person, *, invoice: Invoice, to: str) -> bool:
    """Return whether `require` lets the person do it."""
    try:
        require(person, invoice=invoice, to=to)
    except (NotPermitted, NotVisible):
        return False
    return True


def line_for(person: Person, pk: int, to: str) -> InvoiceLine:
    found = InvoiceLine.objects.filter(pk=pk, invoice__in=invoices(person).values("pk"))
    line = found.select_related("invoice__engagement", "invoice__matter").first()
    if line is None:
        raise NotVisible
    require(person, invoice=line.invoice, to=to)
    return line


def require(person: Person, *, invoice: Invoice, to: str) -> None:
    """
    Check, within an operation, that the verb is the person's and that no wall stands between them and the matter.

    :raises NotVisible: behind a wall. :raises NotPermitted: naming who may.
    """
    if invoice.matter.walls.filter(person=person, lifted_at=None).exists():
        raise NotVisible
    if to in PROVIDER_VERBS:
        roles, act = PROVIDER_VERBS[to]
        people_access.require_role(person, organisation=invoice.provider_id, roles=roles, act=act)
    elif to == "judge":
        client = invoice.engagement.client_id
        people_access.require_role(person, organisation=client, roles=PAYING, act="approve or dispute an invoice")
        if invoice.state == InvoiceState.DRAFT:
            raise NotPermitted("A draft has not been sent to you.")


def sees_money(person: Person) -> bool:
    """Say whether invoices and spend are for the person's eyes, of whatever organisation."""
    return bool(people_access.organisations_with_role(person, BILLING | PAYING))


def orders_to_work(person: Person) -> QuerySet[WorkOrder]:
    """Return the orders on which the person may take time now."""
    doing = people_access.organisations_with_role(person, work_access.DOING)
    return work_access.orders(person).filter(provider__in=doing, state__in=TIMED_STATES)


def order_for(person: Person, ref: str) -> WorkOrder:
    """Return an order whose money the person may see: the client's side, the provider's managers and finance."""
    return work_access.order_for(person, ref, to="see_money")


def orders_billed(person: Person) -> QuerySet[WorkOrder]:
    """Return the orders whose money the person may see, of every engagement."""
    provider = people_access.organisations_with_role(person, BILLING)
    client = people_access.organisations_with_role(person, PAYING)
    seen = Q(provider__in=provider) | Q(matter__organisation__in=client)
    return work_access.orders(person).filter(seen)


def engagements_billed(person: Person) -> QuerySet[Engagement]:
    """Return the engagements that the person may draft invoices for."""
    provider = people_access.organisations_with_role(person, BILLING)
    return engagement_access.engagements(person).filter(provider__in=provider)


def time_entries(person: Person) -> QuerySet[TimeEntry]:
    """Return the person's own time, and all time of their provider's orders to those who bill it."""
    provider = people_access.organisations_with_role(person, BILLING)
    visible = Q(order__provider__in=provider, order__matter__in=engagement_access.matters(person).values("pk"))
    return TimeEntry.objects.filter(Q(person=person) | visible)


def time_entry_for(person: Person, pk: int) -> TimeEntry:
    found = time_entries(person).filter(pk=pk).select_related("order__matter").first()
    if found is None:
        raise NotVisible
    return found


def expenses(person: Person) -> QuerySet[Expense]:
    provider = people_access.organisations_with_role(person, BILLING)
    visible = Q(order__provider__in=provider, order__matter__in=engagement_access.matters(person).values("pk"))
    return Expense.objects.filter(Q(entered_by=person) | visible)


def expense_for(person: Person, pk: int) -> Expense:
    found = expenses(person).filter(pk=pk).select_related("order__matter").first()
    if found is None:
        raise NotVisible
    return found
