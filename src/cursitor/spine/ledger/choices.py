from django.db import models
from django.utils.translation import gettext_lazy as _

from cursitor.spine.work.choices import ENDED_STATES, OrderState

TIMED_STATES = frozenset(OrderState) - ENDED_STATES - {OrderState.DRAFT, OrderState.ISSUED}
"""States of an order in which time and expenses are taken."""


class InvoiceState(models.TextChoices):
    DRAFT = "DRAFT", _("Draft")
    ISSUED = "ISSUED", _("Issued")
    APPROVED = "APPROVED", _("Approved")
    DISPUTED = "DISPUTED", _("Disputed")
    VOID = "VOID", _("Void")


class LineKind(models.TextChoices):
    FEE = "FEE", _("Fee")
    EXPENSE = "EXPENSE", _("Expense")


class LineVerdict(models.TextChoices):
    PENDING = "PENDING", _("Pending")
    APPROVED = "APPROVED", _("Approved")
    DISPUTED = "DISPUTED", _("Disputed")


EVENTS = {
    "ledger.timer.started": _("started a timer"),
    "ledger.timer.stopped": _("stopped the timer"),
    "ledger.time.entered": _("entered time"),
    "ledger.time.withdrawn": _("withdrew time"),
    "ledger.expense.entered": _("entered an expense"),
    "ledger.expense.withdrawn": _("withdrew an expense"),
    "ledger.invoice.drafted": _("drafted an invoice"),
    "ledger.invoice.discarded": _("discarded a draft invoice"),
    "ledger.invoice.issued": _("issued an invoice"),
    "ledger.invoice.downloaded": _("downloaded an invoice"),
    "ledger.invoice.voided": _("made an invoice void"),
    "ledger.invoice.approved": _("approved an invoice"),
    "ledger.line.adjusted": _("adjusted a line of a draft invoice"),
    "ledger.line.judged": _("gave a verdict on a line of an invoice"),
    "ledger.dispute.answered": _("answered a disputed line of an invoice"),
}

PRIVATE_EVENTS = frozenset(
    {
        "ledger.timer.started",
        "ledger.timer.stopped",
        "ledger.time.entered",
        "ledger.time.withdrawn",
        "ledger.expense.entered",
        "ledger.expense.withdrawn",
        "ledger.invoice.drafted",
        "ledger.invoice.discarded",
        "ledger.line.adjusted",
    }
)
