"""A processed folder is indexed, searched and reported on, and what is wrong with it is named."""

import json
import random
from datetime import UTC, datetime

import pytest

from cursitor.engines.search.terms import Line
from cursitor.plumbing.shards import indexing, items, opening, reporting, searching

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def item(key, text=None, **more):
    return {"id": key, "status": "published", "family": key, "text": text and f"text/{key}.txt"} | more


def write(folder, *entries):
    """Write items, each (item, text of its file or None), as `cursitor process` lays them out."""
    (folder / "text").mkdir(exist_ok=True)
    for entry, text in entries:
        if text is not None:
            (folder / entry["text"]).write_text(text, encoding="utf-8")
    lines = [json.dumps(entry, ensure_ascii=False) + "\n" for entry, _ in entries]
    (folder / "items.jsonl").write_text("".join(lines), encoding="utf-8")
    return folder


@pytest.fixture
def folder(tmp_path):
    message = item("A", "x", subject="Seal report", **{"from": "Emil <emil@danube.test>"}, to=["hugo@corbel.test"])
    message |= {
        "sent": "2001-03-05T10:00:00Z",
        "size": 900,
        "thread": "T1",
        "all_custodians": ["Ostrander", "Brandvold"],
    }
    return write(
        tmp_path,
        (message, "the seal failed under load"),
        (item("A.1", "x", family="A", parent="A", path="mail/seal drawing.PDF", pages=3), "gasket drawing"),
        (item("B", "x", thread="T1", to="hugo@corbel.test; emil@danube.test", sent="not a date"), "no seal here"),
        (item("C", "x", status="duplicate", duplicate_of="A"), "the seal failed under load"),
        (item("D", status="excluded"), None),
        (item("E", "x", status="exception", exception={"stage": "text"}), "half a gasket"),
        (item("F", status="exception"), None),
    )


def found(folder, query, **options):
    return searching.search(indexing.open_index(folder).shards, query, limit=None, **options).ids


class TestBuild:
    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("*", ("A", "A.1", "B", "E")),
            ("seal", ("A", "A.1", "B")),
            ("text:seal", ("A", "B")),
            ("gasket", ("A.1", "E")),
            ("seal w/2 fail*", ("A",)),
            ("from:emil", ("A",)),
            ("to:emil", ("B",)),
            ("*@corbel.test", ("A", "B")),
            ("sent:2001-03", ("A",)),
            ("NOT has:sent", ("A.1", "B", "E")),
            ("size:>800", ("A",)),
            ("pages:3", ("A.1",)),
            ("has:attachment", ("A",)),
            ("has:parent", ("A.1",)),
            ("custodian:brandvold", ("A",)),
            ("status:exception", ("E",)),
            ("family:drawing", ("A", "A.1")),
            ("thread:failed", ("A", "B")),
            ("family:thread:failed", ("A", "A.1", "B")),
            ("NOT family:drawing", ("B", "E")),
        ],
    )
    def test_finds(self, folder, query, expected):
        indexing.build(folder)

        assert found(folder, query) == expected

    def test_expands_to_families_and_then_to_threads(self, folder):
        indexing.build(folder)

        assert found(folder, "drawing", expand=["family"]) == ("A", "A.1")
        assert found(folder, "drawing", expand=["family", "thread"]) == ("A", "A.1", "B")

    def test_counts_what_is_not_searched(self, folder):
        built = indexing.build(folder)

        assert built["documents"] == 4
        assert built["not_searched"] == {"duplicate": 1, "excluded": 1, "exception": 1}

    def test_gives_the_same_whatever_the_number_of_shards_and_workers(self, tmp_path, monkeypatch):
        rng = random.Random(3)
        entries = [
            (item(f"M{n}", "x", family=f"M{n - n % 3}"), " ".join(rng.choices(["seal", "gasket", "load", "of"], k=9)))
            for n in range(60)
        ]
        write(tmp_path, *entries)
        whole = indexing.build(tmp_path)
        queries = ["seal w/1 gasket", "family:(load w/1 load)", "NOT seal", "*a*"]
        expected = [found(tmp_path, query) for query in queries]

        monkeypatch.setattr(items, "SLICE_BYTES", 300)
        parted = indexing.build(tmp_path, workers=2)

        assert len(parted["shards"]) > 3
        assert parted["population_sha256"] == whole["population_sha256"]
        assert [found(tmp_path, query) for query in queries] == expected

    def test_answers_from_the_index_before_when_building_fails(self, folder):
        indexing.build(folder)
        opened = indexing.open_index(folder)
        (folder / "text/B.txt").unlink()

        with pytest.raises(items.UnreadableItems, match=r"Item B: its text text/B.txt"):
            indexing.build(folder)

        assert searching.search(opened.shards, "seal").total == 3
        assert found(folder, "seal") == ("A", "A.1", "B")
        assert len(list((folder / "index").glob("shards-*"))) == 1

    def test_takes_items_with_nothing_but_an_id(self, tmp_path):
        (tmp_path / "items.jsonl").write_text(
            '\ufeff{"id": 7}\n\n{"id": "8", "to": null, "size": "x", "sent": 5}', "utf-8"
        )

        assert indexing.build(tmp_path)["documents"] == 2
        assert found(tmp_path, "*") == (7, "8")

    def test_takes_an_empty_list(self, tmp_path):
        (tmp_path / "items.jsonl").touch()

        assert indexing.build(tmp_path)["documents"] == 0
        assert found(tmp_path, "family:seal OR NOT seal") == ()

    @pytest.mark.parametrize(
        ("lines", "message"),
        [
            ('{"id": "A"}\n{"id": ', "Line 2 .* not JSON"),
            ("[1]", "Line 1 .* not an object"),
            ('{"name": "A"}', "Line 1 .* no id"),
            ('{"id": true}', "Line 1 .* no id"),
            ('{"id": "A"}\n{"id": "A"}', "Line 2 .* used before"),
            ('{"id": "A", "status": "lost"}', "Line 1 .* no status 'lost'"),
            ('{"id": "A", "text": "../secret.txt"}', "Item A: its text"),
            ('{"id": "A", "text": "a\\u0000b"}', "Item A"),
            ("[" * 100_000, "Line 1 .* not JSON"),
        ],
    )
    def test_names_what_is_wrong(self, tmp_path, lines, message):
        (tmp_path.parent / "secret.txt").write_text("seal")
        (tmp_path / "items.jsonl").write_text(lines)

        with pytest.raises(items.UnreadableItems, match=message):
            indexing.build(tmp_path)

    def test_refuses_a_folder_that_was_not_processed(self, tmp_path):
        with pytest.raises(items.UnreadableItems, match=r"no items.jsonl"):
            indexing.build(tmp_path)


