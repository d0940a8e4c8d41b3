"""A production is what was decided: numbered, stamped, redacted for good, and read back by another reader."""

import io
import json
import shutil
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from cursitor.engines.production import loadfile, redactions, tiff
from cursitor.engines.production import protocol as protocols
from cursitor.plumbing import ocr
from cursitor.plumbing.corpus import imported, running
from cursitor.plumbing.producing import records, selecting, verifying, volumes

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not ocr.is_installed(), reason="redacted text is recognised anew"),
]
SECRET = "Zebulon Quartermaine"
ENDLESS = r"(a|aa|\w)+!\1\1z"
AT = datetime(2026, 11, 24, 15, 31, tzinfo=UTC)
PROTOCOL = protocols.read({"numbering": {"prefix": "ABC", "digits": 6}, "load_file": {"formats": ["dat", "csv"]}})
CODING = """id,decision,privilege,designation,redactions,description
{mail},produce,,CONFIDENTIAL,term:{secret} => AC,
{sheet},produce,,,,
{memo},withhold,AC,,,Memorandum of counsel on the lease
{plan},produce,,,"region:1,0,0,1,0.2 => PII",
{note},exclude,,,,
"""


def message() -> bytes:
    made = EmailMessage()
    made["From"], made["To"] = "Ann <ann@x.example>", f"{SECRET} <bob@x.example>"
    made["Subject"], made["Date"] = f"Call {SECRET}", "Mon, 14 May 2001 16:39:00 -0700"
    made["Message-ID"] = "<1@x.example>"
    made.set_content(f"Please call {SECRET} before noon about the lease of car sixty-one.\n")
    made.add_attachment(b"car,seal\r\n61,yes\r\n", maintype="text", subtype="csv", filename="cars.csv")
    return made.as_bytes()


def picture() -> bytes:
    image = Image.new("L", (1275, 1650), 255)
    draw = ImageDraw.Draw(image)
    draw.text((100, 150), "Hidden headline", fill=0, font=ImageFont.load_default(60))
    draw.text((100, 900), "Shown sentence", fill=0, font=ImageFont.load_default(60))
    out = io.BytesIO()
    image.save(out, "PNG", dpi=(150, 150))
    return out.getvalue()


@pytest.fixture(scope="module")
def processed(tmp_path_factory) -> Path:
    at = tmp_path_factory.mktemp("collection")
    source = at / "source"
    source.mkdir()
    (source / "1-mail.eml").write_bytes(message())
    (source / "2-memo.txt").write_text("Counsel advises against the lease.\n")
    (source / "3-note.txt").write_text("Lunch at one.\n")
    (source / "4-plan.png").write_bytes(picture())
    running.run(running.Settings((str(source),)), at / "out")
    return at / "out"


@pytest.fixture
def folder(processed, tmp_path) -> Path:
    return shutil.copytree(processed, tmp_path / "folder")


@pytest.fixture(scope="module")
def ids(processed) -> dict[str, str]:
    items = [json.loads(line) for line in (processed / "items.jsonl").read_text().splitlines()]
    names = {"eml": "mail", "csv": "sheet", "memo.txt": "memo", "note.txt": "note", "png": "plan"}
    return {name: item["id"] for item in items for ending, name in names.items() if item["path"].endswith(ending)}


def produce(folder, ids, tmp_path, coding=CODING, protocol=PROTOCOL):
    table = tmp_path / "coding.csv"
    table.write_text(coding.format(secret=SECRET, **ids))
    return volumes.produce(folder, table, protocol, tmp_path / "out", at=AT)


@pytest.fixture(scope="module")
def produced(processed, ids, tmp_path_factory) -> tuple[Path, Path, dict]:
    """The folder, the volume and the answer of one production that no test changes."""
    at = tmp_path_factory.mktemp("production")
    folder = shutil.copytree(processed, at / "folder")
    return folder, at / "out", produce(folder, ids, at)


def rows(volume: Path) -> dict[str, dict[str, str]]:
    table = loadfile.read((volume / "DATA/VOL001.dat").read_bytes())
    listed = (dict(zip(table.header, row.values, strict=True)) for row in table.rows)
    return {row["BEGBATES"]: row for row in listed}


