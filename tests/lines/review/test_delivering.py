import csv
import hashlib
import io

import openpyxl
import pypdfium2
import pytest

from cursitor.engines.production import loadfile, manifest
from cursitor.lines.review import operations, queries
from cursitor.lines.review.choices import DocumentStatus, TaskKind
from cursitor.lines.review.operations import delivering
from cursitor.plumbing.vault import operations as vault
from tests.factories import NOW
from tests.lines.review import factories


@pytest.fixture
def order(world):
    return factories.order(world)


@pytest.fixture
def reviewed(world, order):
    """A responsive family with a privileged attachment, and one that is not responsive; all read, privilege twice."""
    collection = factories.collection(order)
    mixed = factories.family(collection, "Seal failure. We met.", "Advice of counsel.")
    factories.family(collection, "Lunch on Thursday.")
    head, attached = mixed.documents.order_by("position")
    first, second = (
        factories.task(order, world.specialist),
        factories.task(order, world.second_specialist, TaskKind.PRIVILEGE),
    )
    calls = {head.pk: factories.RESPONSIVE, attached.pk: factories.PRIVILEGED}
    for task in (first, second):
        family = operations.next_family(task=task, by=task.holder, at=NOW)
        operations.save_family(task=task, family=family, values=calls, seconds=9, by=task.holder, at=NOW)
    family = operations.next_family(task=first, by=first.holder, at=NOW)
    values = factories.values(family, factories.NOT_RESPONSIVE)
    operations.save_family(task=first, family=family, values=values, seconds=9, by=first.holder, at=NOW)
    return order


def files(deliverable) -> dict[str, bytes]:
    return {file.path: vault.read(file.blob) for file in deliverable.files.all()}


class TestDeliver:
    def test_produces_whole_families_and_withholds_what_is_privileged(self, world, reviewed):
        made = files(operations.deliver(reviewed, world.delivery_manager, NOW))

        read = loadfile.read(made["DATA/production.dat"])
        numbers = [read.value(row, "BEGBATES") for row in read.rows]
        withheld = [read.value(row, "WITHHELD") for row in read.rows]
        assert (numbers, withheld) == (["PROD-0000001", "PROD-0000002"], ["N", "Y"])
        assert "TEXT/0001/PROD-0000001.txt" in made
        assert not [path for path in made if "0000002" in path]
        assert read.value(read.rows[1], "PARENTID") == "PROD-0000001"

    def test_tells_nothing_of_a_withheld_document_but_what_the_log_may_say(self, world, reviewed):
        made = files(operations.deliver(reviewed, world.delivery_manager, NOW))

        sheet = openpyxl.load_workbook(io.BytesIO(made["privilege-log.xlsx"])).active
        row = [cell.value for cell in sheet[2]]
        assert "PROD-0000002" in row
        assert "Attorney-client privilege" in row
        assert b"Advice of counsel" not in made["DATA/production.dat"]
        printed = pypdfium2.PdfDocument(made["privilege-log.pdf"])[0].get_textpage().get_text_range()
        assert "PROD-0000002" in printed

    def test_reports_what_was_done_in_counts(self, world, reviewed):
        made = files(operations.deliver(reviewed, world.delivery_manager, NOW))

        document = pypdfium2.PdfDocument(made["review-report.pdf"])
        printed = " ".join(page.get_textpage().get_text_range() for page in document)
        assert "3 of 3 published documents" in printed
        assert "1 documents, each in the privilege log" in printed

    def test_lists_every_coding_with_its_coder(self, world, reviewed):
        made = files(operations.deliver(reviewed, world.delivery_manager, NOW))

        rows = list(csv.DictReader(io.StringIO(made["DATA/coding.csv"].decode("utf-8-sig"))))
        assert [row["Outcome"] for row in rows] == ["Produce", "Withhold", "Exclude"]
        assert rows[2]["Coded by"] == world.specialist.name

    def test_ends_in_a_manifest_that_matches_every_file(self, world, reviewed):
        made = files(operations.deliver(reviewed, world.delivery_manager, NOW))

        listed = manifest.read(made.pop("manifest.sha256").decode())
        present = {path: (len(data), hashlib.sha256(data).hexdigest()) for path, data in made.items()}
        assert manifest.verify(listed, present=present) == ()

    def test_gives_the_same_version_while_nothing_has_changed(self, world, reviewed):
        first = operations.deliver(reviewed, world.delivery_manager, NOW)

        again = operations.deliver(reviewed, world.delivery_manager, NOW)

        assert again == first

    def test_refuses_while_the_second_reading_is_missing(self, world, order):
        factories.family(factories.collection(order), "Advice of counsel.", has_privilege_terms=True)
        task = factories.task(order, world.specialist)
        family = operations.next_family(task=task, by=task.holder, at=NOW)
        values = factories.values(family, factories.RESPONSIVE)
        operations.save_family(task=task, family=family, values=values, seconds=9, by=task.holder, at=NOW)

        with pytest.raises(delivering.GateShut, match="without a second look"):
            operations.deliver(order, world.delivery_manager, NOW)


