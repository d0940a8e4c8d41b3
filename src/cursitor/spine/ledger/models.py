from datetime import date, timedelta

from django.db import models
from django.db.models import F, Q

from cursitor.plumbing.vault.models import Blob
from cursitor.spine.engagements.models import Engagement, Matter
from cursitor.spine.ledger.choices import InvoiceState, LineKind, LineVerdict
from cursitor.spine.people.models import Organisation, Person
from cursitor.spine.work.models import Task, WorkOrder


class TimeEntry(models.Model):
    """Time of a person on an order: a half-open span [began_at, ended_at). A running timer has no end yet."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="time_entries")
    order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="time_entries")
    task = models.ForeignKey(Task, on_delete=models.PROTECT, null=True, blank=True, related_name="time_entries")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    minutes = models.PositiveIntegerField(
        default=0, help_text="raw minutes, rounded up to the whole minute, never to an increment"
    )
    narrative = models.CharField(max_length=500, blank=True)
    activity = models.CharField(max_length=10, blank=True, help_text="UTBMS activity code")
    task_code = models.CharField(max_length=10, blank=True, help_text="UTBMS task code")
    is_manual = models.BooleanField(default=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(ended_at=None, withdrawn_at=None),
                name="time_one_running_timer_per_person",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gt=F("began_at")), name="time_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.minutes} min of {self.person} on {self.order.ref}"


class Expense(models.Model):
    """An outlay, billed at actual cost (ABA Formal Opinions 93-379 and 00-420)."""

    order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="expenses")
    entered_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    date = models.DateField()
    code = models.CharField(max_length=10, help_text="UTBMS expense code")
    description = models.CharField(max_length=300)
    units = models.PositiveIntegerField(default=1)
    unit_amount = models.PositiveBigIntegerField(help_text="minor units")
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.description} on {self.order.ref}"


class Invoice(models.Model):
    """What a provider asks of a client for a period of an engagement. Once issued, the database refuses changes."""

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="invoices")
    matter = models.ForeignKey(
        Matter, on_delete=models.PROTECT, related_name="invoices", help_text="receivers refuse an invoice over several"
    )
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="invoices")
    number = models.CharField(max_length=20, blank=True, help_text="given at issue, gap-free per provider")
    currency = models.CharField(max_length=3)
    period_from = models.DateField()
    period_to = models.DateField(help_text="first day no longer billed")
    state = models.CharField(max_length=10, choices=InvoiceState, default=InvoiceState.DRAFT)
    description = models.CharField(max_length=300, blank=True)
    total_amount = models.BigIntegerField(default=0, help_text="minor units")
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    issued_at = models.DateTimeField(null=True, blank=True)
    due_date = models.DateField(null=True, blank=True)
    void_reason = models.CharField(max_length=300, blank=True)
    pdf = models.ForeignKey(Blob, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    ledes = models.ForeignKey(Blob, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "number"], condition=~Q(number=""), name="invoice_number_once"),
            models.CheckConstraint(
                condition=Q(state=InvoiceState.DRAFT) | Q(state=InvoiceState.VOID, issued_at=None) | ~Q(number=""),
                name="invoice_issued_has_a_number",
            ),
            models.CheckConstraint(
                condition=~Q(state=InvoiceState.VOID) | ~Q(void_reason=""), name="invoice_void_has_a_reason"
            ),
            models.CheckConstraint(condition=Q(period_to__gt=F("period_from")), name="invoice_period_is_not_empty"),
        ]

    def __str__(self) -> str:
        return self.number or f"draft {self.pk}"

    @property
    def key(self) -> str:
        return f"invoice:{self.pk}"

    @property
    def last_day(self) -> date:
        """The last day that is billed."""
        return self.period_to - timedelta(days=1)


class InvoiceLine(models.Model):
    """
    A fee or an expense. `source` names what it bills (time:12, units:..., expense:3, fixed:WO-7, credit:5), once only.

    total = units x unit_amount + adjustment, in minor units; hours are kept in hundredths so that units stay exact.
    """

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveIntegerField()
    order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=7, choices=LineKind)
    source = models.CharField(max_length=400)
    is_live = models.BooleanField(default=True, help_text="false on a void invoice: what it billed may be billed again")
    item = models.CharField(max_length=60, blank=True, help_text="line of the rate card of a fee")
    date = models.DateField()
    minutes = models.PositiveIntegerField(default=0, help_text="billed minutes of a fee by the hour")
    units = models.DecimalField(max_digits=12, decimal_places=4)
    unit_amount = models.PositiveBigIntegerField(help_text="minor units")
    adjustment_amount = models.BigIntegerField(default=0, help_text="minor units, negative: a discount")
    adjustment_reason = models.CharField(max_length=300, blank=True)
    total_amount = models.BigIntegerField(help_text="minor units")
    description = models.CharField(max_length=500)
    timekeeper = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    timekeeper_class = models.CharField(max_length=10, blank=True)
    task_code = models.CharField(max_length=10, blank=True)
    activity_code = models.CharField(max_length=10, blank=True)
    expense_code = models.CharField(max_length=10, blank=True)
    verdict = models.CharField(max_length=8, choices=LineVerdict, default=LineVerdict.PENDING)
    verdict_reason = models.CharField(max_length=300, blank=True)
    verdict_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    verdict_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["invoice", "position"], name="invoice_line_position_once"),
            models.UniqueConstraint(fields=["source"], condition=Q(is_live=True), name="invoice_source_billed_once"),
            models.CheckConstraint(
                condition=Q(adjustment_amount=0) | ~Q(adjustment_reason=""),
                name="invoice_adjustment_has_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(verdict=LineVerdict.DISPUTED) | ~Q(verdict_reason=""),
                name="invoice_dispute_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invoice} line {self.position}"

    @property
    def units_words(self) -> str:
        """The units without zeros that say nothing: "0.9", "1,200"."""
        return f"{self.units.normalize():,f}"

    @property
    def is_credit(self) -> bool:
        """Whether the line gives a credit granted on an earlier invoice."""
        return self.source.startswith("credit:")


class BilledUnit(models.Model):
    """A unit of work that an invoice line bills: once only while the line lives."""

    line = models.ForeignKey(InvoiceLine, on_delete=models.CASCADE, related_name="billed_units")
    order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=160)
    is_live = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "key"], condition=Q(is_live=True), name="unit_billed_once"),
        ]

    def __str__(self) -> str:
        return self.key


class DisputeAnswer(models.Model):
    """
    What the provider answers to a disputed line of an invoice, with the credit it grants, if any.

    The invoice itself never changes: a credit becomes a line of the next draft of the same matter. Never changed.
    """

    line = models.ForeignKey(InvoiceLine, on_delete=models.PROTECT, related_name="answers")
    text = models.CharField(max_length=300)
    credit_amount = models.PositiveBigIntegerField(default=0, help_text="minor units")
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"answer to {self.line}"
