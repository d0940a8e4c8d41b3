import io
import json
import threading
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import settings as trials
from hypothesis import strategies as st
from tests import flushing
from tests.factories import NOW

from cursitor.engines import merkle
from cursitor.spine.audit import operations as audit
from cursitor.spine.audit import queries
from cursitor.spine.audit.models import Checkpoint, Entry


def record(event="work.order.issued", *, at=NOW, by=None, subject="order:WO-1187", data=None):
    with transaction.atomic():
        return audit.record(event=event, at=at, by=by, subject=subject, matter="matter:2026-0031", data=data)


def exported():
    stream = io.BytesIO()
    audit.export(stream, at=NOW, by=None)
    return stream.getvalue().splitlines(keepends=True)


@pytest.mark.django_db
class TestRecord:
    def test_numbers_entries_from_nought_without_gaps(self):
        assert [record().sequence for _ in range(3)] == [0, 1, 2]

    def test_commits_to_every_column(self, world):
        entry = record(by=world.attorney, data={"state": "ISSUED"})

        row = json.loads(queries.line(entry))
        assert row["actor"] == world.attorney.key
        assert row["actor_name"] == "Nora Kessling"
        assert row["leaf_hash"] == merkle.leaf_hash(merkle.entry_bytes(row)).hex()

    def test_signs_an_instant_in_utc_whatever_zone_it_came_in(self):
        in_pune = datetime(2026, 11, 23, 20, 30, tzinfo=ZoneInfo("Asia/Kolkata"))

        entry = record(at=in_pune)

        assert queries.content(entry)["at"] == "2026-11-23T15:00:00.000000Z"
        assert queries.content(Entry.objects.get()) == queries.content(entry)

    @pytest.mark.parametrize("data", [{"rate": 0.5}, {"rows": [{"share": 1.0}]}, {"at": NOW}, {7: "seven"}])
    def test_refuses_data_that_json_writes_in_more_than_one_way(self, data):
        with pytest.raises(merkle.NotCanonical):
            record(data=data)

        assert not Entry.objects.exists()

    @pytest.mark.django_db(transaction=True)
    def test_refuses_outside_the_transaction_it_tells_of(self):
        with pytest.raises(RuntimeError, match="transaction"):
            audit.record(event="work.order.issued", at=NOW, by=None, subject="order:WO-1187")

    @pytest.mark.django_db(transaction=True)
    def test_keeps_one_sequence_under_parallel_writers(self):
        def write():
            for _ in range(10):
                record()
            connection.close()

        threads = [threading.Thread(target=write) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert list(Entry.objects.order_by("sequence").values_list("sequence", flat=True)) == list(range(80))
        assert audit.verify(at=NOW, by=None).is_verified


@pytest.mark.django_db
class TestDatabase:
    @pytest.mark.parametrize("table", ["audit_entry", "audit_checkpoint"])
    @pytest.mark.parametrize("statement", ["UPDATE {} SET at = at", "DELETE FROM {}", "TRUNCATE {}"])
    def test_refuses_to_change_what_was_written(self, table, statement):
        if statement.startswith("TRUNCATE") and connection.vendor == "sqlite":
            statement = "DELETE FROM {}"
        record()
        audit.make_checkpoint(at=NOW)

        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement.format(table))

        assert Entry.objects.count() == 1
        assert Checkpoint.objects.count() == 1


@pytest.mark.django_db
class TestCheckpoint:
    def test_signs_the_root_that_all_leaves_have(self):
        for _ in range(5):
            record()
        audit.make_checkpoint(at=NOW)
        for _ in range(6):
            record()

        checkpoint = audit.make_checkpoint(at=NOW)

        leaves = [bytes(leaf) for leaf in Entry.objects.order_by("sequence").values_list("leaf_hash", flat=True)]
        assert checkpoint.size == 11
        assert bytes(checkpoint.root) == merkle.root(leaves)

    def test_is_not_made_when_nothing_was_added(self):
        assert audit.make_checkpoint(at=NOW) is None
        record()
        audit.make_checkpoint(at=NOW)

        assert audit.make_checkpoint(at=NOW) is None


