"""The life of an order: steps, who may take them, what goes with them."""

from datetime import timedelta

import pytest

from cursitor.plumbing.refusal import Invalid, NotPermitted, NotVisible
from cursitor.spine.audit.models import Entry
from cursitor.spine.engagements.models import Wall
from cursitor.spine.people.models import Notice
from cursitor.spine.work import operations as work
from cursitor.spine.work import transitions
from cursitor.spine.work.choices import EVENTS, ClockEventKind, Lane, OrderState, TaskState
from cursitor.spine.work.models import Custody, Transition, WorkOrder
from tests import factories


class TestTransitions:
    def test_lead_from_draft_to_every_state(self):
        reached, waiting = set(), [OrderState.DRAFT]
        while waiting:
            state = waiting.pop()
            reached.add(state)
            waiting += [step.to_state for step in transitions.steps_from(state) if step.to_state not in reached]

        assert reached == set(OrderState)

    def test_never_lead_out_of_an_ended_state(self):
        for state in (OrderState.DECLINED, OrderState.CLOSED, OrderState.CANCELLED):
            assert transitions.steps_from(state) == ()

    def test_have_words_for_the_log(self):
        assert all(step.event in EVENTS for step in transitions.STEPS)

    def test_put_every_state_in_one_stage_but_cancelled(self):
        staged = [state for _name, states in transitions.STAGES for state in states]

        assert sorted(staged) == sorted(set(OrderState) - {OrderState.CANCELLED})


class TestDraftOrder:
    def test_names_one_holder_for_each_lane(self, life, world):
        order = life.draft()

        assert (order.holder, order.duty_holder) == (world.legal_operations, world.attorney)
        rows = Custody.objects.filter(order=order, task=None)
        assert {(row.lane, row.number, row.holder) for row in rows} == {
            (Lane.WORK, 1, world.legal_operations),
            (Lane.DUTY, 1, world.attorney),
        }

    def test_refuses_the_provider(self, life, world):
        with pytest.raises(NotPermitted):
            life.draft(by=world.delivery_manager)

    def test_refuses_a_stranger_as_if_the_matter_did_not_exist(self, life, world):
        with pytest.raises(NotVisible):
            life.draft(by=world.other_attorney)

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"line": "alchemy"}, "line"),
            ({"work_kind": "translation.poetic"}, "work_kind"),
            ({"title": "  "}, "title"),
            ({"fee_basis": "BARTER"}, "fee_basis"),
            ({"budget_amount": -1}, "budget_amount"),
        ],
    )
    def test_names_the_entry_that_cannot_be_used(self, life, changes, field):
        with pytest.raises(Invalid) as refused:
            life.draft(**changes)

        assert refused.value.field == field

    def test_is_revised_until_it_is_issued(self, life, world):
        order = work.revise_draft(order=life.draft(), title="Translate the annexes", by=world.attorney, at=life.later())
        assert order.title == "Translate the annexes"

        work.issue(order=order, by=world.attorney, at=life.later())
        with pytest.raises(work.WrongState):
            work.revise_draft(order=order, title="Translate all", by=world.attorney, at=life.later())


class TestIssue:
    def test_fixes_the_terms_and_the_day_it_is_due(self, life, world):
        order = life.issued()

        # 2,400 minutes are 40 business hours: from Monday 10:00 in Chicago, with Thursday 26 November closed,
        # to Monday 30 November 14:00 (8 + 9 + 9 + 9 + 5 hours).
        assert order.state == OrderState.ISSUED
        assert order.due_at.isoformat() == "2026-11-30T20:00:00+00:00"
        assert order.terms == world.terms

    def test_tells_the_managers_of_the_provider_and_names_no_content(self, life, world):
        life.issued()

        notice = Notice.objects.get(person=world.delivery_manager)
        assert notice.text == "WO-1: issued the order"
        assert "sales" not in notice.text

    def test_refuses_while_the_matter_is_not_open_to_the_provider(self, life, world):
        world.opening.closed_at = life.now
        world.opening.save()

        with pytest.raises(work.NotReady, match="is not open to Quillfield"):
            life.issued()

    def test_refuses_a_brief_that_does_not_answer_what_the_line_asks(self, life):
        with pytest.raises(work.NotReady, match="Pages"):
            life.issued(brief={"source_language": "de"})

    def test_refuses_what_policy_blocks_and_leaves_the_draft(self, life, world):
        from cursitor.spine.safeguards.operations import PolicyBlocks

        world.terms.permitted_lines = ["review"]
        world.terms.save()

        with pytest.raises(PolicyBlocks):
            life.issued()
        assert WorkOrder.objects.get().state == OrderState.DRAFT


