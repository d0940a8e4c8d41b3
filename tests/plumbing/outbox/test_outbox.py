import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from tests.factories import NOW

from cursitor.plumbing.outbox import operations as outbox
from cursitor.plumbing.outbox import worker
from cursitor.plumbing.outbox.models import Message

TOPICS = frozenset({"test.work"})
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
LAPSED = NOW + outbox.LEASE + timedelta(seconds=1)


def post(key="", at=NOW, **payload):
    with transaction.atomic():
        outbox.post(topic="test.work", at=at, key=key, **payload)


@pytest.fixture
def handler(monkeypatch):
    """A registered handler that keeps what it was called with, for as long as the test runs."""
    monkeypatch.setattr(worker, "_handlers", {})
    monkeypatch.setattr(worker, "_timers", set())
    monkeypatch.setattr(worker, "load_handlers", lambda: frozenset(worker._handlers))
    calls = []
    worker.handles("test.work")(lambda **payload: calls.append(payload))
    return calls


@pytest.mark.django_db
class TestPost:
    def test_adds_one_message_while_another_with_its_key_waits(self):
        post(key="order 7", at=NOW + timedelta(hours=1))

        post(key="order 7", at=NOW)
        post(key="order 8")

        assert Message.objects.count() == 2
        assert Message.objects.get(key="order 7").due_at == NOW

    def test_adds_a_second_while_the_first_is_under_way(self):
        post(key="order 7")
        outbox.lease(at=NOW, topics=TOPICS)

        post(key="order 7")

        assert Message.objects.filter(key="order 7").count() == 2

    @pytest.mark.django_db(transaction=True)
    def test_refuses_outside_the_transaction_that_decided_it(self):
        with pytest.raises(RuntimeError, match="transaction"):
            outbox.post(topic="test.work", at=NOW)

    @pytest.mark.django_db(transaction=True)
    def test_leaves_nothing_when_that_transaction_rolls_back(self):
        with transaction.atomic():
            outbox.post(topic="test.work", at=NOW)
            transaction.set_rollback(True)

        assert not Message.objects.exists()


@pytest.mark.django_db
class TestLease:
    def test_takes_the_message_that_is_due_longest(self):
        post(at=NOW, name="later")
        post(at=NOW - timedelta(minutes=1), name="earlier")
        post(at=NOW + timedelta(minutes=1), name="not yet")

        taken = [outbox.lease(at=NOW, topics=TOPICS) for _ in range(3)]

        assert [message and message.payload["name"] for message in taken] == ["earlier", "later", None]

    def test_gives_a_message_again_when_its_worker_died(self):
        post()
        first = outbox.lease(at=NOW, topics=TOPICS)

        while_held = outbox.lease(at=NOW + outbox.LEASE, topics=TOPICS)
        after = outbox.lease(at=LAPSED, topics=TOPICS)

        assert while_held is None
        assert after.pk == first.pk
        assert after.attempts == 2

    def test_does_not_give_a_message_whose_worker_prolongs_it(self):
        post()
        held = outbox.lease(at=NOW, topics=TOPICS)

        assert outbox.renew(message=held, at=NOW + timedelta(seconds=10))
        assert outbox.lease(at=LAPSED, topics=TOPICS) is None

    def test_ignores_the_worker_that_lost_its_lease(self):
        post()
        lost = outbox.lease(at=NOW, topics=TOPICS)
        held = outbox.lease(at=LAPSED, topics=TOPICS)

        outbox.finish(message=lost, at=LAPSED)
        outbox.fail(message=lost, at=LAPSED, error="too late")

        assert not outbox.renew(message=lost, at=LAPSED)
        assert Message.objects.get(pk=held.pk, done_at=None).lease_token == held.lease_token

    def test_buries_a_message_that_kills_every_worker(self):
        post()
        at = NOW
        while outbox.lease(at=at, topics=TOPICS):
            at += outbox.LEASE + timedelta(seconds=1)

        message = Message.objects.get()
        assert (message.attempts, message.error) == (outbox.MAX_ATTEMPTS, outbox.WORKERS_DIED)
        assert message.dead_at is not None


@pytest.mark.django_db
class TestFail:
    def test_tries_again_later_and_later_and_then_asks_for_a_person(self):
        post()
        delays = []
        at = NOW
        while message := outbox.lease(at=at, topics=TOPICS):
            outbox.fail(message=message, at=at, error="no room on the disk")
            message.refresh_from_db()
            delays.append(int((message.due_at - at).total_seconds()))
            at = message.due_at

        assert delays[:7] == [2, 4, 8, 16, 32, 64, 128]
        assert message is None
        assert Message.objects.get(dead_at__isnull=False).error == "no room on the disk"

    def test_can_be_tried_anew_by_a_person(self):
        post()
        Message.objects.update(attempts=8, dead_at=NOW, error="no room on the disk")

        outbox.retry_dead(message=Message.objects.get(), at=NOW)

        assert outbox.lease(at=NOW, topics=TOPICS).attempts == 1

    def test_gives_way_to_a_message_with_the_same_key(self):
        post(key="order 7")
        held = outbox.lease(at=NOW, topics=TOPICS)
        post(key="order 7")

        outbox.fail(message=held, at=NOW, error="interrupted")

        held.refresh_from_db()
        assert held.done_at == NOW
        assert outbox.waiting() == 1


@pytest.mark.django_db
class TestWorker:
    def test_calls_the_handler_with_the_payload_and_marks_the_message_done(self, handler):
        post(at=LONG_AGO, order=7)

        assert worker.drain() == 1

        assert handler == [{"order": 7}]
        assert outbox.waiting() == 0

    def test_keeps_what_went_wrong_and_goes_on(self, handler):
        worker._handlers["test.breaks"] = lambda: 1 / 0
        post(at=LONG_AGO, order=7)
        with transaction.atomic():
            outbox.post(topic="test.breaks", at=LONG_AGO)

        worker.drain()

        assert handler == [{"order": 7}]
        assert Message.objects.get(topic="test.breaks", done_at=None).error == "ZeroDivisionError: division by zero\n"

    def test_repeats_a_timer_even_if_its_work_does_not_succeed(self, handler):
        worker.every(timedelta(minutes=5), "test.timer")(lambda: 1 / 0)
        worker.arm_timers(at=LONG_AGO)
        worker.arm_timers(at=LONG_AGO)

        worker.drain()

        done, successor = Message.objects.filter(topic="test.timer").order_by("pk")
        assert "ZeroDivisionError" in done.error
        assert done.done_at is not None
        assert successor.done_at is None
        assert timedelta(minutes=4) < successor.due_at - done.done_at <= timedelta(minutes=5)

    def test_removes_what_was_done_more_than_a_week_ago(self):
        post(name="old")
        post(name="recent")
        Message.objects.filter(payload__name="old").update(done_at=NOW - timedelta(days=8))
        Message.objects.filter(payload__name="recent").update(done_at=NOW)

        assert outbox.sweep(at=NOW) == 1

        assert Message.objects.get().payload == {"name": "recent"}


@pytest.mark.django_db(transaction=True)
class TestParallelWorkers:
    def test_never_hold_one_message_together(self):
        for number in range(40):
            post(number=number)
        taken, lock = [], threading.Lock()

        def work():
            while message := outbox.lease(at=NOW, topics=TOPICS):
                with lock:
                    taken.append(message.payload["number"])
            connection.close()

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(taken) == list(range(40))
