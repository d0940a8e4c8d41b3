"""Every class of defect planted once in a volume that is clean without it."""

import random
from collections.abc import Callable

import pytest

from cursitor.engines.production import findings, images, loadfile, mapping
from cursitor.plumbing.volumes import productions
from tests.plumbing.volumes import samples
from tests.plumbing.volumes.samples import OPT, Files, clean

DAT = "DATA/VOL1.dat"
Spoil = Callable[[Files], object]


def changed(number: int, **values: str) -> Spoil:
    """Return what changes a record of the load file."""

    def spoil(files: Files) -> None:
        records = samples.rows()
        records[number] |= values
        files[DAT] = samples.dat(records)

    return spoil


def data(make: Callable[[bytes], bytes]) -> Spoil:
    return lambda files: files.update({DAT: make(files[DAT])})


def opt(old: bytes, new: bytes) -> Spoil:
    assert old in OPT
    return lambda files: files.update({"DATA/VOL1.opt": OPT.replace(old, new, 1)})


def columns(old: str, new: str) -> Spoil:
    names = [new if name == old else name for name in samples.COLUMNS]

    def spoil(files: Files) -> None:
        values = [[record.get(name, "") for name in samples.COLUMNS] for record in samples.rows()]
        lines = ["\x14".join(f"\u00fe{value}\u00fe" for value in line) for line in (names, *values)]
        files[DAT] = ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()

    return spoil


def without(name: str) -> Spoil:
    return lambda files: files.pop(name)


def holding(name: str, content: bytes) -> Spoil:
    return lambda files: files.update({name: content})


def repeated(files: Files) -> None:
    files[DAT] = samples.dat([*samples.rows(), samples.rows()[2]])


def renamed(files: Files) -> None:
    files["NATIVES/0001/a-0001.EML"] = files.pop("NATIVES/0001/A-0001.eml")


def two_of_a_name(files: Files) -> None:
    files["NATIVES/0001/a-0001.EML"] = files["NATIVES/0001/a-0001.eml"] = files.pop("NATIVES/0001/A-0001.eml")


def lone_row(files: Files) -> None:
    files["DATA/VOL1.opt"] = OPT + b"A-0009,VOL1,IMAGES\\0001\\A-0004.tif,Y,,,1\r\n"


