"""Whatever people do in whatever order: one holder at every moment, no gap, clocks that can be computed."""

import random
from itertools import pairwise

import pytest

from cursitor.plumbing.refusal import Refusal
from cursitor.spine.audit.models import Entry
from cursitor.spine.work import access, queries, registry, transitions
from cursitor.spine.work import operations as work
from cursitor.spine.work.choices import HandOffState, Lane, TaskState
from cursitor.spine.work.models import Custody, Transition, WorkOrder
from tests.spine.work.test_hand_offs import ELEMENTS, RESTATEMENT

N_ACTS = 90


class Crowd:
    """People who do at random what comes to their mind, allowed or not."""

    def __init__(self, life, chance: random.Random) -> None:
        world = life.world
        self.life, self.chance = life, chance
        self.people = [
            world.attorney,
            world.legal_operations,
            world.delivery_manager,
            world.specialist,
            world.second_specialist,
            world.qc_lead,
            world.outsider,
        ]
        self.order = life.started(brief={"source_language": "de", "n_pages": 60})
        self.n_refused = self.n_done = 0

    def act(self) -> None:
        by, at = self.chance.choice(self.people), self.life.later(minutes=self.chance.randint(1, 90))
        act = self.chance.choice(
            [self.step, self.step, self.task, self.task, self.question, self.hand_off, self.deliver]
        )
        try:
            act({"by": by, "at": at})
            self.n_done += 1
        except Refusal:
            self.n_refused += 1
        self.order = WorkOrder.objects.get(pk=self.order.pk)

    def step(self, who) -> None:
        """Half of the time somebody takes a step that is theirs; else anybody tries anything."""
        names = [step.name for step in transitions.STEPS]
        if self.chance.random() < 0.5:
            names = [step.name for step in transitions.steps_from(self.order.state)]
        name = self.chance.choice([name for name in names if name not in ("cancel", "close", "decline")] or ["resume"])
        able = [person for person in self.people if access.may(person, order=self.order, to=name)]
        by = self.chance.choice(able) if self.chance.random() < 0.7 else who["by"]
        if name == "submit_to_quality" and self.chance.random() < 0.3:
            self.finish(who)
        self.order = work.move(order=self.order, name=name, reason="because", **{**who, "by": by})
        for task in self.order.tasks.filter(state=TaskState.DONE):
            if name in ("back_to_work", "resume"):
                work.reopen_task(task=task, **{**who, "by": self.life.world.delivery_manager})

    def finish(self, who) -> None:
        for question in self.order.questions.filter(answered_at=None):
            work.answer(question=question, text="Yes.", **{**who, "by": self.life.world.attorney})
        for task in self.order.tasks.filter(state=TaskState.OPEN).exclude(hand_offs__state=HandOffState.OFFERED):
            work.complete_task(task=task, **{**who, "by": self.life.world.delivery_manager})

    def task(self, who) -> None:
        tasks = list(self.order.tasks.order_by("number"))
        if not tasks:
            return
        task = self.chance.choice(tasks)
        to = self.chance.choice(self.people)
        self.chance.choice(
            [
                lambda: work.claim_next(order=self.order, **who),
                lambda: work.claim(task=task, **who),
                lambda: work.assign(task=task, to=to, **who),
                lambda: work.release(task=task, **who),
                lambda: work.complete_task(task=task, **{**who, "by": task.holder}),
                lambda: work.reopen_task(task=task, **who),
                lambda: work.sweep_leases(at=who["at"]),
            ]
        )()

    def question(self, who) -> None:
        waiting = list(self.order.questions.filter(answered_at=None))
        if waiting and self.chance.random() < 0.7:
            work.answer(question=self.chance.choice(waiting), text="Yes.", **{**who, "by": self.life.world.attorney})
        else:
            work.ask(order=self.order, text="Really?", is_blocking=self.chance.random() < 0.5, **who)

    def hand_off(self, who) -> None:
        offers = list(self.order.hand_offs.filter(state=HandOffState.OFFERED))
        if offers and self.chance.random() < 0.7:
            offer = self.chance.choice(offers)
            receiver = {**who, "by": offer.receiver}
            if self.chance.random() < 0.6:
                work.accept_hand_off(hand_off=offer, restatement=RESTATEMENT, **receiver)
            else:
                work.decline_hand_off(hand_off=offer, reason="on leave", **receiver)
            return
        held = list(self.order.tasks.filter(state=TaskState.OPEN, is_assigned=True))
        task = self.chance.choice([*held, None])
        giver = task.holder if task else self.order.holder
        receiver = self.chance.choice(self.people)
        work.offer_hand_off(order=self.order, task=task, receiver=receiver, **{**who, "by": giver}, **ELEMENTS)

    def deliver(self, who) -> None:
        registry.line_of(self.order).deliver(self.order, self.life.world.qc_lead, who["at"])


def check_custody(order: WorkOrder) -> None:
    latest = {}
    for row in Custody.objects.filter(order=order).order_by("pk"):
        key = (row.task_id, row.lane)
        before = latest.get(key)
        assert row.number == (before.number + 1 if before else 1)
        assert before is None or before.from_at <= row.from_at
        latest[key] = row
    assert latest[None, Lane.WORK].holder_id == order.holder_id
    assert latest[None, Lane.DUTY].holder_id == order.duty_holder_id
    for task in order.tasks.all():
        assert latest[task.pk, Lane.WORK].holder_id == task.holder_id
        assert task.is_assigned or task.state != TaskState.OPEN or task.holder_id == order.holder_id


@pytest.mark.parametrize("seed", range(6))
def test_any_sequence_of_acts_leaves_one_holder_a_lane_and_computable_clocks(life, seed):
    crowd = Crowd(life, random.Random(seed))

    for _ in range(N_ACTS):
        crowd.act()
        check_custody(crowd.order)
        queries.clocks(crowd.order, life.now)

    steps = list(Transition.objects.filter(order=crowd.order).order_by("pk"))
    assert crowd.n_done
    assert crowd.n_refused
    assert all(before.to_state == after.from_state for before, after in pairwise(steps))
    logged = Entry.objects.filter(subject=crowd.order.key, type__in=[step.event for step in transitions.STEPS])
    assert logged.count() == len(steps)
