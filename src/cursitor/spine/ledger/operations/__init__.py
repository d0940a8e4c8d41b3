"""Everything that happens to time, expenses and invoices."""

from cursitor.spine.ledger.operations.drafting import (
    NoRate,
    NothingToBill,
    add_discount,
    adjust_line,
    discard_draft,
    draft_invoices,
)
from cursitor.spine.ledger.operations.issuing import NotADraft, NotPayable, issue_invoice, void_invoice
from cursitor.spine.ledger.operations.judging import approve_invoice, judge_line
from cursitor.spine.ledger.operations.time import (
    NoTimer,
    TimeOverlaps,
    enter_expense,
    enter_time,
    start_timer,
    stop_timer,
    withdraw_expense,
    withdraw_time,
)

__all__ = [
    "NoRate",
    "NoTimer",
    "NotADraft",
    "NotPayable",
    "NothingToBill",
    "TimeOverlaps",
    "add_discount",
    "adjust_line",
    "approve_invoice",
    "discard_draft",
    "draft_invoices",
    "enter_expense",
    "enter_time",
    "issue_invoice",
    "judge_line",
    "start_timer",
    "stop_timer",
    "void_invoice",
    "withdraw_expense",
    "withdraw_time",
]
