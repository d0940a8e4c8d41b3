import pytest

from cursitor.engines.production import loadfile, mapping, paths
from cursitor.engines.production.volume import VolumeFile, locate

FREEEED = (
    "UPI|File Name|Custodian|Source Path|Creation Date|To|From|CC|BCC|Date Sent|Time Sent|Subject|Date Received|"
    "Time Received|native_link|text_link|attachment_parent|message_id|references|Hash"
)
DIGEST = "a" * 32


def loaded(text):
    file = loadfile.read(text.encode())
    return mapping.load(file, mapping.guess_mapping(file.header))


def codes(result):
    return [(finding.code, finding.row, finding.column, finding.value) for finding in result.findings]


class TestGuessMapping:
    @pytest.mark.parametrize(
        ("header", "name", "control", "parent"),
        [
            (FREEEED.split("|"), "FREEEED", "UPI", "attachment_parent"),
            (list(mapping.PRESETS[1].columns.values()), "RELATIVITY", "Control Number", "Parent Document ID"),
            (list(mapping.PRESETS[2].columns.values()), "CURSITOR", "BEGBATES", "PARENTID"),
            (["Doc ID", "Parent Bates", "Nativelink"], "GUESSED", "Doc ID", "Parent Bates"),
        ],
    )
    def test_knows_the_usual_layouts(self, header, name, control, parent):
        guessed = mapping.guess_mapping(header)

        assert (guessed.name, guessed.columns["CONTROL"], guessed.columns["PARENT"]) == (name, control, parent)

    def test_leaves_control_out_where_nothing_looks_like_it(self):
        assert "CONTROL" not in mapping.guess_mapping(["Colour", "Size"]).columns


class TestLoad:
    def test_brings_attachments_under_their_parents(self):
        rows = [
            f"00033|2.eml|||2001-10-23T19:05:00Z||m@x|||||Hi|||native/00033_2.eml|text/00033.txt||<a@b>||{DIGEST}",
            f"00034|CA.doc|||||mheard||||||||native/00034_CA.doc|text/00034.txt|00033|||{DIGEST.upper()}",
            "00035|B.doc|||||||||||||native/00035_B.doc|text/00035.txt|00034|||",
        ]

        result = loaded("\n".join([FREEEED, *rows]))

        assert [(d.control, d.parent, d.family) for d in result.documents] == [
            ("00033", None, "00033"),
            ("00034", "00033", "00033"),
            ("00035", "00034", "00033"),
        ]
        attachment = result.documents[1]
        assert (attachment.native_path, attachment.text_path) == ("native/00034_CA.doc", "text/00034.txt")
        assert attachment.recorded_hash == DIGEST
        assert attachment.metadata["FROM"] == "mheard"
        assert attachment.fields["Hash"] == DIGEST.upper()
        assert result.findings == ()

    def test_takes_parents_from_the_attachment_range_where_there_is_no_parent_column(self):
        text = "BEGBATES,ENDBATES,BEGATTACH,ENDATTACH\nA1,A2,A1,A4\nA3,A4,A1,A4\nA5,A5,A5,A5\n"

        result = loaded(text)

        assert [(d.control, d.parent) for d in result.documents] == [("A1", None), ("A3", "A1"), ("A5", None)]
        assert result.findings == ()

    def test_rejects_records_it_cannot_name_and_drops_none(self):
        result = loaded("DocID,Subject\nA1,first\n,nameless\nA1,again\nA2,second,surplus\n")

        assert [d.control for d in result.documents] == ["A1", "A2"]
        assert [record.values for record in result.rejected] == [("", "nameless"), ("A1", "again")]
        assert result.documents[1].fields["Surplus 1"] == "surplus"
        assert codes(result) == [
            ("ROW_LONG", 5, "", "A2,second,surplus"),
            ("CONTROL_MISSING", 3, "DocID", ""),
            ("CONTROL_DUPLICATE", 4, "DocID", "A1"),
        ]

    def test_lets_orphans_and_circles_stand_alone(self):
        result = loaded("DocID,ParentID\nA1,A9\nA2,A3\nA3,A2\nA4,A3\nA5,A5\n")

        assert [(d.control, d.parent, d.family) for d in result.documents] == [
            ("A1", None, "A1"),
            ("A2", None, "A2"),
            ("A3", None, "A3"),
            ("A4", "A3", "A3"),
            ("A5", None, "A5"),
        ]
        assert codes(result) == [
            ("FAMILY_PARENT_MISSING", 2, "ParentID", "A9"),
            ("FAMILY_CYCLE", 3, "ParentID", "A3"),
            ("FAMILY_CYCLE", 4, "ParentID", "A2"),
        ]

    def test_names_a_parent_outside_the_attachment_range(self):
        text = "BEGBATES,PARENTID,BEGATTACH\nA1,,A1\nA2,,A2\nA3,A1,A2\n"

        assert codes(loaded(text)) == [("FAMILY_SPAN_MISMATCH", 4, "BEGATTACH", "A2")]

    def test_names_what_is_wrong_with_ranges(self):
        text = "BEGBATES,ENDBATES\nA1,A3\nA3,A4\nA6,A5\nA9,A9\nA10,B11\nB1,B1\n"

        assert [(code, row) for code, row, _, _ in codes(loaded(text))] == [
            ("RANGE_OVERLAP", 3),
            ("RANGE_REVERSED", 4),
            ("RANGE_GAP", 5),
            ("RANGE_FORM_CHANGES", 6),
        ]

    def test_says_so_where_the_mapping_does_not_fit(self):
        file = loadfile.read(b"Colour,Size\nred,1\n")

        result = mapping.load(file, mapping.FieldMap("MINE", {"CUSTODIAN": "Owner"}))

        assert [code for code, *_ in codes(result)] == ["COLUMN_UNKNOWN", "CONTROL_UNMAPPED", "CONTROL_MISSING"]
        assert len(result.rejected) == 1

    def test_keeps_dates_nobody_can_have_had_and_names_them(self):
        result = loaded("DocID,Date Sent,Time Sent\nA1,13/21/2001 3:48 PM,15:48\nA2,0002-11-30,25:00\n")

        assert codes(result) == [
            ("DATE_IMPOSSIBLE", 2, "Date Sent", "13/21/2001 3:48 PM"),
            ("DATE_IMPOSSIBLE", 3, "Time Sent", "25:00"),
        ]
        assert result.documents[0].metadata["DATE_SENT"] == "13/21/2001 3:48 PM"


