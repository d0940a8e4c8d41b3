"""Everything that happens to time, expenses and invoices."""

from cursitor.spine.ledger.operations.drafting import (
    NoRate,
    NothingToBill,
    add_discount,
    adjust_line,
    discard_draft,
    draft_invoices,
)
from cursitor.spine.ledger.operations.issuing import (
    NotADraft,
    NotPayable,
    download_paper,
    issue_invoice,
    void_invoice,
)
from cursitor.spine.ledger.operations.judging import NotDisputed, answer_dispute, approve_invoice, judge_line
from cursitor.spine.ledger.operations.time import (
    AlreadyBilled,
    NoTimeIsTaken,
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
    "AlreadyBilled",
    "NoRate",
    "NoTimeIsTaken",
    "NoTimer",
    "NotADraft",
    "NotDisputed",
    "NotPayable",
    "NothingToBill",
    "TimeOverlaps",
    "add_discount",
    "adjust_line",
    "answer_dispute",
    "approve_invoice",
    "discard_draft",
    "download_paper",
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
