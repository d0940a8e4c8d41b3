import csv
import hashlib
import io
import json
from datetime import timedelta

import openpyxl
import pypdfium2
import pytest

from cursitor.engines.entry.definition import Field, FormDefinition
from cursitor.engines.production import manifest
from cursitor.lines.entry import operations
from cursitor.lines.entry.choices import TaskKind
from cursitor.lines.entry.operations import delivering
from cursitor.plumbing.vault import operations as vault
from tests.factories import NOW
from tests.lines.entry import factories
from tests.lines.entry.factories import RIGHT

pytestmark = pytest.mark.django_db


@pytest.fixture
def adjudicated(world, order, batch, first, second):
    """A record that two keyers typed alike, and one in which a third person settled the number."""
    factories.done(batch, first, second)
    record = factories.record(batch, prefill={"note": {"value": "Stamped", "confidence": 0.71, "page": 1}})
    factories.key(record, first, RIGHT | {"number": "=A1", "note": "@SUM(1)"})
    factories.key(record, second, RIGHT)
    adjudication = factories.task(order, world.qc_lead, TaskKind.ADJUDICATE)
    factories.settle(record, adjudication, {"number": factories.own("A-0431/7")})
    return record


def delivered(order, world, **later) -> dict[str, bytes]:
    made = operations.deliver(order, world.delivery_manager, NOW + timedelta(**later))
    return {file.path: vault.read(file.blob) for file in made.files.select_related("blob")}


def table(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


class TestDelivering:
    def test_refuses_when_nothing_is_settled(self, world, order, batch):
        with pytest.raises(delivering.NothingSettled):
            operations.deliver(order, world.delivery_manager, NOW)

    def test_lists_every_file_with_its_digest(self, world, order, adjudicated):
        files = delivered(order, world)

        listed = manifest.read(files.pop("manifest.sha256").decode())
        assert {one.path: one.sha256 for one in listed} == {
            path: hashlib.sha256(data).hexdigest() for path, data in files.items()
        }
        assert {"records.csv", "records.xlsx", "records.json", "lineage.csv", "validation.csv", "exceptions.csv"} < set(
            files
        )

    def test_writes_the_same_values_as_csv_xlsx_and_json(self, world, order, adjudicated):
        files = delivered(order, world)

        written = table(files["records.csv"])[1]
        sheet = list(openpyxl.load_workbook(io.BytesIO(files["records.xlsx"])).active.values)
        record = json.loads(files["records.json"])["records"][1]
        assert (written["number"], written["filed"], written["kind"]) == ("A04317", "1999-03-04", "SUPPLEMENT")
        assert written["Record"] == record["record"] == sheet[2][0] == "R00002"
        assert {key: one["value"] for key, one in record["values"].items()} == {
            key: sheet[2][sheet[0].index(key)] or "" for key in RIGHT
        }
        assert record["values"]["number"]["raw"] == "A-0431/7"

    def test_lets_no_spreadsheet_run_what_was_keyed(self, world, order, adjudicated):
        files = delivered(order, world)

        assert table(files["records.csv"])[1]["note"] == "'@SUM(1)"
        assert json.loads(files["records.json"])["records"][1]["values"]["note"]["value"] == "@SUM(1)"

    def test_says_of_every_value_where_it_comes_from_and_names_nobody(self, world, order, adjudicated):
        files = delivered(order, world)

        lineage = {(row["Record"], row["Field"]): row for row in table(files["lineage.csv"])}
        settled = lineage["R00002", "number"]
        assert (settled["How"], settled["Settled by"]) == ("ADJUDICATED", "Keyer 3")
        assert (settled["First keyer"], settled["First differs"]) == ("Keyer 1", "yes")
        assert (settled["Second keyer"], settled["Second differs"]) == ("Keyer 2", "no")
        assert len(lineage) == 2 * len(RIGHT)
        names = {person.name for person in (world.specialist, world.second_specialist, world.qc_lead)}
        assert not [name for name in names for data in files.values() if name.encode() in data]

    def test_says_how_accurate_the_data_are_with_what_it_rests_on(self, world, order, adjudicated):
        files = delivered(order, world)

        document = pypdfium2.PdfDocument(files["accuracy.pdf"])
        text = " ".join("".join(page.get_textpage().get_text_range() for page in document).split())
        assert "Accuracy statement" in text
        assert "1 of 8" in text

    def test_lists_what_could_not_be_keyed_with_the_reason(self, world, order, batch, adjudicated, first):
        record = factories.record(batch)
        held = operations.next_record(task=first, by=first.holder, at=NOW)
        operations.set_aside(task=first, record=held, reason="A blank page", by=first.holder, at=NOW)
        operations.confirm_set_aside(order=order, records=[record.number], by=world.delivery_manager, at=NOW)
        factories.file(batch, path="broken.pdf", n_pages=0, exception_class="DAMAGED", exception_message="No page.")

        rows = table(delivered(order, world)["exceptions.csv"])

        assert [(row["Kind"], row["What"]) for row in rows] == [("File", "No page."), ("Record", "A blank page")]

    def test_makes_one_table_for_each_version_of_the_form(self, world, order, batch, adjudicated, first):
        factories.schema(order, FormDefinition(title="Card", fields=(Field(key="Record"), Field(key="city"))))
        factories.key(factories.record(batch), first, {"Record": "12", "city": "Geneva"})

        files = delivered(order, world)

        assert [row["Record (field)"] for row in table(files["records-v2.csv"])] == ["12"]
        assert len(table(files["records-v1.csv"])) == 2
        assert {"form-v1.json", "form-v2.json", "records-v2.xlsx"} < set(files)

    def test_gives_the_same_version_for_the_same_work_and_another_after_a_correction(self, world, order, adjudicated):
        first = operations.deliver(order, world.delivery_manager, NOW)
        again = operations.deliver(order, world.delivery_manager, NOW + timedelta(hours=1))
        operations.correct(
            record=adjudicated,
            field="filed",
            raw="3/5/1999",
            is_unreadable=False,
            reason="The stamp",
            by=world.delivery_manager,
            at=NOW,
        )

        changed = operations.deliver(order, world.delivery_manager, NOW + timedelta(hours=2))

        assert again == first
        assert changed.version == first.version + 1

    def test_writes_the_same_bytes_from_the_same_state(self, world, order, adjudicated):
        before = delivered(order, world)
        order.deliverables.update(inputs_digest="0" * 64)

        after = delivered(order, world)

        assert before == after