class TestPaths:
    @pytest.mark.parametrize(
        ("path", "inside"),
        [
            (r".\VOL01\TEXT\a.txt", "VOL01/TEXT/a.txt"),
            ("native/00034_a b.doc", "native/00034_a b.doc"),
            ("a//b/./c", "a/b/c"),
            ("...x/y..", "...x/y.."),
            ("", ""),
        ],
    )
    def test_come_out_relative_with_forward_slashes(self, path, inside):
        assert paths.inside_volume(path) == inside

    @pytest.mark.parametrize(
        ("path", "code"),
        [
            ("/etc/passwd", "PATH_ABSOLUTE"),
            ("\\windows", "PATH_ABSOLUTE"),
            (r"\\server\share\a.doc", "PATH_UNC"),
            ("//server/share", "PATH_UNC"),
            (r"C:\a.doc", "PATH_DRIVE"),
            ("d:a.doc", "PATH_DRIVE"),
            (r"VOL01\..\..\a.doc", "PATH_TRAVERSAL"),
            ("VOL01/.. /a.doc", "PATH_TRAVERSAL"),
            ("a\x00.doc", "PATH_CONTROL_CHARACTER"),
        ],
    )
    def test_are_refused_where_they_leave_the_volume(self, path, code):
        with pytest.raises(paths.UnsafePath) as refused:
            paths.inside_volume(path)
        assert refused.value.code == code

    def test_that_are_unsafe_leave_the_document_without_a_file(self):
        result = loaded("DocID|NativeLink\nA1|../../etc/passwd\n")

        assert result.documents[0].native_path is None
        assert codes(result) == [("PATH_TRAVERSAL", 2, "NativeLink", "../../etc/passwd")]


class TestLocate:
    def test_names_every_discrepancy_between_file_and_volume(self):
        documents = loaded(
            "DocID,NativeLink,TextLink,MD5\n"
            f"A1,N/a.msg,T/a.txt,{DIGEST}\n"
            f"A2,n/B.MSG,T/none.txt,{'b' * 32}\n"
            "A3,N/c.msg,,\n"
        ).documents
        files = {
            "N/a.msg": VolumeFile(10, {"md5": DIGEST}),
            "N/b.msg": VolumeFile(10, {"md5": "c" * 32}),
            "N/C.msg": VolumeFile(10, {}),
            "n/c.MSG": VolumeFile(10, {}),
            "T/a.txt": VolumeFile(0, {}),
        }

        located, findings = locate(documents, files)

        assert [(where.native_path, where.text_path) for where in located] == [
            ("N/a.msg", "T/a.txt"),
            ("N/b.msg", None),
            (None, None),
        ]
        assert [(finding.row, finding.code, finding.column) for finding in findings] == [
            (2, "TEXT_EMPTY", "TEXT"),
            (3, "FILE_CASE_DIFFERS", "NATIVE"),
            (3, "FILE_MISSING", "TEXT"),
            (3, "HASH_MISMATCH", "HASH"),
            (4, "FILE_CASE_AMBIGUOUS", "NATIVE"),
        ]
