"""What makes two messages the same, and what becomes of families that are."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cursitor.engines.dedupe import hashes, suppression
from cursitor.engines.dedupe.suppression import Head, Scope

SENT = datetime(2001, 5, 14, 23, 39, 0, tzinfo=UTC)
MESSAGE = {
    "sent": SENT,
    "sender": (("Phillip", "phillip@example.org"),),
    "to": (("Tim", "tim@example.org"), ("Ann", "ann@example.org")),
    "cc": (),
    "bcc": (),
    "subject": "Forecast",
    "body": "Here is our forecast.",
    "attachment_hashes": ("aa", "bb"),
}


def fingerprint(**changes) -> hashes.Fingerprint:
    return hashes.fingerprint(**(MESSAGE | changes))


class TestFingerprint:
    @pytest.mark.parametrize(
        "changes",
        [
            {"to": (("", "ANN@example.org"), ("T. Im", "tim@example.org"), ("Tim", "tim@example.org"))},
            {"sent": SENT.astimezone(timezone(timedelta(hours=-7)))},
            {"sent": SENT.replace(microsecond=999)},
            {"body": "HERE is our\r\n  forecast"},
            {"attachment_hashes": ("bb", "aa")},
        ],
        ids=["recipients", "zone", "fraction", "white space", "order of attachments"],
    )
    def test_agrees_for_copies_of_one_message(self, changes):
        assert fingerprint(**changes) == fingerprint()

    @pytest.mark.parametrize(
        ("changes", "differing"),
        [
            ({"sent": SENT + timedelta(seconds=1)}, "sent"),
            ({"sent": None}, "sent"),
            ({"attachment_hashes": ("aa", "bc")}, "attachments"),
            ({"attachment_hashes": ("aa", "bb", "bb")}, "attachments"),
            ({"bcc": (("", "eve@example.org"),)}, "bcc"),
            ({"subject": "RE: Forecast"}, "subject"),
            ({"body": "Here is our forecast 2."}, "body"),
            ({"sender": (("MAILER-DAEMON", ""),)}, "from"),
        ],
    )
    def test_differs_in_the_component_that_differs(self, changes, differing):
        changed = fingerprint(**changes)

        assert changed.hash != fingerprint().hash
        assert hashes.explain(fingerprint().components, changed.components) == (differing,)

    def test_tells_a_copied_recipient_from_one_addressed(self):
        moved = fingerprint(to=MESSAGE["to"][:1], cc=MESSAGE["to"][1:])

        assert hashes.explain(fingerprint().components, moved.components) == ("to", "cc")

    def test_refuses_a_date_without_a_zone(self):
        with pytest.raises(ValueError, match="no zone"):
            fingerprint(sent=SENT.replace(tzinfo=None))

    def test_is_the_documented_value(self):
        # The worked example of docs/algorithms/dedupe.md.
        assert fingerprint().hash == "129b0f11965a045a20f481b3f2cd422847c3989e5593075746bc4a182a9fe762"


class TestMessageIdentificationHash:
    def test_takes_the_published_value_with_and_without_brackets(self):
        published = "1de319c276884bd0c9e2f1621ada26cc"

        for written in (
            "<CALckR-a8UDkRjO4xJyjd_s0GPxQWw@mail.gmail.com>",
            "CALckR-a8UDkRjO4xJyjd_s0GPxQWw@mail.gmail.com",
        ):
            assert hashes.message_identification_hash(written) == published

    def test_is_empty_without_an_identifier(self):
        assert hashes.message_identification_hash("") == ""


class TestFamilyHash:
    def test_counts_what_is_attached_but_not_its_order(self):
        assert hashes.family_hash("h", ["a", "b"]) == hashes.family_hash("h", ["b", "a"])
        assert len({hashes.family_hash("h", children) for children in ([], ["a"], ["a", "a"])}) == 3


class TestSuppress:
    def test_gives_the_survivor_every_custodian_and_path_once(self):
        heads = [
            Head("1", "k", "ann", "a/1.eml"),
            Head("2", "other", "ann", "a/2.eml"),
            Head("3", "k", "bob", "b/1.eml"),
            Head("4", "k", "ann", "a/1.eml"),
        ]

        verdicts = suppression.suppress(heads)

        assert [verdict.duplicate_of for verdict in verdicts] == [None, None, "1", "1"]
        assert verdicts[0].all_custodians == ("ann", "bob")
        assert verdicts[0].all_paths == ("a/1.eml", "b/1.eml")
        assert verdicts[2].all_custodians == ("bob",)

    def test_never_takes_what_could_not_be_read_for_a_copy(self):
        heads = [Head("1", "", "ann", "a"), Head("2", "", "ann", "b")]

        assert [verdict.duplicate_of for verdict in suppression.suppress(heads)] == [None, None]

    @settings(max_examples=100, deadline=None)
    @given(st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from("ab")), max_size=30), st.sampled_from(Scope))
    def test_agrees_with_comparing_every_pair(self, copies, scope):
        heads = [Head(str(n), key, who, f"path {n}") for n, (key, who) in enumerate(copies)]

        verdicts = suppression.suppress(heads, scope)

        for n, head in enumerate(heads):
            same = [
                earlier.id
                for earlier in heads[:n]
                if earlier.key == head.key and (scope is Scope.GLOBAL or earlier.custodian == head.custodian)
            ]
            assert verdicts[n].duplicate_of == (same[0] if same else None)
        paths = [path for verdict in verdicts if verdict.duplicate_of is None for path in verdict.all_paths]
        assert sorted(paths) == sorted(head.path for head in heads)
