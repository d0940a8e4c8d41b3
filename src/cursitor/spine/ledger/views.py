"""Time, expenses, invoices, disputes and spend: HTTP to operations and back."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from cursitor.engines import money
from cursitor.plumbing import answers, exchange
from cursitor.spine.ledger import access, forms, operations
from cursitor.spine.ledger.choices import InvoiceState, LineVerdict
from cursitor.spine.ledger.models import Expense, Invoice, InvoiceLine, TimeEntry
from cursitor.spine.ledger.queries import pages
from cursitor.spine.work.queries import pages as work_pages

PER_PAGE, LINES_PER_PAGE = 50, 200
TIME_COLUMNS = (
    *("Person", "Order", "Title", "Matter", "From", "To", "Minutes", "Entered by hand", "Narrative", "Activity"),
    *("Task code", "Withdrawn", "Invoice"),
)
EXPENSE_COLUMNS = (
    "Day",
    "Order",
    "Matter",
    "Code",
    "Description",
    "Units",
    "Each",
    "Currency",
    "Entered by",
    "Invoice",
)
INVOICE_COLUMNS = (
    *("Number", "State", "Provider", "Client", "Matter", "Engagement", "From", "To before", "Issued", "Due", "Lines"),
    *("Disputed lines", "Total", "Currency"),
)
LINE_COLUMNS = (
    *(
        "Invoice",
        "Line",
        "Order",
        "Kind",
        "Date",
        "Timekeeper",
        "Class",
        "Work",
        "Task",
        "Activity",
        "Expense",
        "Units",
    ),
    *("Rate", "Adjustment", "Reason", "Amount", "Currency", "Verdict", "Verdict reason", "Credit granted"),
)
SPEND_COLUMNS = ("Engagement", "Order", "Title", "Matter", "Budget", "Invoiced", "Not invoiced", "Total", "Currency")
RATE_COLUMNS = ("Engagement", "Client", "Provider", "Version", "From", "Basis", "Item", "Amount", "Currency")
PAPERS = {"pdf": ("pdf", "application/pdf"), "ledes": ("txt", "text/plain")}


@require_safe
def time(request: HttpRequest) -> HttpResponse:
    asked = _asked(request, "text", "show", "whose")
    today, week = pages.minutes_of(request.user, timezone.now())
    start = forms.StartForm(request.user)
    values = {
        "page": _paged(request, pages.time_list(request.user, **asked)),
        "asked": asked,
        "running": pages.running(request.user),
        "start": start,
        "stop": forms.StopForm(),
        "may_work": start.fields["order"].queryset.exists(),
        "today": timedelta(minutes=today),
        "week": timedelta(minutes=week),
    }
    return _list(request, "time", values)


@require_safe
def export_time(request: HttpRequest, form: str) -> HttpResponse:
    listed = pages.time_list(request.user, **_asked(request, "text", "show", "whose"))
    table = exchange.Table("Time", TIME_COLUMNS, map(_time_cells, listed.iterator(chunk_size=500)))
    return answers.table(table, form, name="time")


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    form = forms.StartForm(request.user, request.POST)
    if answers.does(form, lambda: operations.start_timer(order=form.cleaned_data["order"], **_by(request))):
        return redirect("ledger:time")
    return _form(request, form, title="Start a timer", verb="Start", back="ledger:time")


@require_POST
def stop(request: HttpRequest) -> HttpResponse:
    form = forms.StopForm(request.POST)
    if answers.does(form, lambda: operations.stop_timer(**form.cleaned_data, **_by(request))):
        return redirect("ledger:time")
    return _form(request, form, title="Stop the timer", verb="Stop", back="ledger:time")


def enter_time(request: HttpRequest) -> HttpResponse:
    initial = {"day": timezone.localdate(timezone=_zone(request)), "order": request.GET.get("order")}
    form = forms.TimeForm(request.user, request.POST or None, initial=initial)
    if answers.does(form, lambda: operations.enter_time(**form.values(), **_by(request))):
        return redirect("ledger:time")
    return _form(request, form, title="Enter time", verb="Enter", back="ledger:time")


@require_POST
def withdraw_time(request: HttpRequest, pk: int) -> HttpResponse:
    operations.withdraw_time(entry=access.time_entry_for(request.user, pk), **_by(request))
    return redirect("ledger:time")


@require_safe
def expenses(request: HttpRequest) -> HttpResponse:
    asked = _asked(request, "text", "show")
    values = {"page": _paged(request, pages.expense_list(request.user, **asked)), "asked": asked}
    values["may_work"] = access.orders_to_work(request.user).exists()
    return _list(request, "expenses", values)


@require_safe
def export_expenses(request: HttpRequest, form: str) -> HttpResponse:
    listed = pages.expense_list(request.user, **_asked(request, "text", "show"))
    table = exchange.Table("Expenses", EXPENSE_COLUMNS, map(_expense_cells, listed.iterator(chunk_size=500)))
    return answers.table(table, form, name="expenses")


def enter_expense(request: HttpRequest) -> HttpResponse:
    initial = {"day": timezone.localdate(timezone=_zone(request)), "order": request.GET.get("order")}
    form = forms.ExpenseForm(request.user, request.POST or None, initial=initial)
    if answers.does(form, lambda: operations.enter_expense(**form.cleaned_data, **_by(request))):
        return redirect("ledger:expenses")
    return _form(request, form, title="Enter an expense", verb="Enter", back="ledger:expenses")


@require_POST
def withdraw_expense(request: HttpRequest, pk: int) -> HttpResponse:
    operations.withdraw_expense(expense=access.expense_for(request.user, pk), **_by(request))
    return redirect("ledger:expenses")


@require_safe
def spend(request: HttpRequest) -> HttpResponse:
    return _list(request, "spend", {"engagements": pages.spend(request.user)})


@require_safe
def export_spend(request: HttpRequest, form: str) -> HttpResponse:
    rows = [row for engagement in pages.spend(request.user) for row in engagement.orders]
    return answers.table(exchange.Table("Spend", SPEND_COLUMNS, map(_spend_cells, rows)), form, name="spend")


@require_safe
def rates(request: HttpRequest) -> HttpResponse:
    return _list(request, "rates", {"rates": pages.rate_list(request.user)})


@require_safe
def export_rates(request: HttpRequest, form: str) -> HttpResponse:
    rows = (
        (
            *(terms.engagement.number, terms.engagement.client.name, terms.engagement.provider.name, terms.version),
            *(terms.effective_from, str(rate.get_basis_display()), rate.item, _major(rate.amount, terms.currency)),
            terms.currency,
        )
        for terms, rate in pages.rate_list(request.user)
    )
    return answers.table(exchange.Table("Rates", RATE_COLUMNS, rows), form, name="rates")


@require_safe
def invoices(request: HttpRequest) -> HttpResponse:
    asked = _asked(request, "text", "state", "sort")
    values = {
        "page": _paged(request, pages.invoice_list(request.user, **asked)),
        "asked": asked,
        "states": InvoiceState.choices,
        "n_waiting": pages.n_waiting(request.user),
        "may_draft": access.engagements_billed(request.user).exists(),
    }
    return _list(request, "invoices", values)


@require_safe
def export_invoices(request: HttpRequest, form: str) -> HttpResponse:
    listed = pages.invoice_list(request.user, **_asked(request, "text", "state", "sort"))
    table = exchange.Table("Invoices", INVOICE_COLUMNS, map(_invoice_cells, listed.iterator(chunk_size=500)))
    return answers.table(table, form, name="invoices")


def draft(request: HttpRequest) -> HttpResponse:
    first, after = pages.last_month(timezone.now().date())
    initial = {"period_from": first, "last_day": after - timedelta(days=1), "engagement": request.GET.get("engagement")}
    form = forms.PeriodForm(request.user, request.POST or None, initial=initial)
    made = answers.does(form, lambda: operations.draft_invoices(**form.values(), **_by(request)))
    if made:
        messages.info(request, f"{len(made)} drafts were made." if len(made) > 1 else "A draft was made.")
        return redirect("ledger:invoice", pk=made[0].pk) if len(made) == 1 else redirect("ledger:invoices")
    lead = "One draft per matter. Days are counted in UTC; what was earned earlier and never billed is taken in."
    return _form(request, form, title="Draft invoices", verb="Draft", back="ledger:invoices", lead=lead)


@require_safe
def invoice(request: HttpRequest, pk: int) -> HttpResponse:
    shown = access.invoice_for(request.user, pk)
    values = {
        "invoice": shown,
        "page": Paginator(pages.lines_of(shown), LINES_PER_PAGE).get_page(request.GET.get("page")),
        **{f"may_{verb}": access.may(request.user, invoice=shown, to=verb) for verb in ("edit", "issue", "judge")},
    }
    return render(request, "ledger/invoice.html", values)


@require_safe
def export_lines(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    shown = access.invoice_for(request.user, pk)
    lines = pages.lines_of(shown).select_related("invoice", "order", "timekeeper")
    table = exchange.Table(f"Invoice {shown}", LINE_COLUMNS, map(_line_cells, lines))
    return answers.table(table, form, name=f"invoice-{shown.number or shown.pk}")


def discount(request: HttpRequest, pk: int) -> HttpResponse:
    shown = access.invoice_for(request.user, pk, to="edit")
    form = forms.DiscountForm(shown.currency, request.POST or None)
    if answers.does(form, lambda: operations.add_discount(invoice=shown, **form.cleaned_data, **_by(request))):
        return redirect("ledger:invoice", pk=pk)
    return _of_invoice(request, shown, form, title="Give a discount", verb="Give the discount")


@require_POST
def issue(request: HttpRequest, pk: int) -> HttpResponse:
    issued = operations.issue_invoice(invoice=access.invoice_for(request.user, pk, to="issue"), **_by(request))
    messages.info(request, f"Invoice {issued.number} is issued.")
    return redirect("ledger:invoice", pk=pk)


@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    operations.discard_draft(invoice=access.invoice_for(request.user, pk, to="edit"), **_by(request))
    messages.info(request, "The draft is discarded; what it billed is unbilled again.")
    return redirect("ledger:invoices")


def void(request: HttpRequest, pk: int) -> HttpResponse:
    shown = access.invoice_for(request.user, pk, to="issue")
    form = forms.ReasonForm("Why the invoice is void", request.POST or None)
    if answers.does(form, lambda: operations.void_invoice(invoice=shown, **form.cleaned_data, **_by(request))):
        return redirect("ledger:invoice", pk=pk)
    lead = "The number stays used. What the invoice billed may be billed again. This cannot be undone."
    return _of_invoice(request, shown, form, title=f"Make invoice {shown} void", verb="Make void", lead=lead)


@require_POST
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    shown = access.invoice_for(request.user, pk, to="judge")
    operations.approve_invoice(invoice=shown, **_by(request))
    messages.info(request, f"Invoice {shown.number} is approved.")
    return redirect("ledger:invoice", pk=pk)


@require_safe
def paper(request: HttpRequest, pk: int, paper: str) -> StreamingHttpResponse:
    shown = access.invoice_for(request.user, pk)
    pieces = operations.download_paper(invoice=shown, paper=paper, **_by(request))
    extension, mime = PAPERS[paper]
    return answers.attachment(pieces, name=f"invoice-{shown.number}.{extension}", mime=mime)


def adjust(request: HttpRequest, pk: int) -> HttpResponse:
    line = access.line_for(request.user, pk, to="edit")
    currency = line.invoice.currency
    initial = {"amount": money.decimal_text(line.adjustment_amount, currency), "reason": line.adjustment_reason}
    form = forms.AdjustForm(currency, request.POST or None, initial=initial)
    if answers.does(form, lambda: operations.adjust_line(line=line, **form.cleaned_data, **_by(request))):
        return redirect("ledger:invoice", pk=line.invoice_id)
    return _of_invoice(request, line.invoice, form, title=f"Adjust line {line.position}", verb="Adjust", line=line)


@require_POST
def approve_line(request: HttpRequest, pk: int) -> HttpResponse:
    line = access.line_for(request.user, pk, to="judge")
    operations.judge_line(line=line, verdict=LineVerdict.APPROVED, reason="", **_by(request))
    return redirect("ledger:invoice", pk=line.invoice_id)


def dispute(request: HttpRequest, pk: int) -> HttpResponse:
    line = access.line_for(request.user, pk, to="judge")
    form = forms.ReasonForm("What is wrong with this line", request.POST or None)
    act = {"line": line, "verdict": LineVerdict.DISPUTED, **_by(request)}
    if answers.does(form, lambda: operations.judge_line(**form.cleaned_data, **act)):
        return redirect("ledger:invoice", pk=line.invoice_id)
    return _of_invoice(request, line.invoice, form, title=f"Dispute line {line.position}", verb="Dispute", line=line)


def answer(request: HttpRequest, pk: int) -> HttpResponse:
    line = access.line_for(request.user, pk, to="answer")
    form = forms.AnswerForm(line.invoice.currency, request.POST or None)
    if answers.does(form, lambda: operations.answer_dispute(line=line, **form.cleaned_data, **_by(request))):
        return redirect("ledger:disputes")
    title = f"Answer the dispute of line {line.position}"
    return _of_invoice(request, line.invoice, form, title=title, verb="Answer", line=line)


@require_safe
def disputes(request: HttpRequest) -> HttpResponse:
    answerable = access.invoices_to_answer(request.user).exists()
    values = {"page": _paged(request, pages.dispute_list(request.user)), "may_answer": answerable}
    return _list(request, "disputes", values)


@require_safe
def export_disputes(request: HttpRequest, form: str) -> HttpResponse:
    table = exchange.Table("Disputes", LINE_COLUMNS, map(_line_cells, pages.dispute_list(request.user)))
    return answers.table(table, form, name="disputes")


@require_safe
def order(request: HttpRequest, ref: str) -> HttpResponse:
    shown = access.order_for(request.user, ref)
    found = pages.order_money(request.user, shown)
    values = {"order": shown, "money": found, "page": _paged(request, found.lines)}
    values["head"] = work_pages.head(request.user, shown, timezone.now(), "money")
    return render(request, "ledger/order.html", values)


@require_safe
def export_order_lines(request: HttpRequest, ref: str, form: str) -> HttpResponse:
    shown = access.order_for(request.user, ref)
    lines = pages.order_money(request.user, shown).lines.select_related("invoice", "order", "timekeeper")
    table = exchange.Table(f"Lines of {ref}", LINE_COLUMNS, map(_line_cells, lines.prefetch_related("answers")))
    return answers.table(table, form, name=f"{ref}-lines")


def _by(request: HttpRequest) -> dict[str, Any]:
    return {"by": request.user, "at": timezone.now()}


def _zone(request: HttpRequest) -> Any:
    return forms.ZoneInfo(request.user.zone)


def _asked(request: HttpRequest, *names: str) -> dict[str, str]:
    return {name: request.GET.get(name, "").strip()[:200] for name in names}


def _paged(request: HttpRequest, listed: Any) -> Any:
    return Paginator(listed, PER_PAGE).get_page(request.GET.get("page"))


def _list(request: HttpRequest, name: str, values: dict[str, Any]) -> HttpResponse:
    values["sees_money"] = access.sees_money(request.user)
    return render(request, f"ledger/{name}.html", values)


def _form(request: HttpRequest, form: django_forms.Form, **values: object) -> HttpResponse:
    return render(request, "ledger/form.html", {"form": form, **values})


def _of_invoice(request: HttpRequest, shown: Invoice, form: django_forms.Form, **values: object) -> HttpResponse:
    return render(request, "ledger/invoice_form.html", {"form": form, "invoice": shown, **values})


def _major(minor: int, currency: str) -> Decimal:
    return Decimal(money.decimal_text(minor, currency))


def _time_cells(entry: TimeEntry) -> tuple[exchange.Cell, ...]:
    return (
        *(entry.person.name, entry.order.ref, entry.order.title, entry.order.matter.short_name),
        *(entry.began_at, entry.ended_at, entry.minutes, entry.is_manual, entry.narrative, entry.activity),
        *(entry.task_code, entry.withdrawn_at, entry.invoice_number),
    )


def _expense_cells(expense: Expense) -> tuple[exchange.Cell, ...]:
    currency = expense.order.terms.currency
    return (
        *(expense.date, expense.order.ref, expense.order.matter.short_name, expense.code, expense.description),
        *(expense.units, _major(expense.unit_amount, currency), currency, expense.entered_by.name),
        expense.invoice_number,
    )


def _invoice_cells(invoice: Invoice) -> tuple[exchange.Cell, ...]:
    return (
        *(invoice.number, str(invoice.get_state_display()), invoice.provider.name, invoice.engagement.client.name),
        *(invoice.matter.number, invoice.engagement.number, invoice.period_from, invoice.period_to),
        *(invoice.issued_at, invoice.due_date, invoice.n_lines, invoice.n_disputed),
        *(_major(invoice.total_amount, invoice.currency), invoice.currency),
    )


def _line_cells(line: InvoiceLine) -> tuple[exchange.Cell, ...]:
    major: Callable[[int], Decimal] = lambda minor: _major(minor, line.invoice.currency)  # noqa: E731
    return (
        *(line.invoice.number, line.position, line.order.ref, str(line.get_kind_display()), line.date),
        *(line.timekeeper.name if line.timekeeper else None, line.timekeeper_class, line.description),
        *(line.task_code, line.activity_code, line.expense_code, line.units, major(line.unit_amount)),
        *(major(line.adjustment_amount), line.adjustment_reason, major(line.total_amount), line.invoice.currency),
        *(str(line.get_verdict_display()), line.verdict_reason),
        major(sum(answer.credit_amount for answer in line.answers.all())),
    )


def _spend_cells(row: pages.Spend) -> tuple[exchange.Cell, ...]:
    order, currency = row.order, row.currency
    amounts = (order.budget_amount, row.billed, row.unbilled, row.total)
    return (
        *(order.engagement.number, order.ref, order.title, order.matter.short_name),
        *(_major(amount, currency) for amount in amounts),
        currency,
    )
