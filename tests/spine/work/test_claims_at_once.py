"""Fifty people claim at once, each on a connection of their own: no task is ever held twice."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from cursitor.spine.engagements.models import TeamMember
from cursitor.spine.people.choices import Role
from cursitor.spine.work import operations as work
from cursitor.spine.work.choices import TaskState
from cursitor.spine.work.models import Custody
from tests import factories
from tests.spine.work.conftest import Life

N_PEOPLE, N_TASKS = 50, 30


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
class TestClaimsAtOnce:
    def test_give_every_task_to_one_person(self):
        life = Life(factories.World())
        order = life.started(brief={"source_language": "de", "n_pages": N_TASKS * 10})
        people = [self.specialist(life.world, number) for number in range(N_PEOPLE)]
        at_once = Barrier(N_PEOPLE)

        def claim(person):
            try:
                at_once.wait(timeout=30)
                task = work.claim_next(order=order, by=person, at=life.now)
                return (task.number, person.pk) if task else None
            finally:
                connection.close()

        with ThreadPoolExecutor(N_PEOPLE) as pool:
            claimed = [taken for taken in pool.map(claim, people) if taken]

        assert sorted(number for number, _person in claimed) == list(range(1, N_TASKS + 1))
        held = order.tasks.filter(state=TaskState.OPEN, is_assigned=True)
        assert {(task.number, task.holder_id) for task in held} == set(claimed)
        rows = Counter(Custody.objects.filter(order=order, reason="claimed").values_list("task__number", flat=True))
        assert rows == Counter(range(1, N_TASKS + 1))

    def specialist(self, world, number: int):
        person = factories.person(f"Reader N{number:02d}", Role.SPECIALIST, world.pune)
        TeamMember.objects.create(matter=world.matter, person=person, joined_at=factories.NOW)
        return person
