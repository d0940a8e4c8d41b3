"""The tabs of an order, as data: a tab whose page is not installed is not shown."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from cursitor.spine.people.models import Person
from cursitor.spine.work import access
from cursitor.spine.work.choices import HandOffState, OrderState
from cursitor.spine.work.models import WorkOrder


@dataclass(frozen=True)
class Tab:
    """
    A tab: key, name, name of the address (its only argument is the order's reference).

    count: how many things it holds. verb: of access.VERBS, where not everybody who sees the order sees the tab.
    """

    key: str
    name: str
    page: str
    count: Callable[[WorkOrder], int] | None = None
    verb: str = "view"


@dataclass(frozen=True)
class ShownTab:
    name: str
    address: str
    count: int
    is_current: bool


TABS = (
    Tab("overview", _("Overview"), "work:order"),
    Tab("tasks", _("Tasks"), "work:order_tasks", lambda order: order.tasks.count()),
    Tab("questions", _("Questions"), "work:order_questions", lambda order: order.questions.count(), "read"),
    Tab(
        "hand_offs",
        _("Hand-offs"),
        "work:order_hand_offs",
        lambda order: order.hand_offs.filter(state=HandOffState.OFFERED).count(),
        "read",
    ),
    Tab("files", _("Files"), "work:order_files", lambda order: order.deliverables.count(), "read"),
    Tab("policy", _("Policy"), "work:order_policy", verb="see_policy"),
    Tab("quality", _("Quality"), "quality:order", verb="see_quality"),
    Tab("money", _("Money"), "ledger:order", verb="see_money"),
    Tab("log", _("Log"), "work:order_log"),
)
OF_A_DRAFT = frozenset({"overview", "policy", "log"})


def tabs_of(person: Person, order: WorkOrder, current: str) -> Iterator[ShownTab]:
    """Yield the tabs that exist here and that the person may see, with their counts. A draft has fewer."""
    for tab in TABS:
        if order.state == OrderState.DRAFT and tab.key not in OF_A_DRAFT:
            continue
        if not access.may(person, order=order, to=tab.verb):
            continue
        try:
            address = reverse(tab.page, args=[order.ref])
        except NoReverseMatch:
            continue
        yield ShownTab(str(tab.name), address, tab.count(order) if tab.count else 0, tab.key == current)
