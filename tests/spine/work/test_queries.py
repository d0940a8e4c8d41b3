"""What is read of work: clocks, custody, risk, what waits, what is found."""

from datetime import timedelta

import pytest

from cursitor.engines.clocks import business_time
from cursitor.plumbing.refusal import Invalid
from cursitor.spine.engagements import operations as matters
from cursitor.spine.engagements import queries as engagements
from cursitor.spine.engagements.choices import MatterStatus
from cursitor.spine.work import operations as work
from cursitor.spine.work import queries
from cursitor.spine.work.models import WorkOrder
from cursitor.spine.work.queries import pages
from tests.spine.work.test_hand_offs import ELEMENTS, RESTATEMENT


def clock(order, milestone, now, number=1):
    found = (each for each in queries.clocks(order, now) if each.milestone == milestone and each.round == number)
    return next(found)


class TestClocks:
    def test_agree_with_the_day_the_order_is_due(self, life):
        order = life.started()

        assert clock(order, "DELIVER", life.later()).due_at == order.due_at

    def test_count_business_time_of_the_terms_only(self, life, world):
        order = life.started()
        calendar = engagements.business_calendar(world.terms)

        deliver = clock(order, "DELIVER", life.later(days=3))

        assert deliver.used == business_time(calendar, order.issued_at, life.now)
        assert deliver.used + deliver.left == timedelta(minutes=2400)

    def test_move_the_due_time_on_by_the_open_time_that_was_paused(self, life, world):
        order = life.started()
        question = work.ask(order=order, text="Which?", is_blocking=True, by=world.delivery_manager, at=life.later())
        work.answer(question=question, text="The first.", by=world.attorney, at=life.later(hours=2))

        assert clock(order, "DELIVER", life.later()).due_at == order.due_at + timedelta(hours=2)

    def test_say_when_a_promise_was_missed(self, life, world):
        order = life.issued()

        order = work.accept(order=order, by=world.delivery_manager, at=life.later(hours=2))

        acknowledge = clock(order, "ACKNOWLEDGE", life.now)
        assert (acknowledge.state, acknowledge.result, acknowledge.left) == ("MISSED", "missed", timedelta(hours=-1))

    def test_of_a_cancelled_order_end_without_being_met(self, life, world):
        order = work.cancel(order=life.started(), by=world.attorney, settlement="nothing is owed", at=life.later())

        assert clock(order, "DELIVER", life.later()).state == queries.ENDED
        assert clock(order, "ACKNOWLEDGE", life.now).state == "MET"

    def test_run_again_after_a_return_for_rework(self, life, world):
        order = work.return_for_rework(order=life.delivered(), by=world.attorney, reason="annex", at=life.later())

        again = clock(order, "DELIVER", life.later(), number=2)

        assert (again.state, again.used) == ("RUNNING", timedelta(hours=1))
        assert clock(order, "DELIVER", life.now).state == "MET"

    def test_of_many_orders_cost_no_more_queries_than_of_one(self, life, django_assert_num_queries):
        for _ in range(3):
            life.started()
        parties = ("matter__organisation", "provider", "terms", "duty_holder")
        orders = list(WorkOrder.objects.select_related(*parties))

        with django_assert_num_queries(2):
            queries.clocks_of(orders, life.now)


class TestCustody:
    def test_has_no_gap_between_one_holder_and_the_next(self, life, world):
        order = life.delivered()

        line = queries.custody(order, life.later())

        for lane in line.lanes:
            for stretch, after in zip(lane.stretches, lane.stretches[1:], strict=False):
                assert stretch.end == after.begin
            assert lane.stretches[0].begin == order.made_at
            assert lane.stretches[-1].end is None

    def test_names_the_legal_duty_at_every_moment(self, life, world):
        lanes = {lane.name: lane for lane in queries.custody(life.delivered(), life.later()).lanes}

        assert [stretch.holder for stretch in lanes["Legal duty"].stretches] == ["Nora Kessling, Chicago"]
        assert [stretch.holder for stretch in lanes["Work"].stretches] == [
            "Owen Marsh, Chicago",
            "Asha Verma, Pune",
            "Nora Kessling, Chicago",
        ]

    def test_shows_what_is_on_offer_after_now_and_acceptance_as_a_mark(self, life, world):
        order = life.started()
        task = work.claim_next(order=order, by=world.specialist, at=life.now)
        hand_off = work.offer_hand_off(
            order=order, task=task, receiver=world.second_specialist, by=world.specialist, at=life.later(), **ELEMENTS
        )
        offered = queries.custody(order, life.later()).lanes[2].stretches[-1]
        assert (offered.is_offered, offered.begin) == (True, life.now)

        work.accept_hand_off(hand_off=hand_off, restatement=RESTATEMENT, by=world.second_specialist, at=life.later())

        taken = queries.custody(order, life.later()).lanes[2].stretches[-1]
        assert (taken.holder, taken.is_offered) == ("Joel Matibag, Pune", False)
        assert taken.accepted_at == taken.begin

    def test_ends_with_the_order(self, life, world):
        order = work.cancel(order=life.started(), by=world.attorney, settlement="nothing is owed", at=life.later())

        assert queries.custody(order, life.later()).lanes[0].stretches[-1].end == life.now - timedelta(hours=1)


