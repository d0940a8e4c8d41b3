"""The tour plays one whole order on labelled mail and leaves it to be looked at."""

import gzip
import json
from itertools import islice

import pytest
from click.testing import CliRunner

from cursitor.spine.audit.models import Entry
from cursitor.spine.work.models import WorkOrder
from cursitor.web.demo import practice, tour
from tests.journeys.test_demo import _made, demo  # noqa: F401 - fixtures

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
KEYS = [
    *("items", "families", "reviewed", "relevant_found", "effort_at_80", "lot", "signed_off", "deliverable_files"),
    *("invoice_total", "ledes_valid", "audit_verified", "seconds"),
]


@pytest.fixture
def some_messages(tmp_path):
    """A folder with the first ninety labelled messages, in the shape of the whole set."""
    records = islice(practice.messages(practice.DATA / "enron_topics"), 90)
    with gzip.open(tmp_path / "messages.jsonl.gz", "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(record) + "\n" for record in records)
    return tmp_path


@pytest.mark.usefixtures("demo")
class TestTour:
    def test_ends_with_the_figures_of_one_order_as_json(self, some_messages):
        from cursitor.web.cli.demo import tour as command

        result = CliRunner().invoke(command, ["--json", "--data", str(some_messages), "--relevant", "1.1"])

        assert result.exit_code == 0, result.output
        figures = json.loads(result.stdout.splitlines()[-1])
        assert list(figures) == KEYS
        relevant = sum("1.1" in each["labels"] for each in practice.messages(some_messages))
        assert figures["items"] >= 90
        assert figures["reviewed"] == figures["families"]
        assert 0 < figures["relevant_found"] <= relevant
        assert 0 < figures["effort_at_80"] <= 1
        assert figures["lot"]["accepted"]
        assert figures["signed_off"]
        assert figures["ledes_valid"]
        assert figures["audit_verified"]
        assert figures["invoice_total"] == pytest.approx(4.8 * figures["reviewed"])

    def test_leaves_the_order_closed_and_its_life_on_the_log(self, some_messages):
        figures = tour.run(stage=lambda words, total: lambda n: None, folder=some_messages, relevant="1.1")

        order = WorkOrder.objects.get(number=int(figures["order"].removeprefix("WO-")))
        told = set(Entry.objects.filter(subject=order.key).values_list("type", flat=True))
        assert order.state == "CLOSED"
        assert {"work.order.issued", "work.order.delivered", "work.order.closed"} <= told

    def test_refuses_a_folder_without_messages(self, tmp_path):
        from cursitor.web.cli.demo import tour as command

        result = CliRunner().invoke(command, ["--data", str(tmp_path)])

        assert result.exit_code == 2
        assert "messages.jsonl.gz" in result.output


class TestEffort:
    def test_is_the_share_read_when_enough_was_found(self):
        gone = tour.Reading()
        for n_relevant in (1, 1, 0, 1, 1, 0, 0, 0, 1, 0):
            gone.add(1, n_relevant)

        assert gone.effort_at(0.8, n_relevant=5, n_documents=20) == 0.25
        assert gone.effort_at(0.8, n_relevant=50, n_documents=20) is None
