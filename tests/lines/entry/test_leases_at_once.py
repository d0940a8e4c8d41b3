"""Fifty clients at one queue: every record is keyed once in each pass, and never held by two."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from cursitor.lines.entry import operations
from cursitor.lines.entry.choices import Stage, TaskKind
from cursitor.lines.entry.models import Keying, Record
from cursitor.spine.people.choices import Role
from tests.factories import NOW, World, person
from tests.lines.entry import factories

N_CLIENTS = 50
N_RECORDS = 80


@pytest.fixture
def order(transactional_db):
    made = factories.order(World(), factories.SINGLE_FORM)
    batch = factories.batch(made)
    source = factories.file(batch)
    for _ in range(N_RECORDS):
        factories.record(batch, file=source)
    return made


@pytest.fixture
def keyers(order):
    return [
        person(f"Keyer {number}", Role.SPECIALIST, order.holder.memberships.get().site) for number in range(N_CLIENTS)
    ]


def key_all(task) -> list[int]:
    taken = []
    try:
        while record := operations.next_record(task=task, by=task.holder, at=NOW):
            taken.append(record.pk)
            values = factories.values({"filed": "March 4, 1999", "note": "x"})
            operations.save_keying(task=task, record=record, values=values, effort={}, by=task.holder, at=NOW)
    finally:
        connection.close()
    return taken


def ask(task, at=NOW):
    try:
        return operations.next_record(task=task, by=task.holder, at=at)
    finally:
        connection.close()


@pytest.mark.slow
class TestLeasesAtOnce:
    def test_no_record_is_ever_keyed_by_two(self, order, keyers):
        tasks = [factories.task(order, keyer) for keyer in keyers]

        with ThreadPoolExecutor(N_CLIENTS) as pool:
            taken = list(pool.map(key_all, tasks))

        times = Counter(record for records in taken for record in records)
        assert len(times) == N_RECORDS
        assert set(times.values()) == {1}
        assert Keying.objects.count() == N_RECORDS
        assert set(Record.objects.values_list("stage", flat=True)) == {Stage.DONE}

    def test_of_fifty_who_ask_at_once_each_gets_another(self, order, keyers):
        tasks = [factories.task(order, keyer) for keyer in keyers]

        with ThreadPoolExecutor(N_CLIENTS) as pool:
            taken = list(pool.map(ask, tasks))

        assert len({record.pk for record in taken}) == N_CLIENTS
        assert Record.objects.exclude(leased_to=None).count() == N_CLIENTS

    def test_a_record_whose_lease_ran_out_goes_to_one_other(self, order, keyers):
        tasks = [factories.task(order, keyer) for keyer in keyers]
        held = ask(tasks[0])
        Record.objects.exclude(pk=held.pk).update(stage=Stage.DONE)

        with ThreadPoolExecutor(N_CLIENTS) as pool:
            taken = list(pool.map(lambda task: ask(task, NOW + timedelta(minutes=11)), tasks[1:]))

        assert [record.pk for record in taken if record] == [held.pk]

    def test_of_the_second_pass_nobody_gets_their_own(self, order, keyers):
        records = list(Record.objects.order_by("number"))
        for place, record in enumerate(records):
            Keying.objects.create(record=record, schema=record.schema, of_pass="FIRST", by=keyers[place % 50], at=NOW)
            record.stage, record.first_doer = Stage.SECOND, keyers[place % 50]
        Record.objects.bulk_update(records, ["stage", "first_doer"])
        tasks = [factories.task(order, keyer, TaskKind.SECOND) for keyer in keyers]

        with ThreadPoolExecutor(N_CLIENTS) as pool:
            taken = list(pool.map(ask, tasks))

        assert len({record.pk for record in taken}) == N_CLIENTS
        assert not [record for record, keyer in zip(taken, keyers, strict=True) if record.first_doer_id == keyer.pk]