class TestRisk:
    def test_grows_with_the_time_used(self, life, world):
        order = life.issued()

        levels = [
            queries.risk(order, queries.clocks(order, order.issued_at + timedelta(minutes=minutes))).level
            for minutes in (10, 46, 55, 61)
        ]

        assert levels == [0, 1, 2, 3]

    def test_names_the_question_that_a_clock_waits_for(self, life, world):
        order = life.started()
        work.ask(order=order, text="Which?", is_blocking=True, by=world.delivery_manager, at=life.later())

        found = queries.risk(order, queries.clocks(order, life.later(minutes=5)))

        assert (found.level, found.page) == (1, "work:order_questions")
        assert "Aldmere Vance on question 1" in found.sentence

    def test_sees_work_that_lags_behind_its_time(self, life, world):
        order = life.started()
        at = life.later(days=1, hours=2)

        found = queries.risk(order, queries.clocks(order, at), queries.progress(order))

        assert found.sentence.startswith("0 of 30 pages done")

    def test_puts_the_order_most_at_risk_first_on_the_board(self, life, world):
        calm, urgent = life.started(), life.issued()

        board = queries.board(world.delivery_manager, life.later())

        assert [row.order for row in board] == [urgent, calm]


class TestWaiting:
    def test_gives_everybody_their_own_turn(self, life, world):
        issued = life.issued()
        assert [item.kind for item in queries.waiting_for(world.delivery_manager, life.now)] == ["accept"]
        assert queries.waiting_for(world.attorney, life.now) == ()

        work.accept(order=issued, by=world.delivery_manager, at=life.now)
        work.start(order=issued, by=world.delivery_manager, at=life.now)
        work.ask(order=issued, text="Which?", is_blocking=True, by=world.delivery_manager, at=life.now)
        work.claim_next(order=issued, by=world.specialist, at=life.now)

        assert [item.kind for item in queries.waiting_for(world.attorney, life.now)] == ["answer"]
        assert [item.kind for item in queries.waiting_for(world.specialist, life.now)] == ["task"]
        assert queries.waiting_for(world.delivery_manager, life.now) == ()

    def test_puts_what_runs_out_first_on_top(self, life, world):
        life.awaiting_sign_off()
        order = life.started()
        work.ask(order=order, text="Which?", is_blocking=True, by=world.delivery_manager, at=life.now)

        kinds = [item.kind for item in queries.waiting_for(world.attorney, life.later(minutes=1))]

        assert kinds == ["answer", "deliver"]

    def test_leaves_the_signature_to_the_attorney_of_the_matter(self, life, world):
        life.awaiting_sign_off()

        assert [item.kind for item in queries.waiting_for(world.attorney, life.now)] == ["deliver"]
        assert queries.waiting_for(world.legal_operations, life.now) == ()

    def test_asks_the_manager_for_another_holder_when_a_wall_is_raised(self, life, world):
        order = life.started()
        work.claim_next(order=order, by=world.specialist, at=life.now)
        matters.raise_wall(
            matter=world.matter, person=world.specialist, reason="former client", by=world.attorney, at=life.later()
        )

        [item] = queries.waiting_for(world.delivery_manager, life.now)

        assert (item.kind, item.args) == ("stranded", (order.ref, 1))
        assert queries.waiting_for(world.specialist, life.now) == ()
        work.assign(task=order.tasks.get(number=1), to=world.second_specialist, by=world.delivery_manager, at=life.now)
        assert queries.waiting_for(world.delivery_manager, life.now) == ()

    def test_counts_questions_and_hand_offs_for_the_side_bar(self, life, world):
        order = life.started()
        work.ask(order=order, text="Which?", is_blocking=False, by=world.delivery_manager, at=life.now)

        assert queries.n_waiting(world.attorney) == {"questions": 1, "hand_offs": 0}
        assert queries.n_waiting(world.other_attorney) == {"questions": 0, "hand_offs": 0}
        assert pages.n_open(world.attorney) == 1


class TestFind:
    @pytest.mark.parametrize("text", ["WO-1", "wo-1", "1", "sales contracts", "corbel translate"])
    def test_finds_an_order_by_number_and_words(self, life, world, text):
        order = life.started()

        [(label, _where, address)] = queries.find(world.attorney, text)

        assert label == f"{order.ref} {order.title}"
        assert address == "/orders/WO-1/"

    def test_finds_nothing_for_those_who_may_not_see_it(self, life, world):
        life.started()

        assert queries.find(world.outsider, "WO-1") == []
        assert queries.find(world.administrator, "sales") == []
        assert queries.find(world.attorney, "   ") == []


def test_the_overview_of_an_order_stays_within_its_query_budget(life, world, django_assert_max_num_queries, client):
    order = life.started()
    work.ask(order=order, text="Which?", is_blocking=True, by=world.delivery_manager, at=life.now)
    client.force_login(world.attorney)
    client.get(f"/orders/{order.ref}/")

    with django_assert_max_num_queries(34):
        client.get(f"/orders/{order.ref}/")


def test_nothing_is_ordered_on_a_closed_matter(life, world):
    world.matter.status = MatterStatus.CLOSED
    world.matter.save()

    with pytest.raises(Invalid, match="is closed"):
        life.draft()
