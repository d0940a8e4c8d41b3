"""Tasks: who gets them, who keeps them, when they fall back."""

import pytest

from cursitor.plumbing.outbox.models import Message
from cursitor.plumbing.refusal import NotPermitted
from cursitor.spine.engagements.models import TeamMember
from cursitor.spine.people.choices import Role
from cursitor.spine.people.models import Notice
from cursitor.spine.safeguards.operations import PolicyBlocks
from cursitor.spine.work import operations as work
from cursitor.spine.work.choices import TaskState
from cursitor.spine.work.models import Custody
from tests import factories


def holders(task) -> list[tuple[str, str]]:
    rows = Custody.objects.filter(task=task).order_by("number").select_related("holder")
    return [(row.holder.name, row.reason) for row in rows]


class TestAssign:
    def test_gives_the_task_to_the_person_without_a_lease(self, life, world):
        task = life.started().tasks.get(number=1)

        task = work.assign(task=task, to=world.specialist, by=world.delivery_manager, at=life.later())

        assert (task.holder, task.is_assigned, task.lease_until) == (world.specialist, True, None)
        assert holders(task) == [("Asha Verma", "planned"), ("Kavya Rindani", "assigned")]
        assert Notice.objects.filter(person=world.specialist, text__contains="task 1").exists()

    def test_puts_a_specialist_on_the_team(self, life, world):
        newcomer = factories.person("Ilse Brandt", Role.SPECIALIST, world.pune)
        task = life.started().tasks.get(number=1)

        work.assign(task=task, to=newcomer, by=world.delivery_manager, at=life.later())

        assert TeamMember.objects.filter(matter=world.matter, person=newcomer, left_at=None).exists()

    def test_refuses_a_person_of_another_organisation(self, life, world):
        task = life.started().tasks.get(number=1)

        with pytest.raises(work.CannotCarry):
            work.assign(task=task, to=world.legal_operations, by=world.delivery_manager, at=life.later())

    def test_refuses_a_person_in_a_country_that_the_terms_do_not_permit(self, life, world):
        world.terms.permitted_countries = ["US"]
        world.terms.save()
        order = factories.order(
            world,
            line="translation",
            work_kind="translation.certified",
            state="IN_PROGRESS",
            issued_at=life.now,
            holder=world.delivery_manager,
        )
        [task] = work.plan(order=order, planned=[planned()], by=world.delivery_manager, at=life.now)

        with pytest.raises(PolicyBlocks):
            work.assign(task=task, to=world.specialist, by=world.delivery_manager, at=life.later())

    def test_belongs_to_the_manager(self, life, world):
        task = life.started().tasks.get(number=1)

        with pytest.raises(NotPermitted):
            work.assign(task=task, to=world.specialist, by=world.specialist, at=life.later())


class TestClaim:
    def test_takes_the_first_free_task_under_a_lease(self, life, world):
        order = life.started()

        first = work.claim_next(order=order, by=world.specialist, at=life.later())
        second = work.claim_next(order=order, by=world.second_specialist, at=life.now)

        assert (first.number, second.number) == (1, 2)
        assert first.lease_until == life.now + work.LEASE
        assert holders(first)[-1] == ("Kavya Rindani", "claimed")

    def test_finds_nothing_when_nothing_is_free(self, life, world):
        order = life.started(brief={"source_language": "pl", "n_pages": 5})
        work.claim_next(order=order, by=world.specialist, at=life.now)

        assert work.claim_next(order=order, by=world.second_specialist, at=life.now) is None

    def test_refuses_a_task_that_somebody_carries(self, life, world):
        task = work.claim_next(order=life.started(), by=world.specialist, at=life.now)

        with pytest.raises(work.AlreadyHeld, match="Kavya Rindani"):
            work.claim(task=task, by=world.second_specialist, at=life.now)

    def test_refuses_a_specialist_who_is_not_on_the_team(self, life, world):
        newcomer = factories.person("Ilse Brandt", Role.SPECIALIST, world.pune)

        with pytest.raises(work.CannotCarry, match="not on the team"):
            work.claim_next(order=life.started(), by=newcomer, at=life.now)

    def test_refuses_before_the_work_has_started(self, life, world):
        with pytest.raises(work.TaskNotOpen):
            work.claim_next(order=life.accepted(), by=world.specialist, at=life.now)