PLANTED: dict[str, Spoil] = {
    "ENCODING_STRAY_BYTE": data(lambda old: old.replace(b"Plan", b"Pl\xe4n")),
    "ENCODING_MIXED": data(lambda old: old.replace("þA-0003þ".encode(), b"\xfeA-0003\xfe")),
    "HEADER_MISSING": data(lambda old: b"\xef\xbb\xbf" + old.split(b"\r\n", 1)[1]),
    "HEADER_EMPTY_NAME": columns("CUSTODIAN", ""),
    "HEADER_DUPLICATE_NAME": columns("CUSTODIAN", "SUBJECT"),
    "CONTROL_UNMAPPED": columns("BEGBATES", "FIRST OF ALL"),
    "QUALIFIER_UNTERMINATED": data(lambda old: old.replace("Planþ".encode(), b"Plan")),
    "QUALIFIER_STRAY": data(lambda old: old.replace(b"Plan", "Plþan".encode())),
    "ROW_BLANK": data(lambda old: old.replace(b"\r\n", b"\r\n\r\n", 1)),
    "ROW_SHORT": data(lambda old: old.replace("\x14þTEXT\\0001\\A-0003.txtþ".encode(), b"")),
    "ROW_LONG": data(lambda old: old.replace(b"A-0003.txt\xc3\xbe", "A-0003.txtþ\x14þmoreþ".encode())),
    "ROW_SURPLUS_EMPTY": data(lambda old: old.replace(b"A-0003.txt\xc3\xbe", "A-0003.txtþ\x14þþ".encode())),
    "CONTROL_MISSING": changed(2, BEGBATES=""),
    "CONTROL_DUPLICATE": repeated,
    "RANGE_REVERSED": changed(2, BEGBATES="A-0004", ENDBATES="A-0003"),
    "RANGE_FORM_CHANGES": changed(2, ENDBATES="A-00004"),
    "RANGE_OVERLAP": changed(0, ENDBATES="A-0003"),
    "RANGE_GAP": changed(2, BEGBATES="A-0005", ENDBATES="A-0006"),
    "RANGE_PAGES_DIFFER": changed(2, ENDBATES="A-0007"),
    "FAMILY_PARENT_MISSING": changed(1, PARENTID="A-0777"),
    "FAMILY_CYCLE": changed(0, PARENTID="A-0002"),
    "FAMILY_SPAN_MISMATCH": changed(1, BEGATTACH="A-0002"),
    "PATH_ABSOLUTE": changed(2, TEXTLINK="\\TEXT\\0001\\A-0003.txt"),
    "PATH_UNC": changed(2, TEXTLINK="\\\\server\\TEXT\\A-0003.txt"),
    "PATH_DRIVE": changed(2, TEXTLINK="D:\\TEXT\\0001\\A-0003.txt"),
    "PATH_TRAVERSAL": changed(2, TEXTLINK="..\\TEXT\\0001\\A-0003.txt"),
    "PATH_CONTROL_CHARACTER": changed(2, TEXTLINK="TEXT\\00\x0701\\A-0003.txt"),
    "DATE_IMPOSSIBLE": changed(0, DATESENT="02/29/2021"),
    "DATE_AMBIGUOUS": lambda files: files.update(
        {DAT: samples.dat([record | {"DATESENT": "05/06/2001"} for record in samples.rows()])}
    ),
    "ZONE_UNRESOLVED": changed(0, TIMEZONE="IST"),
    "PAGE_COUNT_UNREADABLE": changed(2, PAGECOUNT="two"),
    "PAGE_COUNT_DIFFERS": changed(2, PAGECOUNT="3"),
    "FILE_MISSING": without("TEXT/0001/A-0003.txt"),
    "FILE_CASE_DIFFERS": renamed,
    "FILE_CASE_AMBIGUOUS": two_of_a_name,
    "FILE_SHARED": changed(2, TEXTLINK="TEXT\\0001\\A-0002.txt"),
    "FILE_UNREFERENCED": holding("TEXT/0001/A-0099.txt", b"x"),
    "FILE_EMPTY_NATIVE": holding("NATIVES/0001/A-0001.eml", b""),
    "FILE_NOT_AN_IMAGE": holding("IMAGES/0001/A-0003.tif", b"these are words"),
    "TEXT_EMPTY": holding("TEXT/0001/A-0003.txt", b""),
    "HASH_MISMATCH": holding("NATIVES/0001/A-0002.csv", b"changed"),
    "HASH_UNREADABLE": changed(0, MD5HASH="not a digest"),
    "IMAGE_PAGES_DIFFER": holding("IMAGES/0001/A-0003.tif", samples.tiff(2)),
    "IMAGE_KEY_MISSING": opt(b"A-0004,", b","),
    "IMAGE_KEY_DUPLICATE": opt(b"A-0004,", b"A-0003,"),
    "IMAGE_KEY_SEQUENCE": opt(b"A-0004,", b"A-0007,"),
    "IMAGE_PATH_MISSING": opt(b"IMAGES\\0001\\A-0004.tif", b""),
    "IMAGE_WITHOUT_DOCUMENT": lone_row,
    "DOCUMENT_WITHOUT_IMAGE": opt(
        b"A-0003,VOL1,IMAGES\\0001\\A-0003.tif,Y,,,2", b"A-0003,VOL1,IMAGES\\0001\\A-0003.tif,,,,"
    ),
    "BREAK_FIRST_MISSING": opt(b"A-0001.tif,Y", b"A-0001.tif,"),
    "BREAK_LOWER_CASE": opt(b"A-0003.tif,Y", b"A-0003.tif,y"),
    "BREAK_UNKNOWN": opt(b"A-0004.tif,", b"A-0004.tif,X"),
    "COUNT_MISSING": opt(b",Y,,,2", b",Y,,,"),
    "COUNT_MISPLACED": opt(b",Y,,,2", b",Y,2,,"),
    "COUNT_STRAY": opt(b"A-0004.tif,,,,", b"A-0004.tif,,,,1"),
    "FILE_EMPTY": data(lambda old: b""),
}
NOT_IN_A_VOLUME = {"COLUMN_UNKNOWN", "NATIVE_HOLDS_MORE", "RECORD_UNKNOWN", "VALUE_SUBSTITUTED"}
"""A wrong mapping, a native that was opened, a line of an LFP, a value written: each has its own test."""


def codes(path) -> set[str]:
    return {finding.code for _, finding in productions.check(path).findings}


