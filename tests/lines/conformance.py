"""
What every service line must do, whatever its work is.

A line's tests subclass `Conformance` once, name the line and say how its work is done; everything else is asked here
through the fields of `ServiceLine` and through HTTP, as the spine and the people do.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cursitor.spine.audit.models import Entry
from cursitor.spine.engagements.models import Wall
from cursitor.spine.people.choices import SkillKind
from cursitor.spine.people.models import Person, Skill
from cursitor.spine.work import operations as work
from cursitor.spine.work import registry
from cursitor.spine.work.models import WorkOrder
from tests import factories

NOW = factories.NOW
SEVERITIES = {"CRITICAL", "MAJOR", "MINOR"}


class Conformance:
    """
    line, work_kind: keys. brief: what the brief form takes. query_budget: database queries a page may make.
    """

    line: ClassVar[str]
    work_kind: ClassVar[str]
    brief: ClassVar[Mapping[str, Any]]
    query_budget: ClassVar[int] = 60

    def do_work(self, world: factories.World, order: WorkOrder) -> None:
        """Do all of the order's work by the line's operations, as the specialists who hold its tasks."""
        raise NotImplementedError

    def agreeing_reading(self, order: WorkOrder, unit_key: str) -> dict[str, Any]:
        """Return the form of an inspector who reads a unit as it was decided."""
        raise NotImplementedError

    @pytest.fixture
    def order(self, world) -> WorkOrder:
        """An order in progress, issued, accepted and assigned by operations; two specialists share its tasks."""
        for person in (world.specialist, world.second_specialist):
            for name in registry.lines()[self.line].work_kind(self.work_kind).skills:
                Skill.objects.create(person=person, kind=SkillKind.SKILL, name=name, evidence="Certificate of 2026")
        made = work.draft_order(
            matter=world.matter,
            engagement=world.engagement,
            line=self.line,
            work_kind=self.work_kind,
            title="For conformance",
            brief=dict(self.brief),
            fee_basis="UNIT",
            budget_amount=1_000_00,
            by=world.legal_operations,
            at=NOW,
        )
        work.issue(order=made, by=world.legal_operations, at=NOW)
        work.accept(order=made, by=world.delivery_manager, at=NOW)
        started = work.start(order=made, by=world.delivery_manager, at=NOW)
        for number, task in enumerate(started.tasks.order_by("number")):
            to = (world.specialist, world.second_specialist)[number % 2]
            work.assign(task=task, to=to, by=world.delivery_manager, at=NOW)
        return WorkOrder.objects.select_related("matter__client", "matter__organisation", "provider").get(pk=started.pk)

    @pytest.fixture
    def done(self, world, order) -> WorkOrder:
        self.do_work(world, order)
        return order

    @property
    def service(self) -> registry.ServiceLine:
        return registry.lines()[self.line]

    def pages(self, order: WorkOrder) -> list[str]:
        return [address for _name, address in self.service.order_links(order)]

    def status(self, person: Person, address: str) -> int:
        client = Client()
        client.force_login(person)
        return client.get(address).status_code

    def test_says_of_itself_what_the_spine_needs(self):
        kinds = self.service.defects.kinds

        assert self.service.key == self.line
        assert len({kind.key for kind in kinds}) == len(kinds)
        assert {kind.severity for kind in kinds} <= SEVERITIES
        assert all(kind.brief_form(dict(self.brief)).is_valid() for kind in self.service.work_kinds)

    def test_plans_a_task_for_each_part_of_the_work(self, order):
        planned = [(task.kind, task.title) for task in self.service.plan(order)]

        assert list(order.tasks.order_by("number").values_list("kind", "title")) == planned

    def test_shows_its_pages_to_those_on_the_order_and_to_nobody_else(self, world, done):
        for address in self.pages(done):
            for person in (world.delivery_manager, world.qc_lead, world.specialist, world.attorney):
                assert self.status(person, address) == 200, (person, address)
            for person in (world.outsider, world.other_attorney, world.administrator):
                assert self.status(person, address) == 404, (person, address)

    def test_keeps_out_whom_a_wall_keeps_out(self, world, done):
        Wall.objects.create(
            matter=done.matter, person=world.specialist, reason="Acted before", raised_by=world.attorney, raised_at=NOW
        )

        assert {self.status(world.specialist, address) for address in self.pages(done)} == {404}

    def test_opens_the_workbench_of_every_task_for_who_holds_it(self, done):
        for task in done.tasks.select_related("holder"):
            client = Client()
            client.force_login(task.holder)

            answer = client.get(reverse("work:task", args=[done.ref, task.number]), follow=True)

            assert answer.status_code == 200, task.title

    def test_renders_its_pages_within_the_query_budget(self, world, done):
        client = Client()
        client.force_login(world.delivery_manager)
        for address in self.pages(done):
            client.get(address)
            with CaptureQueriesContext(connection) as made:
                client.get(address)

            assert len(made) <= self.query_budget, (address, len(made))

    def test_writes_what_happens_to_the_log_of_the_matter(self, done):
        written = Entry.objects.filter(type__startswith=f"{self.line}.")

        assert written.exists()
        assert not written.exclude(matter=done.matter.key).exists()

    def test_stands_in_the_way_of_delivery_until_the_work_is_done(self, world, order):
        before = self.service.blockers(order)

        self.do_work(world, order)

        assert before
        assert all(blocker.sentence and blocker.code for blocker in before)
        assert self.service.blockers(order) == ()
        progress = self.service.progress(order)
        assert (progress.done, progress.share) == (progress.total, 1.0)

    def test_tells_the_progress_of_many_orders_in_the_queries_of_one(self, done):
        # Without a form for many, lists would ask once for each order.
        with CaptureQueriesContext(connection) as made:
            found = self.service.progress_by_order([done] * 3)

        assert found == {done.pk: self.service.progress(done)}
        assert len(made) == 1

    def test_names_its_units_once_each_with_who_did_them(self, done):
        units = self.service.inspection_units(done)

        assert units
        assert len({unit.key for unit in units}) == len(units)
        assert all(unit.doer.startswith("person:") and unit.n_opportunities > 0 for unit in units)
        assert units == self.service.inspection_units(done)

    def test_shows_the_inspector_a_unit_without_the_first_decision(self, rf, world, done):
        request = rf.get("/")
        request.user = world.qc_lead

        page = self.service.inspection_page(request, done, self.service.inspection_units(done)[0].key)

        assert 'name="reading-' in page
        assert " checked" not in page
        assert not [p.name for p in (world.specialist, world.second_specialist) if p.name in page]

    def test_finds_nothing_where_the_inspector_agrees(self, done):
        for unit in self.service.inspection_units(done):
            assert self.service.judge(done, unit.key, self.agreeing_reading(done, unit.key)) == ()

    def test_bills_each_unit_once(self, done):
        billed = self.service.billables(done)

        assert billed
        assert len({unit.key for unit in billed}) == len(billed)
        assert [unit.key for unit in billed] == [unit.key for unit in self.service.billables(done)]
        assert {unit.work_kind for unit in billed} == {done.work_kind}

    def test_delivers_the_same_version_from_the_same_work(self, world, done):
        first = self.service.deliver(done, world.delivery_manager, NOW + timedelta(hours=1))

        again = self.service.deliver(done, world.delivery_manager, NOW + timedelta(hours=2))

        assert again == first
        assert first.files.exists()