class TestSteps:
    def test_leave_transition_and_log_row_each(self, life, world):
        order = life.accepted()

        names = list(Transition.objects.filter(order=order).order_by("pk").values_list("name", flat=True))
        logged = Entry.objects.filter(subject=order.key, type__startswith="work.order.").order_by("sequence")
        assert names == ["issue", "accept"]
        assert [entry.type for entry in logged] == ["work.order.drafted", "work.order.issued", "work.order.accepted"]

    def test_refuse_to_lead_out_of_another_state(self, life, world):
        order = life.accepted()

        with pytest.raises(work.WrongState, match="accepted by the provider"):
            work.accept(order=order, by=world.delivery_manager, at=life.later())

    def test_refuse_somebody_of_the_other_side(self, life, world):
        order = life.issued()

        with pytest.raises(NotPermitted, match="delivery manager of Quillfield"):
            work.accept(order=order, by=world.attorney, at=life.later())

    def test_refuse_a_manager_behind_a_wall_as_if_the_order_did_not_exist(self, life, world):
        order = life.issued()
        Wall.objects.create(
            matter=world.matter,
            person=world.delivery_manager,
            reason="worked for the other side",
            raised_by=world.attorney,
            raised_at=life.now,
        )

        with pytest.raises(NotVisible):
            work.accept(order=order, by=world.delivery_manager, at=life.later())

    def test_ask_for_the_reason_where_one_is_due(self, life, world):
        order = life.issued()

        with pytest.raises(work.ReasonNeeded):
            work.decline(order=order, by=world.delivery_manager, reason=" ", at=life.later())
        declined = work.decline(
            order=order, by=world.delivery_manager, reason="no capacity before December", at=life.later()
        )
        assert declined.state == OrderState.DECLINED

    def test_move_the_work_to_whoever_takes_it_over(self, life, world):
        order = life.delivered()

        rows = Custody.objects.filter(order=order, task=None, lane=Lane.WORK).order_by("number")
        assert [(row.number, row.holder) for row in rows] == [
            (1, world.legal_operations),
            (2, world.delivery_manager),
            (3, world.attorney),
        ]
        assert order.holder == world.attorney

    def test_make_tasks_of_the_plan_when_the_provider_accepts(self, life, world):
        order = life.accepted()

        tasks = list(order.tasks.order_by("number"))
        assert [task.title for task in tasks] == ["Pages 1 to 10", "Pages 11 to 20", "Pages 21 to 30"]
        assert {task.holder for task in tasks} == {world.delivery_manager}
        assert not any(task.is_assigned for task in tasks)
        assert Custody.objects.filter(task__in=tasks, number=1, reason="planned").count() == 3

    def test_refuse_quality_while_a_task_is_open(self, life, world):
        order = life.started()

        with pytest.raises(work.NotReady, match="3 tasks are still open"):
            work.submit_to_quality(order=order, by=world.delivery_manager, at=life.later())

    def test_refuse_release_without_a_deliverable(self, life, world):
        order = life.in_quality()

        with pytest.raises(work.NotReady, match="no deliverable"):
            work.move(order=order, name="to_sign_off", by=world.delivery_manager, at=life.later())

    def test_have_names_of_the_life_only(self, life, world):
        with pytest.raises(transitions.UnknownStep):
            work.move(order=life.draft(), name="teleport", by=world.attorney, at=life.later())

    def test_return_what_was_delivered_and_start_the_providers_clock_again(self, life, world):
        order = work.return_for_rework(
            order=life.delivered(), by=world.attorney, reason="annex B is missing", at=life.later()
        )
        order = work.resume(order=order, by=world.delivery_manager, at=life.later())

        starts = order.clock_events.filter(milestone="DELIVER", kind=ClockEventKind.START).order_by("round")
        assert [event.round for event in starts] == [1, 2]
        assert (order.state, order.holder) == (OrderState.IN_PROGRESS, world.delivery_manager)

    def test_end_in_a_closed_order(self, life, world):
        order = work.approve(order=life.delivered(), by=world.legal_operations, at=life.later())
        order = work.close(order=order, by=world.legal_operations, at=life.later())

        assert order.state == OrderState.CLOSED
        stopped = order.clock_events.filter(kind=ClockEventKind.STOP).values_list("milestone", flat=True)
        assert set(stopped) == {"ACKNOWLEDGE", "DELIVER", "SIGN_OFF", "ACCEPT"}

    def test_cancel_with_a_settlement_and_end_what_was_open(self, life, world):
        order = life.started()

        order = work.cancel(
            order=order, by=world.attorney, settlement="ten pages are paid, the rest falls away", at=life.later()
        )

        assert order.settlement == "ten pages are paid, the rest falls away"
        assert set(order.tasks.values_list("state", flat=True)) == {TaskState.CANCELLED}
        running = order.clock_events.filter(kind=ClockEventKind.START).count()
        assert order.clock_events.filter(kind=ClockEventKind.STOP).count() == running


class TestAppendOnlyTables:
    @pytest.mark.parametrize("table", ["transitions", "custody", "clock_events"])
    def test_refuse_a_change_in_the_database_itself(self, life, table):
        from django.db import IntegrityError, OperationalError, transaction

        order = life.issued()
        rows = getattr(order, table).all()

        for change in (lambda: rows.update(order=order), lambda: rows.delete()):
            with pytest.raises((IntegrityError, OperationalError)), transaction.atomic():
                change()


def test_a_draft_of_another_day_is_issued_under_the_terms_of_that_day(life, world):
    order = life.draft()
    later = factories.NOW + timedelta(days=30)
    world.terms.effective_to = later.date()
    world.terms.save()
    amended = factories.terms(
        world.engagement,
        world.attorney,
        world.legal_operations,
        version=2,
        effective_from=later.date(),
        permitted_lines=["translation"],
    )

    issued = work.issue(order=order, by=world.legal_operations, at=later)

    assert issued.terms == amended
