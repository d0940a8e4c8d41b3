"""An order of data entry and who holds its tasks, for every test of the line."""

import pytest

from cursitor.lines.entry.choices import TaskKind
from tests.lines.entry import factories


@pytest.fixture
def order(world):
    return factories.order(world)


@pytest.fixture
def batch(order):
    return factories.batch(order)


@pytest.fixture
def record(order):
    return factories.record(factories.batch(order))


@pytest.fixture
def first(world, order):
    return factories.task(order, world.specialist)


@pytest.fixture
def second(world, order):
    return factories.task(order, world.second_specialist, TaskKind.SECOND)


@pytest.fixture
def third(world, order):
    return factories.task(order, factories.adjudicator(world), TaskKind.ADJUDICATE)