@pytest.mark.django_db
class TestExport:
    def test_verifies_from_its_lines_alone(self):
        for number in range(20):
            record(data={"number": number, "name": "Müller & Söhne, 東京"})
            if number % 6 == 0:
                audit.make_checkpoint(at=NOW + timedelta(minutes=number))

        report = merkle.verify_export(exported(), trusted_keys=[audit.public_key()])

        assert report.is_verified
        assert (report.n_entries, report.n_checkpoints, report.covered) == (20, 5, 20)

    def test_is_itself_in_the_log(self, world):
        record()

        audit.export(io.BytesIO(), at=NOW, by=world.administrator)

        entry = Entry.objects.order_by("-sequence").first()
        assert (entry.type, entry.actor) == ("audit.log.exported", world.administrator.key)

    def test_does_not_verify_under_the_key_of_another(self):
        record()

        report = merkle.verify_export(exported(), trusted_keys=["00" * 32])

        assert "not trusted" in report.failure.reason


@pytest.mark.django_db(transaction=True)
class TestVerify:
    """Somebody with full rights over the database lifts the triggers and changes the log."""

    @pytest.fixture
    def log(self):
        for number in range(10):
            record(subject=f"order:WO-{number}", data={"number": number})
            if number == 4:
                audit.make_checkpoint(at=NOW)
        audit.make_checkpoint(at=NOW)
        return Entry.objects.order_by("sequence")

    def test_finds_nothing_in_an_untouched_log(self, log):
        report = audit.verify(at=NOW, by=None)

        assert report.is_verified
        assert queries.latest_verification().data["size"] == 10

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("type", "work.order.cancelled"),
            ("actor", "person:99"),
            ("actor_name", "Somebody Else"),
            ("subject", "order:WO-99"),
            ("matter", ""),
            ("at", NOW + timedelta(microseconds=1)),
            ("data", {"number": 8}),
        ],
    )
    def test_finds_a_changed_column(self, log, column, value):
        with flushing.triggers_lifted():
            log.filter(sequence=7).update(**{column: value})

        report = audit.verify(at=NOW, by=None)

        assert report.failure.sequence == 7
        assert queries.latest_verification().type == "audit.log.did_not_verify"

    def test_finds_a_changed_entry_whose_leaf_was_recomputed(self, log):
        entry = log.get(sequence=3)
        entry.subject = "order:WO-99"
        with flushing.triggers_lifted():
            leaf = merkle.leaf_hash(merkle.canonical_json(queries.content(entry)))
            log.filter(sequence=3).update(subject=entry.subject, leaf_hash=leaf)

        assert "root" in audit.verify(at=NOW, by=None).failure.reason

    def test_finds_a_removed_entry(self, log):
        with flushing.triggers_lifted():
            log.filter(sequence=2).delete()

        assert audit.verify(at=NOW, by=None).failure.sequence == 3

    def test_finds_a_log_cut_off_at_its_end(self, log):
        with flushing.triggers_lifted():
            log.filter(sequence__gte=8).delete()

        assert not audit.verify(at=NOW, by=None).is_verified

    def test_finds_a_log_written_anew_under_another_key(self, log, settings):
        with flushing.triggers_lifted():
            log.filter(sequence__gte=5).delete()
            Checkpoint.objects.all().delete()
        own = settings.CURSITOR_SIGNING_KEY
        settings.CURSITOR_SIGNING_KEY = "11" * 32
        audit.make_checkpoint(at=NOW)
        settings.CURSITOR_SIGNING_KEY = own

        assert "not trusted" in audit.verify(at=NOW, by=None).failure.reason

    def test_is_not_signed_with_another_key_than_before(self, log, settings):
        audit.make_checkpoint(at=NOW)
        n_checkpoints = Checkpoint.objects.count()
        own = settings.CURSITOR_SIGNING_KEY
        settings.CURSITOR_SIGNING_KEY = "22" * 32

        with pytest.raises(audit.SigningKeyChanged):
            audit.export(io.BytesIO(), at=NOW, by=None)
        assert not audit.verify(at=NOW, by=None).is_verified

        settings.CURSITOR_SIGNING_KEY = own
        assert Checkpoint.objects.count() == n_checkpoints
        assert audit.verify(at=NOW, by=None).is_verified


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(exclude_categories=["C"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcé", max_size=3), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.django_db
class TestStoredData:
    @trials(max_examples=50, deadline=None)
    @given(st.dictionaries(st.text("abcxyz", min_size=1), JSON, max_size=4))
    def test_comes_back_from_the_database_with_the_same_leaf(self, data):
        entry = record(data=data)

        read = Entry.objects.get(pk=entry.pk)

        assert merkle.leaf_hash(merkle.canonical_json(queries.content(read))) == bytes(read.leaf_hash)
