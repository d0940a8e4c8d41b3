import io

from cursitor.lines.review import operations
from cursitor.lines.review.choices import TaskKind
from cursitor.lines.review.models import Coding
from tests.lines.conformance import NOW, Conformance
from tests.lines.review import factories
from tests.lines.review.test_collecting import mail

TEXTS = {
    "Seal failure": factories.PRIVILEGED,
    "Wash-out schedule": factories.RESPONSIVE,
    "Lunch": factories.NOT_RESPONSIVE,
}


class TestReview(Conformance):
    line = "review"
    work_kind = "review.first_level"
    brief = {"prefix": "CF", "streams": 2, "issues": "Notice", "privilege_terms": "counsel"}

    def do_work(self, world, order):
        operations.collect_upload(
            order=order,
            custodian="Pella Ostrander",
            label="",
            files=[(f"{subject}.eml", io.BytesIO(mail(subject, f"{subject} it is."))) for subject in TEXTS],
            by=world.delivery_manager,
            at=NOW,
        )
        factories.drain()
        tasks = order.tasks.select_related("holder", "order__matter")
        second = tasks.get(kind=TaskKind.PRIVILEGE)
        # Whoever reads second must not have read first.
        self.read(tasks.filter(kind=TaskKind.FIRST).exclude(holder=second.holder).get())
        self.read(second)

    def read(self, task):
        while family := operations.next_family(task=task, by=task.holder, at=NOW):
            head = family.documents.get()
            operations.save_family(
                task=task,
                family=family,
                values={head.pk: TEXTS[head.subject]},
                seconds=20,
                by=task.holder,
                at=NOW,
            )

    def agreeing_reading(self, order, unit_key):
        values = Coding.objects.get(document__order=order, document__control_number=unit_key).values
        return {f"reading-{key}": value for key, value in values.items()}
