"""Labelled documents are read whole, or the line that cannot be read is named."""

import doctest
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cursitor.engines.ranking import records


def lines(*entries) -> list[bytes]:
    return [entry if isinstance(entry, bytes) else json.dumps(entry).encode() for entry in entries]


def entry(name="a", text="The seal failed", labels=("seal",), **more):
    return {"id": name, "text": text, "labels": labels, **more}


class TestRead:
    @pytest.mark.parametrize(
        "labels",
        [["seal", "car"], {"seal": True, "car": True, "lunch": False}, {"seal": 2, "car": 1, "lunch": 0, "load": None}],
    )
    def test_takes_labels_as_a_list_or_as_an_object(self, labels):
        found = records.read(lines(entry(labels=labels)))

        assert found.labels == (frozenset({"seal", "car"}),)

    def test_keeps_what_the_fields_of_a_message_say(self):
        message = entry(subject="Gasket", **{"from": "a@danube.test", "to": ["b@danube.test", ""], "cc": None})

        found = records.read(lines(message))

        assert found.records == (records.Record("The seal failed", "Gasket", ("a@danube.test", "b@danube.test")),)

    def test_numbers_families_as_they_occur(self):
        found = records.read(lines(entry("a", family="F"), entry("b"), entry("c", family="F"), entry("d", family=None)))

        assert found.family_of().tolist() == [0, 1, 0, 2]

    def test_takes_a_document_without_text_and_says_which(self):
        found = records.read(lines(entry(), entry("b", text=""), entry("c", text=None, subject="Seal")))

        assert found.without_text() == ["b"]
        assert len(found.records) == 3

    def test_skips_empty_lines_and_a_byte_order_mark(self):
        found = records.read([b"\xef\xbb\xbf" + lines(entry(7))[0] + b"\r\n", b"\r\n", *lines(entry("b")), b""])

        assert found.ids == ("7", "b")

    @pytest.mark.parametrize(
        ("faulty", "said"),
        [
            (b"{", "Line 2 is not JSON"),
            (b"[1]", "Line 2 is not a JSON object"),
            (b'{"id": "\xff"}', "Line 2 is not UTF-8: byte 8"),
            (b"[" * 100_000, "Line 2 is not JSON"),
            ({"id": "b", "text": "x"}, "Line 2 has no labels"),
            ({}, "Line 2 has no id, text, labels"),
            (entry("a"), "Line 2 repeats the id 'a' of line 1"),
            (entry(""), "Line 2: the id"),
            (entry(["b"]), "Line 2: the id"),
            (entry("b", text=3), "Line 2: the text"),
            (entry("b", labels=3), "Line 2: labels"),
            (entry("b", labels=[["seal"]]), "Line 2: labels"),
            (entry("b", labels={"seal": "yes"}), "Line 2: labels"),
        ],
    )
    def test_names_the_line_that_cannot_be_used(self, faulty, said):
        with pytest.raises(records.UnusableRecords, match=said):
            records.read(lines(entry("a"), faulty))

    def test_refuses_a_file_without_records(self):
        with pytest.raises(records.UnusableRecords, match="no record"):
            records.read([b"\n"])

    @given(
        st.lists(
            st.binary(max_size=60)
            | st.recursive(
                st.none() | st.booleans() | st.floats() | st.text(max_size=9),
                lambda inner: (
                    st.lists(inner, max_size=3)
                    | st.dictionaries(
                        st.sampled_from(["id", "text", "labels", "from", "family", "subject"]), inner, max_size=6
                    )
                ),
                max_leaves=9,
            ).map(lambda made: json.dumps(made).encode()),
            max_size=5,
        )
    )
    @settings(max_examples=200, deadline=None)
    def test_reads_or_refuses_whatever_comes(self, made):
        try:
            found = records.read(made)
        except records.UnusableRecords:
            return

        assert len(found.ids) == len(found.records) == len(found.labels) == len(set(found.ids)) >= 1

    @given(st.text(alphabet="From: To\r\nSubject=?utf-8Qb\t\x00-8é", max_size=120))
    @settings(max_examples=200, deadline=None)
    def test_takes_any_text_that_looks_like_a_message(self, text):
        message = "From: a@danube.test\nTo: b@danube.test\n" + text

        assert isinstance(records.message_apart(records.Record(message)).text, str)


class TestTruth:
    def test_marks_the_documents_that_carry_the_label(self):
        found = records.read(lines(entry("a"), entry("b", labels=[])))

        np.testing.assert_array_equal(found.truth("seal"), [True, False])

    def test_names_the_labels_there_are_when_asked_for_another(self):
        found = records.read(lines(entry("a", labels={"seal": 1, "load": 0}), entry("b")))

        with pytest.raises(records.NoSuchLabel, match=r"There is no label 'sael'.*: seal \(2\)\."):
            found.truth("sael")
        with pytest.raises(records.NoSuchLabel, match="No document carries label 'load'"):
            found.truth("load")


class TestMessageApart:
    RAW = "\r\n".join(
        [
            *("Message-ID: <1@danube.test>", "From: a@danube.test", "To: b@danube.test,", "\tc@danube.test"),
            *(
                "Subject: =?utf-8?q?Gef=C3=A4lle?=",
                "Content-Transfer-Encoding: quoted-printable",
                "",
                "It fai=",
                "led.",
            ),
        ]
    )

    def test_reads_subject_people_and_body(self):
        found = records.message_apart(records.Record(self.RAW))

        assert found.subject == "Gefälle"
        assert found.text.split() == ["It", "failed."]
        assert [person.split() for person in found.people] == [["a@danube.test"], ["b@danube.test,", "c@danube.test"]]

    @pytest.mark.parametrize("text", ["Note: this\nRemark: that\n\nBody", "From: nobody", "", "To: do\n\nBuy milk"])
    def test_leaves_other_texts_as_they_are(self, text):
        assert records.message_apart(records.Record(text)).text == text

    def test_examples_of_the_code_hold(self):
        assert doctest.testmod(records).failed == 0