class TestCheck:
    @pytest.mark.parametrize("code", PLANTED)
    def test_finds_each_class_of_defect(self, tmp_path, code):
        files = clean()

        PLANTED[code](files)

        assert code in codes(samples.folder(files, tmp_path))

    @pytest.mark.parametrize("make", [samples.folder, samples.packed])
    def test_finds_nothing_where_nothing_is_amiss(self, tmp_path, make):
        at = make(clean(), tmp_path / "volume")

        checked = productions.check(at)

        assert (checked.n_documents, checked.n_pages, checked.findings) == (3, 4, ())

    @pytest.mark.parametrize("end", ["\n", "\r"])
    def test_finds_nothing_in_other_line_ends(self, tmp_path, end):
        files = clean() | {DAT: samples.dat(samples.rows(), end=end)}

        assert codes(samples.folder(files, tmp_path)) == set()

    def test_finds_nothing_where_the_volume_stands_above_or_below(self, tmp_path):
        moved = {f"VOL1/{name}": content for name, content in clean().items() if not name.startswith("DATA")}
        files = moved | {name: content for name, content in clean().items() if name.startswith("DATA")}

        assert codes(samples.folder(files, tmp_path)) == set()

    def test_tells_code_severity_row_column_and_value(self, tmp_path):
        files = clean()
        changed(2, TEXTLINK="..\\etc\\passwd")(files)

        (name, finding) = productions.check(samples.folder(files, tmp_path)).findings[0]

        assert (name, finding.code, str(finding.severity)) == (DAT, "PATH_TRAVERSAL", "ERROR")
        assert (finding.row, finding.column, finding.value) == (4, "TEXTLINK", "..\\etc\\passwd")

    def test_has_a_planted_case_for_every_code(self):
        assert set(PLANTED) | NOT_IN_A_VOLUME == set(findings.CODES)

    def test_refuses_a_folder_without_a_load_file(self, tmp_path):
        (tmp_path / "notes.txt").write_text("nothing here")

        with pytest.raises(productions.NoLoadFile):
            productions.check(tmp_path)

    @pytest.mark.parametrize("name", [DAT, "DATA/VOL1.opt"])
    def test_survives_random_damage(self, name):
        chance = random.Random(11)
        whole = clean()[name]
        for _ in range(300):
            broken = bytearray(whole)
            for _ in range(chance.randint(1, 12)):
                at = chance.randrange(len(broken))
                match chance.randrange(3):
                    case 0:
                        broken[at] = chance.randrange(256)
                    case 1:
                        del broken[at : at + chance.randint(1, 20)]
                    case _:
                        broken[at:at] = chance.choice([b"\xc3\xbe", b"\x14", b"\r\n", b",", b"\x00", b'"', b"\xff\xfe"])
            if name == DAT:
                file = loadfile.read(bytes(broken))
                loaded = mapping.load(file, mapping.guess_mapping(file.header))
                assert len(loaded.documents) + len(loaded.rejected) == len(file.rows)
            else:
                read = images.read(bytes(broken))
                lines = {row.row for one in read.documents for row in one.rows} | {one.row for one in read.findings}
                # Every line ends as a row or is told: none in between is lost.
                assert set(range(1, max(lines) + 1)) <= lines | {0}


class TestMapping:
    def test_names_a_column_that_the_file_does_not_have(self, tmp_path):
        at = samples.folder(clean(), tmp_path)
        field_map = mapping.FieldMap("MINE", {"CONTROL": "BEGBATES", "TITLE": "HEADLINE"})

        found = {finding.code for _, finding in productions.check(at, field_map=field_map).findings}

        assert "COLUMN_UNKNOWN" in found


class TestImages:
    def test_come_back_from_either_form(self):
        read = images.read(OPT)

        assert images.write_opticon(read.documents) == OPT
        again = images.read(images.write_lfp(read.documents))
        assert [(one.key, [row.path for row in one.rows]) for one in again.documents] == [
            (one.key, [row.path for row in one.rows]) for one in read.documents
        ]

    def test_name_a_line_of_an_lfp_that_is_not_read(self):
        read = images.read(b"IM,A-1,D,0,@V;I;A-1.tif;2\r\nXX,A-1\r\nOF,A-1,@V;N;A-1.xls,1\r\n")

        assert [finding.code for finding in read.findings] == ["RECORD_UNKNOWN"]
        assert read.natives == {"A-1": "N/A-1.xls"}

    def test_refuse_to_write_what_would_not_read_back(self):
        row = images.ImageRow(1, "A,1", "V", "a.tif", "a.tif", starts=True)

        with pytest.raises(ValueError, match="A,1"):
            images.write_opticon([images.ImageDocument("A,1", (row,))])
