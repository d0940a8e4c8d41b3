"""Fifty clients at one queue: every family is read once, and never held by two."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from cursitor.lines.review import operations
from cursitor.lines.review.models import CodingSave, Family
from cursitor.spine.people.choices import Role
from tests.factories import NOW, World, person
from tests.lines.review import factories

N_CLIENTS = 50
N_FAMILIES = 120


@pytest.fixture
def tasks(transactional_db):
    world = World()
    order = factories.order(world)
    collection = factories.collection(order)
    for number in range(N_FAMILIES):
        factories.family(collection, f"Memorandum {number}.")
    people = [person(f"Reader {number}", Role.SPECIALIST, world.pune) for number in range(N_CLIENTS)]
    return [factories.task(order, reader) for reader in people]


def read(task) -> list[int]:
    taken = []
    try:
        while family := operations.next_family(task=task, by=task.holder, at=NOW):
            taken.append(family.pk)
            values = factories.values(family, factories.NOT_RESPONSIVE)
            operations.save_family(task=task, family=family, values=values, seconds=1, by=task.holder, at=NOW)
    finally:
        connection.close()
    return taken


@pytest.mark.slow
class TestLeasesAtOnce:
    def test_no_family_is_ever_held_by_two(self, tasks):
        with ThreadPoolExecutor(N_CLIENTS) as pool:
            taken = list(pool.map(read, tasks))

        times = Counter(family for families in taken for family in families)
        assert len(times) == N_FAMILIES
        assert set(times.values()) == {1}
        assert CodingSave.objects.count() == N_FAMILIES

    def test_of_fifty_who_ask_at_once_each_gets_another(self, tasks):
        def ask(task):
            try:
                return operations.next_family(task=task, by=task.holder, at=NOW).pk
            finally:
                connection.close()

        with ThreadPoolExecutor(N_CLIENTS) as pool:
            taken = list(pool.map(ask, tasks))

        assert len(set(taken)) == N_CLIENTS
        assert Family.objects.exclude(leased_to=None).count() == N_CLIENTS

    def test_a_family_whose_lease_ran_out_goes_to_one_other(self, tasks):
        family = operations.next_family(task=tasks[0], by=tasks[0].holder, at=NOW)
        Family.objects.exclude(pk=family.pk).update(first_done_at=NOW)

        def ask(task):
            try:
                return operations.next_family(task=task, by=task.holder, at=NOW + timedelta(minutes=11))
            finally:
                connection.close()

        with ThreadPoolExecutor(N_CLIENTS) as pool:
            taken = [found for found in pool.map(ask, tasks[1:]) if found]

        assert [found.pk for found in taken] == [family.pk]
