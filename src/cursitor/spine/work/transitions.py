"""
The life of an order as data: who may take which step, from where, to where, and what goes with it.

Source: the order's life of the field (instruction, acknowledgement, work, quality, sign-off, delivery, acceptance or
rework); the duties of supervision behind it are ABA Model Rule 5.3 (2012). `operations.move` reads these rows and
nothing else, so the page, the API and the documentation show the same machine.
"""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from cursitor.plumbing.refusal import Refusal
from cursitor.spine.engagements.choices import Milestone, PartySide
from cursitor.spine.people.choices import Role
from cursitor.spine.work.choices import ENDED_STATES, ClockEventKind, OrderState

INSTRUCTING = frozenset({Role.SUPERVISING_ATTORNEY, Role.LEGAL_OPERATIONS})
MANAGING = frozenset({Role.DELIVERY_MANAGER})
CHECKING = frozenset({Role.DELIVERY_MANAGER, Role.QC_LEAD})

MANAGERS, MAKER, DUTY_HOLDER, HOLDER = "MANAGERS", "MAKER", "DUTY_HOLDER", "HOLDER"


class UnknownStep(Refusal):
    """Raised when an order is asked to take a step that its life does not have."""

    status = 404


@dataclass(frozen=True)
class Step:
    """
    One step of an order's life.

    verb: what the button says. done: the past participle; it ends the event type and names the custody row.
    side, roles: who may, on the order's client or provider. guard: name of the check in operations/guards.py.
    takes_custody: whoever takes the step carries the work from then on.
    clocks: (milestone, event) pairs to write; a stop is written only where the clock runs. tells: who gets a notice.
    via: the room whose own operation takes this step; the order page then offers no button for it.
    """

    name: str
    verb: str
    done: str
    from_states: frozenset[str]
    to_state: str
    side: str
    roles: frozenset[str]
    guard: str = ""
    asks_reason: str = ""
    takes_custody: bool = False
    clocks: tuple[tuple[str, str], ...] = ()
    tells: tuple[str, ...] = ()
    via: str = ""

    @property
    def event(self) -> str:
        return f"work.order.{self.done}"


_START, _STOP = ClockEventKind.START, ClockEventKind.STOP