class TestBlockers:
    def test_name_what_is_unread_unsettled_or_read_once(self, world, order):
        collection = factories.collection(order)
        factories.family(collection, "Seal failure.")
        factories.family(collection, "Broken.", status=DocumentStatus.EXCEPTION, exception_class="corrupt")

        codes = {blocker.code for blocker in queries.blockers(order)}

        assert {"REVIEW_UNCODED", "REVIEW_EXCEPTIONS_OPEN"} <= codes

    def test_are_gone_when_everything_is_read_and_settled(self, reviewed):
        assert queries.blockers(reviewed) == ()

    def test_name_copies_that_are_coded_apart(self, world, order):
        collection = factories.collection(order)
        task = factories.task(order, world.specialist)
        for coded in (factories.RESPONSIVE, factories.NOT_RESPONSIVE):
            family = factories.family(collection, "Seal failure.", sha256="a" * 64)
            operations.next_family(task=task, by=task.holder, at=NOW)
            operations.save_family(
                task=task,
                family=family,
                values=factories.values(family, coded),
                seconds=1,
                by=task.holder,
                at=NOW,
            )

        assert "REVIEW_COPIES_CODED_APART" in {blocker.code for blocker in queries.blockers(order)}

    def test_come_back_when_a_family_is_opened_again(self, world, reviewed):
        operations.reopen(order=reviewed, families=[2], reason="Copies differ", by=world.delivery_manager, at=NOW)

        assert [blocker.code for blocker in queries.blockers(reviewed)] == ["REVIEW_UNCODED"]


class TestBillables:
    def test_are_one_unit_a_document_that_was_read(self, world, reviewed):
        billed = queries.billables(reviewed)

        assert len({unit.key for unit in billed}) == 3
        assert {unit.doer for unit in billed} == {world.specialist.key}


class TestInspection:
    def test_finds_what_the_inspector_reads_differently(self, reviewed):
        number = queries.units(reviewed)[0].key

        found = queries.judge(reviewed, number, {"reading-responsiveness": "NOT_RESPONSIVE"})

        assert [finding.defect for finding in found] == ["RESPONSIVE_EXCESS"]

    def test_counts_a_privileged_document_that_was_let_through_as_critical(self, reviewed):
        number = queries.units(reviewed)[0].key
        reading = {"reading-responsiveness": ["RESPONSIVE"], "reading-privilege": ["ATTORNEY_CLIENT"]}

        found = queries.judge(reviewed, number, reading)

        assert [queries.DEFECTS.kind(finding.defect).severity for finding in found] == ["CRITICAL"]


class TestElusion:
    def test_frees_the_rest_from_being_read_and_gives_its_interval(self, world, order):
        collection = factories.collection(order)
        for number in range(30):
            factories.family(collection, f"Memorandum {number}.")
        sample = operations.draw_elusion(order=order, n=10, seed=bytes(16), by=world.qc_lead, at=NOW)
        task = factories.task(order, world.specialist, TaskKind.ELUSION)
        assert queries.unread(order=order).count() == 10

        while family := operations.next_family(task=task, by=task.holder, at=NOW):
            values = factories.values(family, factories.NOT_RESPONSIVE)
            operations.save_family(task=task, family=family, values=values, seconds=4, by=task.holder, at=NOW)

        state = queries.elusion(order=order)
        assert (sample.n_null_set, state.n_read, state.estimate.found) == (30, 10, 0)
        assert 0 < state.estimate.high < 0.3
        assert not queries.unread(order=order).exists()