class TestLease:
    def test_is_prolonged_by_its_holder_only(self, life, world):
        task = work.claim_next(order=life.started(), by=world.specialist, at=life.now)

        task = work.renew(task=task, by=world.specialist, at=life.later())

        assert task.lease_until == life.now + work.LEASE
        with pytest.raises(work.NotHolder):
            work.renew(task=task, by=world.second_specialist, at=life.now)

    def test_ends_at_its_time_and_the_task_falls_back(self, life, world):
        task = work.claim_next(order=life.started(), by=world.specialist, at=life.now)

        assert work.sweep_leases(at=life.now) == 0
        assert work.sweep_leases(at=life.now + work.LEASE) == 1

        task.refresh_from_db()
        assert (task.holder, task.is_assigned) == (world.delivery_manager, False)
        assert holders(task)[-1] == ("Asha Verma", "lease ended")

    def test_has_a_timer_in_the_outbox(self, life, world):
        work.claim_next(order=life.started(), by=world.specialist, at=life.now)

        [timer] = Message.objects.filter(topic=work.SWEEP)

        assert timer.due_at == life.now + work.LEASE

    def test_of_another_task_gets_the_next_timer(self, life, world):
        order = life.started()
        work.claim_next(order=order, by=world.specialist, at=life.now)
        work.claim_next(order=order, by=world.second_specialist, at=life.later(minutes=30))
        Message.objects.filter(topic=work.SWEEP).update(done_at=life.now)

        work.sweep_leases(at=life.now)

        [timer] = Message.objects.filter(topic=work.SWEEP, done_at=None)
        assert timer.due_at == life.now - (life.now - order.transitions.get(name="start").at) + work.LEASE


class TestRelease:
    def test_gives_the_task_back_to_the_holder_of_the_order(self, life, world):
        task = work.claim_next(order=life.started(), by=world.specialist, at=life.now)

        task = work.release(task=task, by=world.specialist, at=life.later())

        assert (task.holder, task.is_assigned, task.lease_until) == (world.delivery_manager, False, None)

    def test_refuses_somebody_else(self, life, world):
        task = work.claim_next(order=life.started(), by=world.specialist, at=life.now)

        with pytest.raises(work.NotHolder):
            work.release(task=task, by=world.second_specialist, at=life.later())


class TestComplete:
    def test_marks_the_task_done_and_may_be_undone(self, life, world):
        task = work.claim_next(order=life.started(), by=world.specialist, at=life.now)

        done = work.complete_task(task=task, by=world.specialist, at=life.later())
        assert (done.state, done.done_at, done.lease_until) == (TaskState.DONE, life.now, None)

        again = work.reopen_task(task=task, by=world.specialist, at=life.later())
        assert (again.state, again.holder) == (TaskState.OPEN, world.specialist)

    def test_refuses_somebody_who_does_not_carry_it(self, life, world):
        task = work.claim_next(order=life.started(), by=world.specialist, at=life.now)

        with pytest.raises(work.NotHolder):
            work.complete_task(task=task, by=world.second_specialist, at=life.later())

    def test_refuses_a_task_that_is_done(self, life, world):
        task = work.claim_next(order=life.started(), by=world.specialist, at=life.now)
        work.complete_task(task=task, by=world.specialist, at=life.now)

        with pytest.raises(work.TaskNotOpen):
            work.complete_task(task=task, by=world.specialist, at=life.later())


def planned():
    from cursitor.spine.work.registry import PlannedTask

    return PlannedTask("translate", "Pages 1 to 10", {"pages": 10})
