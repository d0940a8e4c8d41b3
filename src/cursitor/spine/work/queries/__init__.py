"""Read orders, clocks, custody, what waits and what was asked."""

from cursitor.spine.work.queries.clocks import ENDED, MilestoneClock, clocks, clocks_of, urgent
from cursitor.spine.work.queries.custody import CustodyLane, CustodyLine, Stretch, custody
from cursitor.spine.work.queries.orders import (
    Risk,
    Row,
    board,
    free_tasks,
    progress,
    risk,
    rows,
    stage,
    stranded,
    tasks_for,
)
from cursitor.spine.work.queries.searching import find, find_orders, search_questions
from cursitor.spine.work.queries.waiting import Waiting, n_waiting, waiting_for

__all__ = [
    "ENDED",
    "CustodyLane",
    "CustodyLine",
    "MilestoneClock",
    "Risk",
    "Row",
    "Stretch",
    "Waiting",
    "board",
    "clocks",
    "clocks_of",
    "custody",
    "find",
    "find_orders",
    "free_tasks",
    "n_waiting",
    "progress",
    "risk",
    "rows",
    "search_questions",
    "stage",
    "stranded",
    "tasks_for",
    "urgent",
    "waiting_for",
]