class TestOpenIndex:
    def test_refuses_without_an_index(self, folder):
        with pytest.raises(indexing.NoIndex, match="cursitor index"):
            indexing.open_index(folder)

    def test_names_a_stale_index(self, folder):
        indexing.build(folder)
        with (folder / "items.jsonl").open("a") as out:
            out.write('{"id": "G"}\n')

        with pytest.raises(indexing.StaleIndex, match="changed since"):
            indexing.open_index(folder)

    def test_names_an_index_that_is_cut_short(self, folder):
        built = indexing.build(folder)
        (shard,) = (folder / "index" / built["folder"]).glob("*/0000.bin")
        shard.write_bytes(shard.read_bytes()[:100])

        with pytest.raises(opening.UnreadableShard, match="built again"):
            indexing.open_index(folder)

    def test_refuses_a_second_builder(self, folder):
        (folder / "index").mkdir()

        with indexing._locked(folder / "index"), pytest.raises(indexing.IndexBusy):
            indexing.build(folder)


class TestReport:
    def test_counts_terms_and_lists_mistakes(self, folder):
        indexing.build(folder)
        queries = ["seal", "gasket", "(seal w/5", "fail*", "SEAL"]

        report = reporting.report(
            indexing.open_index(folder), [Line(at, query) for at, query in enumerate(queries, 1)], at=AT
        )

        seal, gasket, mistake, fail, again = report["terms"]
        figures = ("hits", "hits_with_family", "unique", "unique_with_family", "occurrences")
        assert [seal[name] for name in figures] == [3, 3, 0, 0, 4]
        assert [gasket[name] for name in figures] == [2, 3, 1, 1, 2]
        assert [mistake[name] for name in figures] == [None] * 5
        assert mistake["error"]["caret"].splitlines()[1] == "         ^ Something is missing at the end."
        assert fail["expansions"] == [{"pattern": "fail*", "words": 1, "commonest": [["failed", 1]]}]
        assert again["same_as"] == 1
        assert report["total"] == {"hits": 4, "hits_with_family": 4}
        assert (report["errors"], report["population"]["documents"]) == (1, 4)

    def test_freezes_the_population(self, folder):
        indexing.build(folder)
        before = reporting.report(indexing.open_index(folder), [], at=AT)["population"]
        (folder / "text/B.txt").write_text("other words")
        indexing.build(folder)

        after = reporting.report(indexing.open_index(folder), [], at=AT)["population"]

        assert before["at"] == "2026-11-22T09:00:00+00:00"
        assert before["sha256"] != after["sha256"]
        assert before["items_sha256"] == after["items_sha256"]
