"""Somebody else's production becomes a collection: the load file says what there is, and nothing of it is lost."""

import csv
import json

import pytest

from cursitor.plumbing.corpus import imported
from cursitor.plumbing.corpus.running import FolderInUse
from cursitor.plumbing.volumes import VolumeUnusable
from tests.plumbing.volumes import samples

DAT = "DATA/VOL1.dat"


def take_in(files, tmp_path, make=samples.folder, **more):
    load_file = tmp_path / "VOL1.dat"
    load_file.write_bytes(files[DAT])
    place = make(files, tmp_path / "volume")
    answer = imported.take_in(load_file, place, tmp_path / "out", **more)
    with (tmp_path / "out" / "items.jsonl").open() as lines:
        items = [json.loads(line) for line in lines]
    return answer, {item["id"]: item for item in items}


def texts(tmp_path) -> dict[str, str]:
    with (tmp_path / "out" / "texts.csv").open(newline="") as table:
        return {row["id"]: row["result"] for row in csv.DictReader(table)}


class TestTakeIn:
    @pytest.mark.parametrize("make", [samples.folder, samples.packed])
    def test_gives_every_document_under_its_parent(self, tmp_path, make):
        answer, items = take_in(samples.clean(), tmp_path, make)

        assert list(items) == ["A-0001", "A-0002", "A-0003"]
        assert [(item["parent"], item["family"], item["depth"]) for item in items.values()] == [
            (None, "A-0001", 0),
            ("A-0001", "A-0001", 1),
            (None, "A-0003", 0),
        ]
        assert (answer["documents"], answer["attachments"], answer["balanced"]) == (3, 1, True)
        assert answer["hashes"] == {"recorded": 2, "verified": 2, "wrong": 0}
        assert answer["findings"] == {}

    def test_makes_texts_anew_and_takes_the_delivered_one_where_there_is_no_native(self, tmp_path):
        files = samples.clean() | {"TEXT/0001/A-0003.txt": b"The plan as delivered.\r\n"}

        _, items = take_in(files, tmp_path)

        out = tmp_path / "out"
        assert "Ship the seal." in (out / items["A-0001"]["text"]).read_text()
        assert (out / items["A-0003"]["text"]).read_text() == "The plan as delivered.\n"
        assert texts(tmp_path) == {"A-0001": "same", "A-0002": "differ", "A-0003": "delivered_only"}
        assert items["A-0001"]["subject"] == "Seal"
        assert items["A-0001"]["from"] == "Ann <ann@x.example>"

    def test_loses_no_record_that_names_no_document(self, tmp_path):
        files = samples.clean() | {DAT: samples.dat([*samples.rows(), samples.rows()[1], {"SUBJECT": "nameless"}])}

        answer, items = take_in(files, tmp_path)

        assert (answer["rejected"], answer["exceptions"], answer["balanced"]) == (2, 2, True)
        assert items["row-5"]["exception"]["message"].startswith("The record names no document")
        assert answer["findings"] == {"CONTROL_DUPLICATE": 1, "CONTROL_MISSING": 1}

    def test_tells_of_natives_that_are_not_what_was_recorded(self, tmp_path):
        files = samples.clean() | {"NATIVES/0001/A-0002.csv": b"other"}

        answer, items = take_in(files, tmp_path)

        assert answer["hashes"] == {"recorded": 2, "verified": 1, "wrong": 1}
        assert "HASH_MISMATCH" in (tmp_path / "out" / "findings.csv").read_text()
        assert items["A-0002"]["status"] == "published"

    def test_keeps_the_text_of_a_document_whose_native_is_missing_or_broken(self, tmp_path):
        files = samples.clean()
        del files["NATIVES/0001/A-0002.csv"]

        answer, items = take_in(files, tmp_path)

        assert items["A-0002"]["status"] == "published"
        assert answer["findings"] == {"FILE_MISSING": 1}
        details = [json.loads(line) for line in (tmp_path / "out" / "metadata.jsonl").open()]
        assert "no native" in details[1]["metadata"]["native_exception"]

    def test_suppresses_a_family_only_where_its_attachments_agree_too(self, tmp_path):
        twin = [dict(record) for record in samples.rows()[:2]]
        for record, number in zip(twin, ("A-0005", "A-0006"), strict=True):
            record |= {"BEGBATES": number, "ENDBATES": number, "BEGATTACH": "A-0005", "ENDATTACH": "A-0006"}
        twin[1]["PARENTID"] = "A-0005"
        other = [record | {"NATIVELINK": record["NATIVELINK"].replace("A-0002.csv", "A-9.csv")} for record in twin]
        other[1]["MD5HASH"] = ""
        files = samples.clean()

        same, _ = take_in(files | {DAT: samples.dat(samples.rows() + twin)}, tmp_path / "same")
        changed = files | {DAT: samples.dat(samples.rows() + other), "NATIVES/0001/A-9.csv": b"another attachment"}
        apart, _ = take_in(changed, tmp_path / "apart")

        assert (same["duplicates"], apart["duplicates"]) == (2, 0)

    def test_refuses_what_is_no_load_file_no_volume_or_no_empty_folder(self, tmp_path):
        files = samples.clean()
        take_in(files, tmp_path)

        with pytest.raises(FolderInUse):
            take_in(files, tmp_path)
        with pytest.raises(imported.Nothing):
            take_in(files | {DAT: b"nothing\r\n"}, tmp_path / "second")
        with pytest.raises(VolumeUnusable):
            imported.take_in(tmp_path / "VOL1.dat", tmp_path / "absent", tmp_path / "third")


@pytest.fixture(autouse=True)
def _folders(tmp_path):
    for name in ("same", "apart", "second"):
        (tmp_path / name).mkdir()