class TestProduce:
    def test_writes_a_volume_that_reads_back_as_decided(self, produced):
        folder, out, made = produced

        checked = verifying.verify(out, folder)
        assert checked == {"verified": True, "documents": 4, "pages": 4, "findings": []}
        assert {name: made[name] for name in ("produced", "withheld", "excluded", "redacted", "natives")} == {
            "produced": 3,
            "withheld": 1,
            "excluded": 1,
            "redacted": 2,
            "natives": 1,
        }
        table = rows(out)
        assert [(row["BEGBATES"], row["PARENTID"], row["WITHHELD"], row["REDACTED"]) for row in table.values()] == [
            ("ABC-000001", "", "N", "Y"),
            ("ABC-000002", "ABC-000001", "N", "N"),
            ("ABC-000003", "", "Y", ""),
            ("ABC-000004", "", "N", "Y"),
        ]

    def test_leaks_nothing_of_what_was_redacted(self, produced):
        _, out, _ = produced

        for word in SECRET.encode().split():
            assert not [path for path in out.rglob("*") if path.is_file() and word.lower() in path.read_bytes().lower()]
        for number in ("ABC-000001", "ABC-000004"):
            shown = ocr.recognise((out / f"IMAGES/0001/{number}.tif").read_bytes()).tsv
            assert not {"Zebulon", "Quartermaine", "Hidden", "headline"} & set(shown.split())
        assert "lease" in (out / "TEXT/0001/ABC-000001.txt").read_text()
        assert "sentence" in (out / "TEXT/0001/ABC-000004.txt").read_text()
        (page,) = tiff.pages((out / "IMAGES/0001/ABC-000004.tif").read_bytes())
        assert page.dpi == (300.0, 300.0)

    def test_gives_natives_of_their_kind_and_never_of_what_holds_a_secret(self, produced):
        _, out, _ = produced

        assert [path.name for path in (out / "NATIVES").rglob("*.*")] == ["ABC-000002.csv"]
        assert (out / "NATIVES/0001/ABC-000002.csv").read_bytes() == b"car,seal\r\n61,yes\r\n"

    def test_tells_nothing_of_a_withheld_document_but_its_number_and_logs_it(self, produced):
        _, out, _ = produced

        row = rows(out)["ABC-000003"]
        assert {name for name, value in row.items() if value} <= {
            *("BEGBATES", "ENDBATES", "BEGATTACH", "ENDATTACH", "ATTACHCOUNT", "CUSTODIAN", "DOCTYPE", "WITHHELD"),
        }
        log = (out / "DATA/VOL001_privilege_log.csv").read_text("utf-8-sig").splitlines()
        assert log[0].startswith("Log no.,Begin")
        assert "Memorandum of counsel on the lease" in log[1]
        assert not (out / "TEXT/0001/ABC-000003.txt").exists()
        assert (out / "DATA/VOL001_privilege_log.pdf").read_bytes().startswith(b"%PDF")

    def test_logs_by_category_where_the_protocol_says_so(self, folder, ids, tmp_path):
        protocol = protocols.read({"prefix": "ABC", "digits": 6, "privilege_log": "categorical", "matter": "Hale"})

        produce(folder, ids, tmp_path, protocol=protocol)

        log = (tmp_path / "out/DATA/VOL001_privilege_log.csv").read_text("utf-8-sig").splitlines()
        assert log[1] == "1,Attorney-client privilege,Document,Withheld,,,1,1,ABC-000003"
        assert verifying.verify(tmp_path / "out", folder)["verified"]

    def test_says_of_an_empty_file_that_it_is_empty_and_gives_no_native(self, tmp_path):
        (tmp_path / "source").mkdir()
        (tmp_path / "source/empty.csv").write_bytes(b"")
        running.run(running.Settings((str(tmp_path / "source"),)), tmp_path / "folder")

        made = produce(tmp_path / "folder", {}, tmp_path, "id,decision\n0001,produce\n")

        assert (made["pages"], made["natives"]) == (1, 0)
        assert (tmp_path / "out/TEXT/0001/ABC-000001.txt").read_text() == "This file is empty.\n"
        assert verifying.verify(tmp_path / "out", tmp_path / "folder")["verified"]

    def test_produces_again_what_somebody_else_produced_natives_and_all(self, produced, tmp_path):
        imported.take_in(produced[1] / "DATA/VOL001.dat", produced[1], tmp_path / "folder")
        items = [json.loads(line) for line in (tmp_path / "folder/items.jsonl").read_text().splitlines()]
        coding = "id,decision\n" + "".join(f"{item['id']},produce\n" for item in items)

        made = produce(tmp_path / "folder", {}, tmp_path, coding)

        assert (made["documents"], made["natives"]) == (4, 1)
        assert (tmp_path / "out/NATIVES/0001/ABC-000002.csv").read_bytes() == b"car,seal\r\n61,yes\r\n"
        assert verifying.verify(tmp_path / "out", tmp_path / "folder")["verified"]

    def test_warns_where_the_text_holds_a_term_more_often_than_the_pages_show_it(self, folder, ids, tmp_path):
        # As if recognition had read the word twice when the picture was processed.
        (folder / "text/plan.txt").write_text("Hidden headline\nShown sentence\nHidden\n")
        items = [json.loads(line) for line in (folder / "items.jsonl").read_text().splitlines()]
        read = [item | {"text": "text/plan.txt"} if item["id"] == ids["plan"] else item for item in items]
        (folder / "items.jsonl").write_text("".join(json.dumps(item) + "\n" for item in read))
        coding = CODING.replace('"region:1,0,0,1,0.2 => PII"', "term:hidden => PII")

        (warning,) = produce(folder, ids, tmp_path, coding)["warnings"]

        assert (warning["code"], warning["documents"]) == ("REDACTIONS_FEWER", [ids["plan"]])
        assert "2 in its text, 1 found" in warning["sentence"]

    def test_refuses_where_the_bytes_of_a_native_are_gone(self, folder, ids, tmp_path):
        details = folder / "metadata.jsonl"
        told = [json.loads(line) for line in details.read_text().splitlines()]
        details.write_text("".join(json.dumps(one | {"input": "nowhere"}) + "\n" for one in told))

        with pytest.raises(volumes.NotReleased, match="not in the sources"):
            produce(folder, ids, tmp_path)

    def test_logs_whatever_is_withheld_even_without_a_basis(self, folder, ids, tmp_path):
        produce(folder, ids, tmp_path, CODING.replace("{memo},withhold,AC", "{memo},withhold,"))

        log = (tmp_path / "out/DATA/VOL001_privilege_log.csv").read_text("utf-8-sig")
        assert "ABC-000003" in log
        assert "Other,Withheld" in log

    def test_releases_nothing_when_the_load_file_lost_a_document(self, folder, ids, tmp_path, monkeypatch):
        write = loadfile.write
        losing = iter([True])
        monkeypatch.setattr(
            volumes.loadfile,
            "write",
            lambda columns, rows, **more: write(columns, list(rows)[1:] if next(losing, False) else rows, **more),
        )

        with pytest.raises(volumes.NotReleased, match="make"):
            produce(folder, ids, tmp_path)

        assert not (tmp_path / "out").exists()

    def test_writes_pdf_where_the_protocol_says_so(self, folder, ids, tmp_path):
        protocol = protocols.read({"preset": "PDF", "prefix": "ABC", "digits": 6})

        produce(folder, ids, tmp_path, protocol=protocol)

        assert verifying.verify(tmp_path / "out", folder)["verified"]
        assert (tmp_path / "out/IMAGES/0001/ABC-000001.pdf").read_bytes().startswith(b"%PDF")

    @pytest.mark.parametrize(
        ("old", "new", "says"),
        [
            ("{sheet},produce", "{sheet},", "no coding"),
            ("{sheet},produce,,", "{sheet},produce,AC,", ""),
            ("{memo},withhold,AC", "{memo},produce,AC", ""),
            ("term:{secret}", "term:nowhere to be found", ""),
            ("Memorandum of counsel on the lease", "", ""),
        ],
        ids=["a member uncoded", "a member privileged", "privileged though produced", "nothing to redact", "no words"],
    )
    def test_withholds_or_refuses_what_must_not_leave(self, folder, ids, tmp_path, old, new, says):
        coding = CODING.replace(old, new)
        assert coding != CODING

        if says:
            with pytest.raises(volumes.NotReleased, match=says):
                produce(folder, ids, tmp_path, coding)
            assert not (tmp_path / "out").exists()
        else:
            produce(folder, ids, tmp_path, coding)
            assert verifying.verify(tmp_path / "out", folder)["verified"]

    def test_refuses_a_pattern_that_never_ends_on_a_field(self, folder, ids, tmp_path, monkeypatch):
        items = [json.loads(line) for line in (folder / "items.jsonl").read_text().splitlines()]
        for item in items:
            item["subject"] = "a" * 64 + "!z"
        (folder / "items.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items))
        monkeypatch.setattr(redactions, "PATTERN_SECONDS", 0.5)
        coding = CODING.replace("term:{secret}", f"term:{{secret}} | pattern:{ENDLESS}")

        with pytest.raises(volumes.NotReleased, match="takes longer than"):
            produce(folder, ids, tmp_path, coding)

        assert not (tmp_path / "out").exists()

    def test_warns_of_near_duplicates_that_are_coded_differently_and_keeps_it_out_of_the_volume(
        self, folder, ids, tmp_path
    ):
        alike = {ids["memo"], ids["note"]}
        items = [json.loads(line) for line in (folder / "items.jsonl").read_text().splitlines()]
        for item in items:
            item["near_duplicate_group"] = ids["memo"] if item["id"] in alike else None
        (folder / "items.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items))

        (warning,) = produce(folder, ids, tmp_path)["warnings"]

        assert (warning["code"], set(warning["documents"])) == ("NEAR_DUPLICATES_DIFFER", alike)
        assert json.loads((folder / "productions/VOL001.json").read_text())["warnings"] == [warning]
        assert not [path for path in (tmp_path / "out").rglob("*.*") if b"NEAR_DUPLICATES" in path.read_bytes()]

    @pytest.mark.parametrize(
        ("line", "says"),
        [
            ("nobody,produce,,,,", "no such document"),
            ("{plan},produce,,,,", "coded twice"),
            ("{plan}x,perhaps,,,,", "not known"),
            ("{plan}x,produce,,,colour:red,", "begins with none of"),
            ("{plan}x,produce,,,," + "x" * 200_000, "line 6: field larger than field limit"),
        ],
    )
    def test_refuses_a_table_that_cannot_be_understood(self, folder, ids, tmp_path, line, says):
        with pytest.raises(selecting.CodingUnusable, match=says):
            produce(folder, ids, tmp_path, CODING + line + "\n")


class TestVerify:
    @pytest.fixture
    def folder(self, produced) -> Path:
        return produced[0]

    @pytest.fixture
    def volume(self, produced, tmp_path) -> Path:
        return shutil.copytree(produced[1], tmp_path / "out")

    @pytest.mark.parametrize(
        ("spoil", "code"),
        [
            (lambda at: (at / "TEXT/0001/ABC-000001.txt").write_text(f"call {SECRET}"), "REDACTION_LEAKS"),
            (lambda at: (at / "TEXT/0001/ABC-000002.txt").write_text("other"), "TEXT_DIFFERS"),
            (lambda at: (at / "NATIVES/0001/ABC-000002.csv").write_text("other"), "NATIVE_DIFFERS"),
            (lambda at: (at / "IMAGES/0001/ABC-000002.tif").write_bytes(b"none"), "IMAGE_UNREADABLE"),
            (lambda at: (at / "IMAGES/0001/ABC-000002.tif").unlink(), "FILE_MISSING"),
            (lambda at: (at / "NATIVES/0001/extra.doc").write_text("x"), "FILE_UNLISTED"),
            (lambda at: (at / "MANIFEST.txt").write_text("x"), "MANIFEST_CHANGED"),
        ],
    )
    def test_names_what_was_changed_afterwards(self, volume, folder, spoil, code):
        spoil(volume)

        checked = verifying.verify(volume, folder)

        assert not checked["verified"]
        assert code in {one["code"] for one in checked["findings"]}

    def test_names_a_withheld_document_that_tells_and_one_that_is_lost(self, volume, folder):
        path = volume / "DATA/VOL001.dat"
        table = loadfile.read(path.read_bytes())
        told = [list(row.values) for row in table.rows]
        told[2][table.header.index("SUBJECT")] = "Advice"
        path.write_bytes(loadfile.write(table.header, told[1:]).data)

        codes = {one["code"] for one in verifying.verify(volume, folder)["findings"]}

        assert {"WITHHELD_TELLS", "DOCUMENT_LOST"} <= codes

    def test_refuses_a_volume_of_another_folder(self, volume, tmp_path):
        (tmp_path / "other").mkdir()

        with pytest.raises(records.NoRecord):
            verifying.verify(volume, tmp_path / "other")

    def test_knows_a_volume_after_another_of_its_label_and_warns_of_numbers_given_again(
        self, volume, produced, ids, tmp_path
    ):
        folder = shutil.copytree(produced[0], tmp_path / "folder")
        (tmp_path / "later").mkdir()

        later = produce(folder, ids, tmp_path / "later", CODING.replace("CONFIDENTIAL", "SECRET"))

        assert [(one["code"], len(one["documents"])) for one in later["warnings"]] == [("NUMBERS_USED_BEFORE", 4)]
        for at in (volume, tmp_path / "later/out"):
            assert verifying.verify(at, folder)["verified"]
