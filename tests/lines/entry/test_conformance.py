import pytest

from cursitor.lines.entry import documents, operations
from cursitor.lines.entry.choices import PASS_OF_TASK, Pass, Stage, TaskKind
from cursitor.lines.entry.models import Record
from tests.lines.conformance import NOW, Conformance
from tests.lines.entry import batches, factories


class EntryConformance(Conformance):
    line = "entry"
    brief = {"subject": "Registration statements", "streams": 2, "split": "FILE", "every": 1}

    @pytest.fixture(autouse=True)
    def permitted(self, world):
        world.terms.permitted_lines = ["review", "entry"]
        world.terms.save()

    def do_work(self, world, order):
        operations.make_schema(
            order=order,
            definition=documents.kept(factories.FORM, {}),
            prefill=False,
            note="",
            by=world.delivery_manager,
            at=NOW,
        )
        batches.read(order, {f"{n}.png": batches.picture("PNG") for n in range(1, 4)}, by=world.delivery_manager)
        tasks = list(order.tasks.select_related("holder", "order__matter", "order__provider").order_by("number"))
        self.key(world, [task for task in tasks if task.kind == TaskKind.FIRST])
        self.key(world, [task for task in tasks if task.kind == TaskKind.SECOND])
        self.adjudicate(world, next(task for task in tasks if task.kind == TaskKind.ADJUDICATE))
        assert not Record.objects.exclude(stage=Stage.DONE).exists()

    def key(self, world, tasks):
        """Let the holders of a pass key all they may; they differ in one number, on the first record."""
        for task in tasks:
            while record := operations.next_record(task=task, by=task.holder, at=NOW):
                slip = record.number == 1 and PASS_OF_TASK[task.kind] == Pass.SECOND
                factories.key(record, task, factories.RIGHT | ({"number": "A-0481/7"} if slip else {}))

    def adjudicate(self, world, task):
        # Neither keyer may settle what they keyed: a third person takes the desk over.
        task.holder = world.qc_lead
        task.save()
        record = operations.next_record(task=task, by=task.holder, at=NOW)
        factories.settle(record, task, {"number": factories.own(factories.RIGHT["number"])})

    def agreeing_reading(self, order, unit_key):
        values = Record.objects.get(order=order, number=int(unit_key[1:])).values.all()
        return {f"reading-value-{value.field}": value.raw for value in values}


class TestByRecord(EntryConformance):
    work_kind = "entry.records"


class TestByField(EntryConformance):
    work_kind = "entry.fields"

    def test_bills_a_unit_for_every_settled_field(self, done):
        billed = sum(unit.units for unit in self.service.billables(done))

        assert billed == 3 * len(factories.FORM.fields)
        assert self.service.n_billables([done]) == {done.pk: {"entry.fields": billed}}
