"""Questions: whose clock runs while they wait, and answers that are used again."""

from datetime import timedelta

import pytest

from cursitor.plumbing.refusal import Invalid, NotPermitted
from cursitor.spine.work import operations as work
from cursitor.spine.work import queries
from tests import factories


@pytest.fixture
def order(life):
    return life.started()


@pytest.fixture
def ask(life, world, order):
    def make(**changes):
        chosen = {"text": "May the annexes be left out?", "is_blocking": True, "by": world.specialist, **changes}
        return work.ask(order=order, at=life.later(), **chosen)

    return make


def clock(order, milestone, now):
    return next(clock for clock in queries.clocks(order, now) if clock.milestone == milestone)


class TestBlockingQuestion:
    def test_pauses_the_providers_clock_and_starts_the_clients(self, life, order, ask):
        ask()

        deliver, answer = clock(order, "DELIVER", life.later()), clock(order, "ANSWER", life.now)
        assert (deliver.state, deliver.waits_for) == ("PAUSED", "Aldmere Vance on question 1")
        assert (answer.state, answer.about, answer.used) == ("RUNNING", "question 1", timedelta(hours=1))

    def test_lets_the_providers_clock_run_on_once_answered(self, life, world, order, ask):
        question = ask()
        used = clock(order, "DELIVER", life.now).used
        work.answer(question=question, text="Yes, all but annex B.", by=world.attorney, at=life.later())

        deliver = clock(order, "DELIVER", life.later())

        assert (deliver.state, deliver.used) == ("RUNNING", used + timedelta(hours=1))
        assert clock(order, "ANSWER", life.now).state == "MET"

    def test_keeps_the_clock_paused_while_another_waits(self, life, world, order, ask):
        question = ask()
        ask(text="Which of the two glossaries holds?")
        work.answer(question=question, text="Yes.", by=world.attorney, at=life.later())

        assert clock(order, "DELIVER", life.later()).waits_for == "Aldmere Vance on question 2"

    def test_stands_in_the_way_of_quality(self, life, world, order, ask):
        ask()
        for task in order.tasks.all():
            work.complete_task(task=task, by=world.delivery_manager, at=life.now)

        with pytest.raises(work.NotReady, match="Question 1"):
            work.submit_to_quality(order=order, by=world.delivery_manager, at=life.later())


class TestQuestion:
    def test_that_does_not_block_leaves_the_clocks_alone(self, life, order, ask):
        ask(is_blocking=False)

        assert clock(order, "DELIVER", life.later()).state == "RUNNING"
        assert not order.clock_events.filter(milestone="ANSWER").exists()

    def test_is_asked_by_the_provider_only(self, world, ask):
        with pytest.raises(NotPermitted):
            ask(by=world.attorney)

    def test_is_answered_by_the_client_only(self, life, world, ask):
        with pytest.raises(NotPermitted):
            work.answer(question=ask(), text="Yes.", by=world.delivery_manager, at=life.later())

    def test_is_answered_once(self, life, world, ask):
        question = work.answer(question=ask(), text="Yes.", by=world.attorney, at=life.later())

        with pytest.raises(work.AlreadyAnswered):
            work.answer(question=question, text="No.", by=world.attorney, at=life.later())

    def test_needs_words(self, ask):
        with pytest.raises(Invalid):
            ask(text="  ")

    def test_is_not_asked_once_the_work_is_released(self, life, world):
        order = life.awaiting_sign_off()

        with pytest.raises(work.NothingToAsk):
            work.ask(order=order, text="Too late?", is_blocking=False, by=world.delivery_manager, at=life.later())


class TestReuse:
    def test_finds_answers_by_their_words_and_rests_on_them(self, life, world, ask):
        earlier = work.answer(question=ask(), text="Leave annexes out.", by=world.attorney, at=life.later())
        question = ask(text="And the schedules?")

        [found] = queries.search_questions(world.attorney, "annexes LEFT")
        answered = work.answer(
            question=question, text="As for the annexes.", by=world.attorney, at=life.later(), reuses=found
        )

        assert answered.reuses == earlier

    def test_refuses_an_answer_that_was_never_given(self, life, world, ask):
        open_question, question = ask(), ask(text="And the schedules?")

        with pytest.raises(Invalid):
            work.answer(question=question, text="Same.", by=world.attorney, at=life.later(), reuses=open_question)

    def test_finds_nothing_of_a_matter_one_may_not_see(self, life, world, ask):
        work.answer(question=ask(), text="Leave annexes out.", by=world.attorney, at=life.later())

        assert not queries.search_questions(world.other_attorney, "annexes")
        assert not queries.search_questions(world.outsider, "annexes")


def test_a_specialist_asks_about_a_task_of_that_order_only(life, world, ask):
    stranger = factories.order(world, state="IN_PROGRESS", issued_at=life.now)
    [task] = work.plan(order=stranger, planned=_planned(), by=world.delivery_manager, at=life.now)

    with pytest.raises(Invalid, match="not a task of"):
        ask(task=task)


def _planned():
    from cursitor.spine.work.registry import PlannedTask

    return [PlannedTask("translate", "Pages", {"pages": 1})]