STEPS = (
    Step(
        name="issue",
        verb=_("Issue"),
        done="issued",
        from_states=frozenset({OrderState.DRAFT}),
        to_state=OrderState.ISSUED,
        side=PartySide.CLIENT,
        roles=INSTRUCTING,
        guard="is_ready_to_issue",
        takes_custody=True,
        clocks=((Milestone.ACKNOWLEDGE, _START), (Milestone.DELIVER, _START)),
        tells=(MANAGERS,),
    ),
    Step(
        name="decline",
        verb=_("Decline"),
        done="declined",
        from_states=frozenset({OrderState.ISSUED}),
        to_state=OrderState.DECLINED,
        side=PartySide.PROVIDER,
        roles=MANAGING,
        asks_reason=_("Why the order is declined"),
        clocks=((Milestone.ACKNOWLEDGE, _STOP), (Milestone.DELIVER, _STOP), (Milestone.ANSWER, _STOP)),
        tells=(MAKER, DUTY_HOLDER),
    ),
    Step(
        name="accept",
        verb=_("Accept the order"),
        done="accepted",
        from_states=frozenset({OrderState.ISSUED}),
        to_state=OrderState.ACCEPTED,
        side=PartySide.PROVIDER,
        roles=MANAGING,
        takes_custody=True,
        clocks=((Milestone.ACKNOWLEDGE, _STOP),),
        tells=(MAKER, DUTY_HOLDER),
    ),
    Step(
        name="start",
        verb=_("Start work"),
        done="started",
        from_states=frozenset({OrderState.ACCEPTED}),
        to_state=OrderState.IN_PROGRESS,
        side=PartySide.PROVIDER,
        roles=MANAGING,
    ),
    Step(
        name="submit_to_quality",
        verb=_("Submit to quality"),
        done="submitted_to_quality",
        from_states=frozenset({OrderState.IN_PROGRESS}),
        to_state=OrderState.IN_QUALITY,
        side=PartySide.PROVIDER,
        roles=MANAGING,
        guard="has_nothing_open",
        tells=(MANAGERS,),
    ),
    Step(
        name="back_to_work",
        verb=_("Back to work"),
        done="sent_back_to_work",
        from_states=frozenset({OrderState.IN_QUALITY}),
        to_state=OrderState.IN_PROGRESS,
        side=PartySide.PROVIDER,
        roles=CHECKING,
        asks_reason=_("What must be done again"),
        tells=(HOLDER,),
    ),
    Step(
        name="to_sign_off",
        verb=_("Release for sign-off"),
        done="released",
        from_states=frozenset({OrderState.IN_QUALITY}),
        to_state=OrderState.AWAITING_SIGN_OFF,
        side=PartySide.PROVIDER,
        roles=CHECKING,
        guard="has_a_deliverable",
        clocks=((Milestone.DELIVER, _STOP), (Milestone.SIGN_OFF, _START)),
        tells=(DUTY_HOLDER,),
        via="quality",
    ),
    Step(
        name="deliver",
        verb=_("Sign off"),
        done="delivered",
        from_states=frozenset({OrderState.AWAITING_SIGN_OFF}),
        to_state=OrderState.DELIVERED,
        side=PartySide.CLIENT,
        roles=frozenset({Role.SUPERVISING_ATTORNEY}),
        takes_custody=True,
        clocks=((Milestone.SIGN_OFF, _STOP), (Milestone.ACCEPT, _START)),
        tells=(MAKER, MANAGERS),
        via="quality",
    ),
    Step(
        name="return_for_rework",
        verb=_("Return for rework"),
        done="returned",
        from_states=frozenset({OrderState.AWAITING_SIGN_OFF, OrderState.DELIVERED}),
        to_state=OrderState.RETURNED,
        side=PartySide.CLIENT,
        roles=INSTRUCTING,
        asks_reason=_("What must be done again"),
        clocks=((Milestone.SIGN_OFF, _STOP), (Milestone.ACCEPT, _STOP), (Milestone.DELIVER, _START)),
        tells=(MANAGERS,),
    ),
    Step(
        name="resume",
        verb=_("Take up the rework"),
        done="resumed",
        from_states=frozenset({OrderState.RETURNED}),
        to_state=OrderState.IN_PROGRESS,
        side=PartySide.PROVIDER,
        roles=MANAGING,
        takes_custody=True,
        tells=(MAKER,),
    ),
    Step(
        name="approve",
        verb=_("Accept the delivery"),
        done="approved",
        from_states=frozenset({OrderState.DELIVERED}),
        to_state=OrderState.APPROVED,
        side=PartySide.CLIENT,
        roles=INSTRUCTING,
        clocks=((Milestone.ACCEPT, _STOP),),
        tells=(MANAGERS,),
    ),
    Step(
        name="close",
        verb=_("Close the order"),
        done="closed",
        from_states=frozenset({OrderState.APPROVED}),
        to_state=OrderState.CLOSED,
        side=PartySide.CLIENT,
        roles=INSTRUCTING,
        tells=(MANAGERS,),
    ),
    Step(
        name="cancel",
        verb=_("Cancel with a settlement"),
        done="cancelled",
        from_states=frozenset(OrderState) - ENDED_STATES - {OrderState.APPROVED},
        to_state=OrderState.CANCELLED,
        side=PartySide.CLIENT,
        roles=INSTRUCTING,
        asks_reason=_("What was agreed for the work done so far"),
        clocks=tuple((milestone, _STOP) for milestone in Milestone),
        tells=(MANAGERS, HOLDER),
    ),
)
BY_NAME = {step.name: step for step in STEPS}

STAGES = (
    (_("Drafted"), frozenset({OrderState.DRAFT})),
    (_("Issued"), frozenset({OrderState.ISSUED, OrderState.DECLINED})),
    (_("Accepted"), frozenset({OrderState.ACCEPTED})),
    (_("In work"), frozenset({OrderState.IN_PROGRESS, OrderState.RETURNED})),
    (_("Quality"), frozenset({OrderState.IN_QUALITY})),
    (_("Sign-off"), frozenset({OrderState.AWAITING_SIGN_OFF})),
    (_("Delivered"), frozenset({OrderState.DELIVERED})),
    (_("Closed"), frozenset({OrderState.APPROVED, OrderState.CLOSED})),
)


def step(name: str) -> Step:
    """Return the step of this name. :raises UnknownStep: when there is none."""
    if name not in BY_NAME:
        raise UnknownStep(f'An order has no step named "{name}".')
    return BY_NAME[name]


def steps_from(state: str) -> tuple[Step, ...]:
    """Return the steps that lead out of a state, in the order of an order's life."""
    return tuple(step for step in STEPS if state in step.from_states)
