"""Hand-offs: five written elements, and custody that moves when the receiver has restated."""

import pytest

from cursitor.plumbing.refusal import NotPermitted
from cursitor.spine.people.choices import Role
from cursitor.spine.work import operations as work
from cursitor.spine.work.choices import HandOffState
from cursitor.spine.work.models import Custody
from tests import factories

ELEMENTS = {
    "severity": "WATCH",
    "state_of_work": "Seven of ten pages are translated; page 8 has a table that does not scan.",
    "actions": [{"what": "Retype the table on page 8", "owner": "Joel Matibag", "by": "Tue 24 Nov, 12:00 IST"}],
    "what_if": "If the client sends a better scan, use it; Asha Verma decides about the deadline.",
}
RESTATEMENT = "Three pages are left, I retype the table by noon and ask Asha if a scan arrives."


@pytest.fixture
def task(life, world):
    return work.claim_next(order=life.started(), by=world.specialist, at=life.now)


@pytest.fixture
def offer(life, world, task):
    def make(**changes):
        chosen = {"receiver": world.second_specialist, "by": world.specialist, "task": task, **ELEMENTS, **changes}
        return work.offer_hand_off(order=task.order, at=life.later(), **chosen)

    return make


class TestOffer:
    def test_leaves_custody_with_the_giver(self, world, task, offer):
        offer()

        task.refresh_from_db()
        assert task.holder == world.specialist

    @pytest.mark.parametrize(
        ("element", "value"),
        [
            ("severity", ""),
            ("state_of_work", " "),
            ("actions", []),
            ("actions", [{"what": "Retype", "owner": "", "by": "noon"}]),
            ("what_if", ""),
        ],
    )
    def test_refuses_when_an_element_is_not_written(self, offer, element, value):
        with pytest.raises(work.ElementMissing) as refused:
            offer(**{element: value})

        assert refused.value.field == element

    def test_refuses_a_giver_who_does_not_carry_the_task(self, world, offer):
        with pytest.raises(work.NotHolder):
            offer(by=world.delivery_manager, receiver=world.second_specialist)

    def test_refuses_a_second_offer_of_the_same_task(self, offer):
        offer()

        with pytest.raises(work.AlreadyOnOffer):
            offer()

    def test_refuses_a_receiver_of_another_organisation(self, world, offer):
        with pytest.raises(work.CannotCarry):
            offer(receiver=world.outsider)

    def test_keeps_the_task_from_being_completed_meanwhile(self, life, world, task, offer):
        offer()

        with pytest.raises(work.OfferStands):
            work.complete_task(task=task, by=world.specialist, at=life.later())


class TestAccept:
    def test_moves_custody_at_that_instant(self, life, world, task, offer):
        hand_off = work.accept_hand_off(
            hand_off=offer(), restatement=RESTATEMENT, by=world.second_specialist, at=life.later()
        )

        task.refresh_from_db()
        latest = Custody.objects.filter(task=task).order_by("-number").first()
        assert hand_off.state == HandOffState.ACCEPTED
        assert task.holder == world.second_specialist
        assert (latest.holder, latest.from_at, latest.reason) == (world.second_specialist, life.now, "handed off")

    @pytest.mark.parametrize("said", ["", "   ok   ", ELEMENTS["state_of_work"]])
    def test_refuses_without_the_receivers_own_words(self, life, world, task, offer, said):
        hand_off = offer()

        with pytest.raises(work.ElementMissing):
            work.accept_hand_off(hand_off=hand_off, restatement=said, by=world.second_specialist, at=life.later())
        task.refresh_from_db()
        assert task.holder == world.specialist

    def test_refuses_anybody_but_the_receiver(self, life, world, offer):
        hand_off = offer()

        with pytest.raises(NotPermitted):
            work.accept_hand_off(hand_off=hand_off, restatement=RESTATEMENT, by=world.delivery_manager, at=life.later())

    def test_refuses_an_offer_that_was_withdrawn(self, life, world, offer):
        hand_off = work.withdraw_hand_off(hand_off=offer(), by=world.specialist, at=life.later())

        with pytest.raises(work.NotOnOffer, match="withdrawn"):
            work.accept_hand_off(
                hand_off=hand_off, restatement=RESTATEMENT, by=world.second_specialist, at=life.later()
            )


class TestDecline:
    def test_needs_a_reason_and_leaves_custody(self, life, world, task, offer):
        hand_off = offer()

        with pytest.raises(work.ElementMissing):
            work.decline_hand_off(hand_off=hand_off, by=world.second_specialist, at=life.later(), reason="")
        declined = work.decline_hand_off(
            hand_off=hand_off, by=world.second_specialist, at=life.later(), reason="on leave from noon"
        )

        task.refresh_from_db()
        assert (declined.state, task.holder) == (HandOffState.DECLINED, world.specialist)


class TestOrder:
    def test_goes_to_another_manager_with_its_free_tasks(self, life, world):
        order = life.started()
        claimed = work.claim_next(order=order, by=world.specialist, at=life.now)
        relief = factories.person("Tomas Rieger", Role.DELIVERY_MANAGER, world.pune)
        hand_off = work.offer_hand_off(
            order=order, receiver=relief, by=world.delivery_manager, at=life.later(), **ELEMENTS
        )

        work.accept_hand_off(hand_off=hand_off, restatement=RESTATEMENT, by=relief, at=life.later())

        order.refresh_from_db()
        assert order.holder == relief
        assert [task.holder for task in order.tasks.order_by("number")] == [claimed.holder, relief, relief]

    def test_is_no_longer_on_offer_once_a_step_has_moved_custody(self, life, world):
        order = life.awaiting_sign_off()
        relief = factories.person("Tomas Rieger", Role.DELIVERY_MANAGER, world.pune)
        hand_off = work.offer_hand_off(
            order=order, receiver=relief, by=world.delivery_manager, at=life.later(), **ELEMENTS
        )
        work.move(order=order, name="deliver", by=world.attorney, at=life.later())

        with pytest.raises(work.NotOnOffer):
            work.accept_hand_off(hand_off=hand_off, restatement=RESTATEMENT, by=relief, at=life.later())
        order.refresh_from_db()
        assert order.holder == world.attorney

    def test_does_not_go_to_a_specialist(self, life, world):
        order = life.started()

        with pytest.raises(work.CannotCarry):
            work.offer_hand_off(
                order=order, receiver=world.specialist, by=world.delivery_manager, at=life.later(), **ELEMENTS
            )
